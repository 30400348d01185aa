"""JSON documents, read by paths such as `orders.waiting` or `pools[0].used`."""

import _thread
import time

from checkwright.core.current import remaining
from checkwright.core.errors import CannotTell
from checkwright.core.secret import beginning
from checkwright.core.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Literal

#: Numbers above this are milliseconds since 1970: as seconds they would be after the year 5000.
_MILLISECONDS = 1e11
_LAST_TIME = 1e15
_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


#: Bytes from which documents are parsed one at a time: in one process there may be checks of many services.
_LARGE = 50_000


class OneAtATime:
    """Lock for a large document, which takes up to 40 times its size as objects: one run at a time.

        with OneAtATime(reply.size):
            document = reply.json()

    Use it around everything that needs the document. Raises CannotTell if the turn does not come in time.
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
    `.` for the whole document. `pools[name=web].used` is the one item of a list with that value, and at the end of a
    path `jobs[state=failed]` are all of them. `pools[*].used` are the values in all items. A missing path raises
    CannotTell with its name: the document's format has changed, so its health is unknown.
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

    def number(self, path: str, *, missing: 'float | Literal["error"] | None' = "error") -> float | None:
        """Return the number at a path.

        Integers stay integers. Text that is a number counts as that number, true as 1 and false as 0, a list as its
        length, values of several items (`pools[*].used`) as their sum. null, NaN and infinities are None: no value.
        Anything else raises CannotTell. missing: the value to return for a missing path, which is an error otherwise.
        """
        try:
            found = self.at(path)
        except _Missing:
            if missing == "error":
                raise
            return missing
        if isinstance(found, list) and "*" in _steps(path)[:-1]:
            numbers = [self._number(one, path) for one in _flat(found)]
            try:
                return None if None in numbers else sum(number for number in numbers if number is not None)
            except OverflowError:  # an integer beyond the range of a float, and a fraction
                return None
        return self._number(found, path)

    def _number(self, found: "Any", path: str) -> float | None:
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

    def age(self, path: str) -> float | None:
        """Return the seconds since the time at a path; None for null. Negative for a time in the future.

        The time is ISO 8601 (UTC without a zone), or a number of seconds or milliseconds since 1970.
        """
        found = self.at(path)
        number = _from_text(found) if isinstance(found, str) else found
        if isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < _LAST_TIME:
            return time.time() - (number / 1_000 if abs(number) > _MILLISECONDS else number)
        if found is None:
            return None
        if isinstance(found, str):
            from datetime import UTC, datetime

            try:
                moment = datetime.fromisoformat(found.strip())
                return time.time() - (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            except (ValueError, OverflowError):
                pass
        raise CannotTell(f"{self._target}: {path} is not a time: write ISO 8601, or seconds since 1970")

    def keys(self, path: str = ".") -> list[str]:
        """Return the names in the object at a path, or the positions in a list: `0`, `1`. Raises CannotTell."""
        found = self.at(path)
        if isinstance(found, dict):
            return list(found)
        if isinstance(found, list):
            return [str(position) for position in range(len(found))]
        raise CannotTell(f"{self._target}: {path} is {_kind(found)}, neither an object nor a list")

    def items(self, path: str = ".") -> "list[tuple[str, Document]]":
        """Return the members of the object or list at a path as documents, each with its name or position.

        for name, pool in reply.json().items("pools"):
            yield self.used(pool.number("used"), of=name)
        """
        found = self.at(path)
        values = found.values() if isinstance(found, dict) else found
        label = "" if path == "." else f" {path}"
        return [
            (name, Document(value, f"{self._target}{label} {clean(name, 60)}"))
            for name, value in zip(self.keys(path), values, strict=True)
        ]

    def entries(self, path: str = ".") -> "list[Document]":
        """Return the members of the list at a path as documents. Raises CannotTell for anything else, `{}` too."""
        found = self.at(path)
        if not isinstance(found, list):
            kind = "null" if found is None else _KINDS[type(found)]
            raise CannotTell(f"{self._target}: {'the document' if path == '.' else path} is {kind}, not a list")
        return [one for _, one in self.items(path)]

    def percent(self, path: str, *, of: str) -> float | None:
        """Return the number at `path` as a percentage of the number at `of`; None if one of them has no value."""
        part, whole = self.number(path), self.number(of)
        if part is None or whole is None:
            return None
        if whole == 0:
            raise CannotTell(f"{self._target}: {of} is 0, so {path} cannot be a share of it")
        try:
            return 100 * part / whole
        except OverflowError:  # integers beyond the range of a float
            return None

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
        return self._walk(self._data, _steps(path), path)

    def _walk(self, found: "Any", steps: list[str], path: str) -> "Any":
        for position, step in enumerate(steps):
            rest = steps[position + 1 :]
            if isinstance(found, dict) and step in found:
                found = found[step]
            elif isinstance(found, list) and _is_position(step) and -len(found) <= int(step) < len(found):
                found = found[int(step)]
            elif step == "*" and isinstance(found, list | dict):
                values = found.values() if isinstance(found, dict) else found
                return [self._walk(one, rest, path) for one in values]
            elif isinstance(found, list) and "=" in step:
                name, _, value = step.partition("=")
                fitting = [one for one in found if isinstance(one, dict) and _fits(one.get(name, found), value)]
                if not rest:
                    return fitting
                if len(fitting) > 1:
                    raise CannotTell(f"{self._target}: {path}: {len(fitting)} items have {clean(step, 60)}, not one")
                if not fitting:
                    raise _Missing(f"{self._target}: the document has no {path} (no item has {clean(step, 60)})")
                found = fitting[0]
            else:
                raise _Missing(f"{self._target}: the document has no {path}{_lost(found, step)}")
        return found


class _Missing(CannotTell):
    """Path that the document does not have."""


def _steps(path: str) -> list[str]:
    """Split a path. A backslash escapes a dot; in brackets, dots are part of the step."""
    if path == ".":
        return []
    if "[" not in path and "\\" not in path:  # almost every path
        return path.replace("]", "").split(".")
    steps, step, escaped, bracket = [], "", False, False
    for character in path:
        if escaped:
            step, escaped = step + character, False
        elif character == "\\":
            escaped = True
        elif bracket and character == "]":
            bracket = False
        elif character == "[" and not bracket:
            steps.append(step)
            step, bracket = "", True
        elif character == "." and not (bracket and "=" in step):
            steps.append(step)
            step = ""
        elif character != "]":
            step += character
    steps.append(step)
    return steps[1:] if path.startswith("[") else steps


def _fits(found: object, value: str) -> bool:
    if found is None or isinstance(found, bool):
        return {None: "null", True: "true", False: "false"}[found] == value
    return isinstance(found, str | int | float) and str(found) == value


def _flat(values: "list[Any]") -> "list[Any]":
    return [inner for one in values for inner in (_flat(one) if isinstance(one, list) else [one])]


def _kind(found: object) -> str:
    return "null" if found is None else _KINDS[type(found)]


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
