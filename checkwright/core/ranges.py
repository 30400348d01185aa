"""Threshold ranges in the grammar of the Monitoring Plugins guidelines."""

from checkwright.core.domain import Range

#: The range that every value fits: it switches a threshold off.
NEVER = "~:"
_ENDLESS = (float("inf"), float("-inf"))
GRAMMAR = "write a range such as 10, 10:, ~:10, 10:20 or @10:20"
_MOST_CACHED = 1_000


class BadRange(ValueError):
    """Text that is not a range. The message says why, and shows a valid one."""


def canonical(value: float | str, unit: str = "") -> str:
    """Return a range as canonical text, in plain numbers. A number is the upper end, as on a command line.

    unit: the gauge's. With "s" the numbers may be durations (`90s`, `2h:`), with "B" and "B/s" sizes
    (`512M:`). Raises BadRange, also for a value that is neither a number nor text.
    """
    if not isinstance(value, int | float | str) or isinstance(value, bool) or value in _ENDLESS or value != value:
        raise BadRange(f"{value!r} is not a range: {GRAMMAR}")
    text = number(value) if isinstance(value, int | float) else value
    if text in _cached:
        return text
    if unit in ("s", "B", "B/s") and any(character.isalpha() for character in text):
        return _from_suffixes(text, unit)
    parse(text)
    return text


def parse(text: str) -> Range:
    """Parse `10`, `10:`, `~:10`, `10:20`, `@10:20`, with decimals and negative numbers. Raises BadRange.

    nagiosplugin's own parser accepts underscores, spaces and several colons, and reads an empty
    range as 0 to infinity.
    """
    body = text[1:] if text.startswith("@") else text
    start, colon, end = body.partition(":")
    if not colon:
        start, end = "", body
    if not body or not (_is_number(start) or start in ("", "~")) or not (_is_number(end) or (end == "" and colon)):
        raise BadRange(f"{text!r} is not a range: {GRAMMAR}")
    try:
        return Range(text)
    except ValueError:
        raise BadRange(f"{text!r} is not a range: its start is above its end; {GRAMMAR}") from None


def cached(text: str) -> Range:
    """Return the range of a text from `canonical`. A range never changes, so it is cached."""
    found = _cached.get(text)
    if found is None:
        if len(_cached) >= _MOST_CACHED:
            _cached.clear()
        found = _cached[text] = Range(text)
    return found


_cached: dict[str, Range] = {}


def violation(spec: Range, value: float, unit: str = "") -> str:
    """Describe how `value` breaks the range: `above 90`, `below 14`, `outside 10:20`, `inside 10:20`."""
    start, end = number(spec.start), number(spec.end)
    if spec.invert:
        return f"inside {start}:{end}{unit}"
    if value > spec.end:
        return f"above {end}{unit}"
    return f"below {start}{unit}"


def number(value: float) -> str:
    """Return plain decimal text, never with an exponent: `12`, `0.25`, `-3`, `~` for minus infinity."""
    if isinstance(value, int):
        return str(int(value))
    if value != value or value in (float("inf"), float("-inf")):
        return "~" if value < 0 else ""
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _from_suffixes(text: str, unit: str) -> str:
    """Return the canonical text of a range whose numbers may have suffixes. Raises BadRange."""
    from checkwright.core.quantities import BadQuantity, parse_quantity, suffixes

    inside = "@" if text.startswith("@") else ""
    ends = text.removeprefix("@").split(":")
    try:
        plain = inside + ":".join(end if end in ("", "~") else number(parse_quantity(end, unit)) for end in ends)
    except BadQuantity:
        raise BadRange(f"{text!r} is not a range: {GRAMMAR}; a number may end in {suffixes(unit)}") from None
    try:
        parse(plain)
    except BadRange as error:
        raise BadRange(str(error).replace(repr(plain), repr(text), 1)) from None
    return plain


def _is_number(text: str) -> bool:
    digits = text[1:] if text.startswith("-") else text
    whole, point, fraction = digits.partition(".")
    return digits.isascii() and whole.isdigit() and (fraction.isdigit() if point else fraction == "")
