"""A JSON document, read by paths such as `orders.waiting` or `pools[0].used`."""

from checkwright.core.errors import CannotTell
from checkwright.core.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


class Document:
    """What a service said in JSON.

    Paths: names with dots between them, list places as `[0]` or `.0` (`-1` is the last), `\\.` for a dot within a
    name, `.` for the whole document. A path that is not there raises CannotTell with its name: the document has
    changed, and a changed document is neither healthy nor sick.
    """

    __slots__ = ("_data", "_where")

    def __init__(self, data: object, where: str) -> None:
        self._data = data
        self._where = where

    @classmethod
    def parse(cls, body: bytes, where: str) -> "Document":
        """Read JSON in UTF-8, -16 or -32. Raises CannotTell. `where` names the document in errors."""
        import json

        try:
            return cls(json.loads(body), where)
        except RecursionError:
            raise CannotTell(f"{where}: the JSON document is nested too deeply") from None
        except ValueError as error:
            what = f"{error.msg} in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else str(error)
            begins = (
                f"it begins {clean(body[:8_192].decode('utf-8', 'backslashreplace'), 120)!r}" if body else "it is empty"
            )
            raise CannotTell(f"{where}: the answer is not JSON ({clean(what, 120)}): {begins}") from None

    def number(self, path: str) -> float | None:
        """The number at a path.

        Whole numbers stay whole. Text that is a number counts as that number, true as 1 and false as 0, a list as its
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
                raise CannotTell(f"{self._where}: {path} is {clean(found, 80)!r}, which is no number")
            return number
        if isinstance(found, int | float):
            return None if isinstance(found, float) and found - found != 0 else found
        raise CannotTell(f"{self._where}: {path} is an object, which is no number")

    def percent(self, path: str, *, of: str) -> float | None:
        """How many percent the number at `path` is of the one at `of`; None where one of them has no value."""
        part, whole = self.number(path), self.number(of)
        if part is None or whole is None:
            return None
        if whole == 0:
            raise CannotTell(f"{self._where}: {of} is 0, so {path} is no share of it")
        return 100 * part / whole

    def text(self, path: str) -> str | None:
        """The text at a path; None for null. Raises CannotTell for anything that is not text."""
        found = self.at(path)
        if found is None or isinstance(found, str):
            return found
        raise CannotTell(f"{self._where}: {path} is {_KINDS[type(found)]}, not text")

    def word(self, path: str) -> str | None:
        """What is at a path as one word: text without blanks around it, `true`, `false`, `12`; None for null."""
        found = self.at(path)
        if found is None:
            return None
        if isinstance(found, bool):
            return "true" if found else "false"
        if isinstance(found, str | int | float):
            return str(found).strip()
        raise CannotTell(f"{self._where}: {path} is {_KINDS[type(found)]}, not a word")

    def at(self, path: str) -> "Any":
        """What is at a path, as Python has it. Raises CannotTell where there is nothing."""
        found = self._data
        for step in _steps(path):
            if isinstance(found, dict) and step in found:
                found = found[step]
            elif isinstance(found, list) and _is_place(step) and -len(found) <= int(step) < len(found):
                found = found[int(step)]
            else:
                raise CannotTell(f"{self._where}: the document has no {path}{_lost(found, step)}")
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


def _is_place(step: str) -> bool:
    return step.isascii() and step.removeprefix("-").isdigit() and len(step) < 10


def _lost(found: object, step: str) -> str:
    if isinstance(found, dict):
        known = ", ".join(clean(name, 30) for name in list(found)[:5])
        return f" ({step!r} is not among {known})" if known else f" (no {step!r} in an empty object)"
    if isinstance(found, list):
        return f" (no place {step!r} in a list of {len(found)})"
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
