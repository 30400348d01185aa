"""Functions of Go's text/template, those that Sensu adds (default, assetPath), and Go's printing of values.

printf has the formats v, s, q, t, d, b, o, x, X, e, E, f, F, g and G. A number of an entity's data has the type int.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

_NO_VALUE = "<no value>"
_FORMAT = re.compile(r"%(?P<flags>[-+# 0]*)(?P<width>\d*)(?:\.(?P<precision>\d+))?(?P<letter>[a-zA-Z%])")
_GO_ESCAPES = dict(zip('\a\b\f\n\r\t\v\\"', (f"\\{char}" for char in 'abfnrtv\\"'), strict=True))
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}


class CallError(Exception):
    """A call that Go refuses."""


def is_true(value: Any) -> bool:
    """Return True for a value that Go's templates take for true: not the zero of its type."""
    return bool(value)


def printed(value: Any) -> str:
    """Return a value as a template prints it."""
    return _NO_VALUE if value is None else _plain(value)


def quoted(text: str) -> str:
    """Return a text as %q prints it."""
    return f'"{"".join(map(_quoted, text))}"'


def _quoted(char: str) -> str:
    if char in _GO_ESCAPES:
        return _GO_ESCAPES[char]
    if char == " " or char.isprintable():
        return char
    number = ord(char)
    return f"\\x{number:02x}" if number < 0x80 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def call(name: str, arguments: list[Any]) -> Any:
    """Return the result of a function. Raises CallError."""
    try:
        return _FUNCTIONS[name](*arguments)
    except CallError as error:
        raise CallError(f"error calling {name}: {error}") from None
    except TypeError:
        raise CallError(f"wrong number of args for {name}, or one of a wrong type") from None


