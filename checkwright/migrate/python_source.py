"""Python source of declarations, formatted as ruff and black format it.

An expression that fits into 120 columns is one line; any other has one argument for each line and a trailing comma.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from keyword import iskeyword

WIDTH = 120
_STEP = 4


@dataclass(frozen=True, slots=True)
class Name:
    """Source that is written unchanged: `storefront.web`."""

    text: str


@dataclass(frozen=True, slots=True)
class Argument:
    """Argument of a call; "" for a positional one. `above` is a comment over it."""

    name: str
    value: Expression
    above: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Argument, ...]
    above: str = ""


@dataclass(frozen=True, slots=True)
class Tuple:
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Dict:
    items: tuple[tuple[str, Expression], ...]


Expression = Name | Call | Tuple | Dict | str | int | float | bool | None


def assignment(name: str, value: Expression) -> str:
    """Return `name = value` and a line end."""
    return f"{name} = {_written(value, 0, len(name) + 3)}\n"


def quoted(text: str) -> str:
    """Return a Python literal in double quotes, or in single quotes where that avoids escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    body = "".join(f"\\{char}" if char == quote else char if char in "'\"" else repr(char)[1:-1] for char in text)
    return f"{quote}{body}{quote}"


def comment(text: str, indent: int = 0) -> Iterable[str]:
    """Yield the wrapped lines of a comment."""
    line = ""
    for word in text.split():
        if line and indent + 2 + len(line) + 1 + len(word) > WIDTH:
            yield f"{' ' * indent}# {line}"
            line = ""
        line = f"{line} {word}" if line else word
    if line:
        yield f"{' ' * indent}# {line}"


def identifier(text: str, taken: Iterable[str] = ()) -> str:
    """Return a name for a variable or a module: lower case, and not in `taken`."""
    base = "".join(char if char.isascii() and char.isalnum() else "_" for char in text.lower()).strip("_") or "unnamed"
    while "__" in base:
        base = base.replace("__", "_")
    if base[0].isdigit():
        base = f"_{base}"
    used = set(taken)
    name = f"{base}_" if iskeyword(base) else base
    number = 2
    while name in used:
        name, number = f"{base}_{number}", number + 1
    return name


def _written(value: Expression, indent: int, before: int, after: int = 0) -> str:
    """Return the source of a value at column `before`, followed by `after`."""
    flat = _flat(value)
    if flat is not None and before + len(flat) + after <= WIDTH:
        return flat
    match value:
        case Call(function, arguments) if arguments:
            return _exploded(f"{function}(", [(one.name and f"{one.name}=", one) for one in arguments], ")", indent)
        case Tuple(items) if items:
            return _exploded("(", [("", Argument("", item)) for item in items], ")", indent)
        case Dict(items) if items:
            return _exploded("{", [(f"{quoted(key)}: ", Argument("", item)) for key, item in items], "}", indent)
    return flat or ""


def _exploded(opening: str, items: Sequence[tuple[str, Argument]], closing: str, indent: int) -> str:
    inner = indent + _STEP
    lines = [opening]
    for prefix, argument in items:
        above = argument.above or (argument.value.above if isinstance(argument.value, Call) else "")
        lines += comment(above, inner)
        text = _written(argument.value, inner, inner + len(prefix), 1)
        lines.append(f"{' ' * inner}{prefix}{text},")
    lines.append(f"{' ' * indent}{closing}")
    return "\n".join(lines)


def _flat(value: Expression) -> str | None:
    """Return the value on one line; None if a part of it has a comment above."""
    match value:
        case Name(text):
            return text
        case str():
            return quoted(value)
        case Call(function, arguments):
            parts = [_flat_argument(one) for one in arguments]
            return None if None in parts else f"{function}({', '.join(map(str, parts))})"
        case Tuple(items):
            parts = [_flat_item(item) for item in items]
            return None if None in parts else f"({', '.join(map(str, parts))}{',' if len(parts) == 1 else ''})"
        case Dict(items):
            parts = [_flat_item(item, f"{quoted(key)}: ") for key, item in items]
            return None if None in parts else f"{{{', '.join(map(str, parts))}}}"
    return repr(value)


def _flat_argument(argument: Argument) -> str | None:
    return None if argument.above else _flat_item(argument.value, argument.name and f"{argument.name}=")


def _flat_item(value: Expression, prefix: str = "") -> str | None:
    flat = None if isinstance(value, Call) and value.above else _flat(value)
    return None if flat is None else prefix + flat
