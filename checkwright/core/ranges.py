"""Threshold ranges in the grammar of the Monitoring Plugins guidelines."""

from checkwright.core.domain import Range

#: The range that no value leaves: how a threshold is switched off.
NEVER = "~:"
_ENDLESS = (float("inf"), float("-inf"))
GRAMMAR = "write a range such as 10, 10:, ~:10, 10:20 or @10:20"


class BadRange(ValueError):
    """Text that is no range; the message says why and what would be one."""


def normal(value: float | str) -> str:
    """The range as canonical text. A number is the upper end, as on a command line.

    Raises BadRange, for anything but a number or text as well.
    """
    if not isinstance(value, int | float | str) or isinstance(value, bool) or value in _ENDLESS or value != value:
        raise BadRange(f"{value!r} is not a range: {GRAMMAR}")
    text = number(value) if isinstance(value, int | float) else value
    if text not in _known:
        parse(text)
    return text


def parse(text: str) -> Range:
    """The range that `text` says: `10`, `10:`, `~:10`, `10:20`, `@10:20`, decimals and negatives.

    Raises BadRange. (nagiosplugin's own parser takes underscores, blanks and
    several colons as they come, and reads an empty range as 0 to infinity.)
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


def known(text: str) -> Range:
    """The range of a text that `normal` has given. A range never changes, so it is kept."""
    found = _known.get(text)
    if found is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        found = _known[text] = Range(text)
    return found


_known: dict[str, Range] = {}
_MOST_KNOWN = 1_000


def violated(spec: Range, value: float, unit: str = "") -> str:
    """How `value` breaks the range, in words: `above 90`, `below 14`, `outside 10:20`, `inside 10:20`."""
    start, end = number(spec.start), number(spec.end)
    if spec.invert:
        return f"inside {start}:{end}{unit}"
    if value > spec.end:
        return f"above {end}{unit}"
    return f"below {start}{unit}"


def number(value: float) -> str:
    """A number as plain decimal text, never with an exponent: `12`, `0.25`, `-3`, `~` for minus infinity."""
    if isinstance(value, int):
        return str(int(value))
    if value != value or value in (float("inf"), float("-inf")):
        return "~" if value < 0 else ""
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _is_number(text: str) -> bool:
    digits = text[1:] if text.startswith("-") else text
    whole, point, fraction = digits.partition(".")
    return digits.isascii() and whole.isdigit() and (fraction.isdigit() if point else fraction == "")
