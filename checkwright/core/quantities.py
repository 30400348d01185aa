"""Sizes and durations with a suffix: `512M`, `90s`, `2h`.

Options declared with `unit="B"` or `unit="s"` accept them, and so do thresholds of gauges in these
units. Loaded only where a number has a suffix, and for help texts.
"""

#: Factors by suffix, smallest first. Sizes are binary: K is 1024.
SUFFIXES: dict[str, dict[str, float]] = {
    "B": {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4},
    "s": {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400},
}
SUFFIXES["B/s"] = SUFFIXES["B"]

_MOST_DIGITS = 30


class BadQuantity(ValueError):
    """Text that is not a size or a duration."""


def parse_quantity(text: str, unit: str) -> float:
    """Return a number in `unit` (`B`, `B/s` or `s`); an int where it is whole. Raises BadQuantity.

    `1.5G` is 1610612736, `90` and `90s` are 90. A suffix is case-sensitive.
    """
    digits = text.rstrip("".join({letter for suffix in SUFFIXES[unit] for letter in suffix}))
    suffix = text[len(digits) :]
    whole, point, fraction = digits.removeprefix("-").partition(".")
    if not (digits.isascii() and whole.isdigit() and (fraction.isdigit() or not point)) or len(digits) > _MOST_DIGITS:
        raise BadQuantity(f"{text!r} is not a {name(unit)}: {_advice(unit)}")
    factor = SUFFIXES[unit].get(suffix) if suffix else 1
    if factor is None:
        raise BadQuantity(f"{text!r} is not a {name(unit)}: {_advice(unit)}")
    if not point and factor >= 1:
        return int(digits) * int(factor)
    value = float(digits) * factor
    return int(value) if value.is_integer() else value


def short(value: float, unit: str) -> str:
    """Return the shortest exact text that `parse_quantity` accepts: `10G`, `90s`, `1500`."""
    for suffix, factor in reversed(SUFFIXES[unit].items()):
        if value and factor >= 1 and value % factor == 0:
            return f"{int(value // factor)}{suffix}"
    return str(int(value)) if value == int(value) else str(value)


def name(unit: str) -> str:
    """Return `size` or `duration`."""
    return "duration" if unit == "s" else "size"


def suffixes(unit: str) -> str:
    """Return the suffixes for a sentence: `K, M, G or T (1024)`."""
    *most, last = SUFFIXES[unit]
    return f"{', '.join(most)} or {last}{'' if unit == 's' else ' (1024)'}"


def _advice(unit: str) -> str:
    if unit == "s":
        return f"write seconds, or a number with {suffixes(unit)}, such as 90s"
    return f"write bytes, or a number with {suffixes(unit)}, such as 512M"
