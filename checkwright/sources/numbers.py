"""Numbers in text that others wrote."""

#: Digits of the largest counter that any kernel or server has, and more.
_MOST_DIGITS = 30


def natural(text: str) -> int | None:
    """Return the number that a text of ASCII digits is; None for any other text, and for more than 30 digits.

    `str.isdigit` is True for `²` too, for which `int` raises, as it does for thousands of digits.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
