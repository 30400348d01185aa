"""JSON documents, read by paths such as `orders.waiting` or `pools[0].used`."""

import _thread

from checkwright.core.current import remaining
from checkwright.core.errors import CannotTell
from checkwright.core.secret import beginning
from checkwright.core.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


#: Bytes from which documents are parsed one at a time: in one process there may be checks of many services.
_LARGE = 50_000


class OneAtATime:
    """Turn of a run to hold a large document, which takes up to 40 times its size as objects.

        with OneAtATime(reply.size):
            document = reply.json()

    Use it around everything that needs the document. Raises CannotTell when the turn does not come in time.
    """

    __slots__ = ("_size",)
    _lock = _thread.RLock()

    def __init__(self, size: int) -> None:
        self._size = size

    def __enter__(self) -> None:
        if self._size >= _LARGE and not self._lock.acquire(timeout=remaining()):
            raise CannotTell("documents of other checks are parsed first, one at a time: raise the time limit with -t")

    def __exit__(
        self, kind: "type[BaseException] | None", error: BaseException | None, traceback: "TracebackType | None"
    ) -> None:
        if self._size >= _LARGE:
            self._lock.release()


class Document:
    """JSON document from a service.

    Paths: names separated by dots, list positions as `[0]` or `.0` (`-1` is the last), `\\.` for a dot within a name,
    `.` for the whole document. A missing path raises CannotTell with its name: the document has changed, and a changed
    document is neither healthy nor sick.
    """

    __slots__ = ("_data", "_target")

    def __init__(self, data: object, target: str) -> None:
        self._data = data
        self._target = target

    @classmethod
    def parse(cls, body: bytes, target: str) -> "Document":
        """Parse JSON in UTF-8, -16 or -32. `target` names the document in errors. Raises CannotTell."""
        import json

        try:
            with OneAtATime(len(body)):
                return cls(json.loads(body), target)
        except RecursionError:
            raise CannotTell(f"{target}: the JSON document is nested too deeply") from None
        except ValueError as error:
            what = f"{error.msg} in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else str(error)
            begins = f"it begins {clean(beginning(body, 8_192), 120)!r}" if body else "it is empty"
            raise CannotTell(f"{target}: the answer is not JSON ({clean(what, 120)}): {begins}") from None

    def number(self, path: str) -> float | None:
        """Return the number at a path.

        Integers stay integers. Text that is a number counts as that number, true as 1 and false as 0, a list as its
        length. null, NaN and infinities are None: no value. Anything else raises CannotTell.
        """
        found = self.at(path)
        if found is None:
            return None
        if isinstance(found, bool):
            return int(found)
        if isinstance(found, list):
            return len(found)
        if isinstance(found, str):
            number = _from_text(found)
            if number is None:
                raise CannotTell(f"{self._target}: {path} is {clean(found, 80)!r}, which is not a number")
            return number
        if isinstance(found, int | float):
            return None if isinstance(found, float) and found - found != 0 else found
        raise CannotTell(f"{self._target}: {path} is an object, not a number")

    def percent(self, path: str, *, of: str) -> float | None:
        """Return the number at `path` as a percentage of the number at `of`; None where one of them has no value."""
        part, whole = self.number(path), self.number(of)
        if part is None or whole is None:
            return None
        if whole == 0:
            raise CannotTell(f"{self._target}: {of} is 0, so {path} cannot be a share of it")
        return 100 * part / whole

    def text(self, path: str) -> str | None:
        """Return the text at a path; None for null. Raises CannotTell for anything else."""
        found = self.at(path)
        if found is None or isinstance(found, str):
            return found
        raise CannotTell(f"{self._target}: {path} is {_KINDS[type(found)]}, not text")

    def word(self, path: str) -> str | None:
        """Return the value at a path as one word: stripped text, `true`, `false`, `12`; None for null."""
        found = self.at(path)
        if found is None:
            return None
        if isinstance(found, bool):
            return "true" if found else "false"
        if isinstance(found, str | int | float):
            return str(found).strip()
        raise CannotTell(f"{self._target}: {path} is {_KINDS[type(found)]}, not a word")

    def at(self, path: str) -> "Any":
        """Return the value at a path as a Python object. Raises CannotTell for a missing path."""
        found = self._data
        for step in _steps(path):
            if isinstance(found, dict) and step in found:
                found = found[step]
            elif isinstance(found, list) and _is_position(step) and -len(found) <= int(step) < len(found):
                found = found[int(step)]
            else:
                raise CannotTell(f"{self._target}: the document has no {path}{_lost(found, step)}")
        return found


def _steps(path: str) -> list[str]:
    if path == ".":
        return []
    steps, step, escaped = [], "", False
    for character in path.replace("[", ".").replace("]", "") if "[" in path else path:
        if escaped or character not in "\\.":
            step += character
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            steps.append(step)
            step = ""
    steps.append(step)
    return steps[1:] if path.startswith("[") else steps


def _is_position(step: str) -> bool:
    return step.isascii() and step.removeprefix("-").isdigit() and len(step) < 10


def _lost(found: object, step: str) -> str:
    if isinstance(found, dict):
        known = ", ".join(clean(name, 30) for name in list(found)[:5])
        return f" ({step!r} is not among {known})" if known else f" (no {step!r} in an empty object)"
    if isinstance(found, list):
        return f" (no position {step!r} in a list of {len(found)})"
    return f" (nothing can be below {'null' if found is None else _KINDS[type(found)]})"


def _from_text(text: str) -> float | None:
    stripped = text.strip()
    if not stripped.isascii() or "_" in stripped or len(stripped) > 100:
        return None
    try:
        return int(stripped)
    except ValueError:
        pass
    try:
        number = float(stripped)
    except ValueError:
        return None
    return number if number - number == 0 else None
