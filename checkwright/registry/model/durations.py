"""Durations as people write them: `30s`, `5m`, `1h30m`, `1d`."""

from __future__ import annotations

import re

_PARTS = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII)
_SECONDS = (86_400, 3_600, 60, 1)


def seconds(text: str) -> int:
    """How many seconds a duration says. Raises ValueError unless it is one, and above zero."""
    match = _PARTS.fullmatch(text)
    total = sum(int(part or 0) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True)) if match else 0
    if total <= 0:
        raise ValueError(f"{text!r} is no duration: write 30s, 5m, 1h30m or 1d")
    return total


def shown(total: int) -> str:
    """The duration as `seconds` reads it, in the largest units: 90 is `1m30s`."""
    said = ""
    for unit, letter in zip(_SECONDS, "dhms", strict=True):
        count, total = divmod(total, unit)
        said += f"{count}{letter}" if count else ""
    return said or "0s"
