"""Spans of time as a person says them."""

from __future__ import annotations

_UNITS = ((172_800, 86_400, "days"), (7_200, 3_600, "h"), (120, 60, "min"))


def age(seconds: float) -> str:
    """Return `45 s`, `14 min`, `3 h`, `2 days`: one number of at least 2, rounded down."""
    for least, size, name in _UNITS:
        if seconds >= least:
            return f"{int(seconds // size)} {name}"
    return f"{int(max(0, seconds))} s"