def _plain(value: Any) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{_plain(key)}:{_plain(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list | tuple):
        return f"[{' '.join(map(_plain, value))}]"
    if isinstance(value, float):
        return _float(value)
    return str(value)


def _float(value: float) -> str:
    """Return a float as %v prints it: the shortest form, with an exponent below -4 and from 6."""
    exponent = int(f"{value:e}".partition("e")[2])
    if value and not -4 <= exponent < 6:
        digits = next(text for places in range(18) if float(text := f"{value:.{places}e}") == value)
        return f"{digits.partition('e')[0]}e{exponent:+03d}"
    return repr(value).removesuffix(".0")


def _index(holder: Any, *keys: Any) -> Any:
    for key in keys:
        if isinstance(holder, Mapping):
            holder = holder.get(key)
        elif isinstance(holder, list | tuple | str):
            if not _is_whole(key):
                raise CallError(f"cannot index slice/array with type {_kind(key)}")
            if not 0 <= key < len(_sized(holder)):
                raise CallError(f"index out of range: {key}")
            holder = _sized(holder)[key]
        elif holder is None:
            raise CallError("index of untyped nil")
        else:
            raise CallError(f"can't index item of type {_kind(holder)}")
    return holder


def _slice(holder: Any, *ends: Any) -> Any:
    if not isinstance(holder, list | tuple | str) or len(ends) > 3 or not all(map(_is_whole, ends)):
        raise CallError(f"can't slice item of type {_kind(holder)}")
    sized = _sized(holder)
    begin, end = (*ends, *(0, len(sized))[len(ends) :])[:2]
    if not 0 <= begin <= end <= len(sized):
        raise CallError(f"index out of range: {end}")
    part = sized[begin:end]
    return part.decode(errors="replace") if isinstance(part, bytes) else part


def _sized(holder: Any) -> Any:
    """Return a text as bytes, which is how Go counts it."""
    return holder.encode(errors="surrogateescape") if isinstance(holder, str) else holder


def _length(value: Any) -> int:
    if not isinstance(value, str | list | tuple | Mapping):
        raise CallError(f"len of type {_kind(value)}")
    return len(_sized(value))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    for types, name in ((bool, "bool"), (int, "int"), (float, "float64"), (str, "string"), (Mapping, "map")):
        if isinstance(value, types):
            return name
    return "nil" if value is None else "slice"


def _equal(first: Any, *others: Any) -> bool:
    if not others:
        raise CallError("missing argument for comparison")
    for other in others:
        if {_kind(first), _kind(other)} & {"map", "slice"}:
            raise CallError("non-comparable type")
        if None not in (first, other) and _kind(first) != _kind(other):
            raise CallError("incompatible types for comparison")
    return any(first is other if None in (first, other) else first == other for other in others)


def _less(first: Any, second: Any) -> bool:
    if _kind(first) != _kind(second) or _kind(first) not in ("int", "float64", "string"):
        raise CallError("incompatible types for comparison")
    return bool(_sized(first) < _sized(second))


def _print(*values: Any) -> str:
    text = ""
    for number, value in enumerate(values):
        if number and not isinstance(value, str) and not isinstance(values[number - 1], str):
            text += " "
        text += _plain(value)
    return text


def _printf(form: Any, *values: Any) -> str:
    if not isinstance(form, str):
        raise CallError(f"wrong type for value; expected string; got {_kind(form)}")
    rest = list(values)

    def formatted(match: re.Match[str]) -> str:
        if match["letter"] == "%":
            return "%"
        if not rest:
            return f"%!{match['letter']}(MISSING)"
        return _formatted(match, rest.pop(0))

    text = _FORMAT.sub(formatted, form)
    extra = ", ".join(f"{_kind(value)}={_plain(value)}" for value in rest)
    return f"{text}%!(EXTRA {extra})" if extra else text


def _formatted(match: re.Match[str], value: Any) -> str:
    letter, flags, precision = match["letter"], match["flags"], match["precision"]
    kind = _kind(value)
    if letter != "v" and kind == "slice":
        return f"[{' '.join(_formatted(match, one) for one in value)}]"
    if letter != "v" and kind == "map":
        pairs = (f"{_formatted(match, key)}:{_formatted(match, value[key])}" for key in sorted(value))
        return f"map[{' '.join(pairs)}]"
    if letter == "v":
        text = _plain(value)
    elif letter == "s" and kind == "string":
        text = value[: int(precision)] if precision else value
    elif letter == "q" and kind == "string":
        text = quoted(value)
    elif letter == "t" and kind == "bool":
        text = _plain(value)
    elif letter in "dboxX" and kind == "int":
        text = format(value, letter)
    elif letter in "xX" and kind == "string":
        text = _sized(value).hex() if letter == "x" else _sized(value).hex().upper()
    elif letter in "gG" and kind == "float64" and not precision:
        text = _float(value)
    elif letter in "fFeEgG" and kind == "float64":
        text = f"{value:.{precision or 6}{letter}}"
    else:
        return f"%!{letter}({'<nil>' if value is None else f'{kind}={_plain(value)}'})"
    if "+" in flags and kind in ("int", "float64") and value >= 0:
        text = f"+{text}"
    width = int(match["width"] or 0)
    if "-" in flags:
        return text.ljust(width)
    return text.zfill(width) if "0" in flags and kind in ("int", "float64") else text.rjust(width)


def _escaped(value: str) -> str:
    """Return a text for HTML as Go escapes it."""
    text = html.escape(value, quote=False).replace('"', "&#34;").replace("'", "&#39;")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _javascript(value: str) -> str:
    return "".join(
        _JS.get(char) or (f"\\u{ord(char):04X}" if ord(char) < 32 or not (char.isprintable()) else char)
        for char in value
    )


def _asset_path(name: Any) -> str:
    if not isinstance(name, str):
        raise CallError(f"expected string; found {_plain(name)}")
    return re.sub("[^A-Za-z0-9]+", "_", name).upper() + "_PATH"


def _default(*values: Any) -> Any:
    """Sensu's: the first value unless there is a second one."""
    if len(values) == 2:
        return values[0] if values[1] is None else values[1]
    return values[0] if len(values) == 1 else None


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "assetPath": _asset_path,
    "default": _default,
    "eq": _equal,
    "ge": lambda first, second: not _less(first, second),
    "gt": lambda first, second: _less(second, first),
    "html": lambda *values: _escaped(_print(*values)),
    "index": _index,
    "js": lambda *values: _javascript(_print(*values)),
    "le": lambda first, second: not _less(second, first),
    "len": _length,
    "lt": _less,
    "ne": lambda first, second: not _equal(first, second),
    "not": lambda value: not is_true(value),
    "print": _print,
    "printf": _printf,
    "println": lambda *values: " ".join(map(_plain, values)) + "\n",
    "slice": _slice,
    "urlquery": lambda *values: quote_plus(_print(*values)),
}
#: Names of all functions. The evaluation itself handles and, or: they stop at the first value that decides.
NAMES = frozenset((*_FUNCTIONS, "and", "or"))
