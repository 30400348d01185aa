"""Durations as text: `30s`, `5m`, `1h30m`, `1d`."""

from __future__ import annotations

import re

_PARTS = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII)
_SECONDS = (86_400, 3_600, 60, 1)


def seconds(text: str) -> int:
    """Return the number of seconds. Raises ValueError unless the text is a duration above zero."""
    match = _PARTS.fullmatch(text)
    total = sum(int(part or 0) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True)) if match else 0
    if total <= 0:
        raise ValueError(f"{text!r} is not a duration: write 30s, 5m, 1h30m or 1d")
    return total


def format_seconds(total: int) -> str:
    """Return the text that `seconds` reads, in the largest units: 90 is `1m30s`."""
    text = ""
    for unit, letter in zip(_SECONDS, "dhms", strict=True):
        count, total = divmod(total, unit)
        text += f"{count}{letter}" if count else ""
    return text or "0s"
