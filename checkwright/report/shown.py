"""Numbers as a reader of a report sees them."""

from __future__ import annotations


def duration(milliseconds: float) -> str:
    """Return `69 ms`, `1.52 s`, `3.5 min`: three digits at most."""
    if milliseconds < 1:
        return f"{milliseconds:.1f} ms" if milliseconds else "0 ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1_000
    if seconds < 99.95:
        return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min"


def count(number: int) -> str:
    """Return `1,560,833`."""
    return f"{number:,}"


def share(part: float) -> str:
    """Return a share of 1 as a percentage: `52 %`, `0.4 %`."""
    percent = 100 * part
    if 0 < percent < 0.05:
        return "< 0.1 %"
    return f"{percent:.0f} %" if percent >= 9.95 or percent == 0 else f"{percent:.1f} %"


def amount(number: float) -> str:
    """Return a small number with two or three digits: `3.7`, `0.58`, `37`."""
    if number >= 99.5:
        return f"{number:,.0f}"
    return f"{number:.0f}" if number >= 9.95 else f"{number:.1f}" if number >= 0.995 else f"{number:.2f}"
