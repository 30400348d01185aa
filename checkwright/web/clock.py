"""Moments as a reader of a page sees them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from checkwright.core.errors import BadUsage


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its name, such as Europe/Berlin. Raises BadUsage."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        raise BadUsage(f"there is no time zone {name!r}: use a name such as UTC or Europe/Berlin") from None


class Clock:
    """Moments in one time zone."""

    def __init__(self, zone: str = "UTC") -> None:
        self.name = zone
        self._zone = zone_of(zone)

    def at(self, moment: float) -> datetime:
        return datetime.fromtimestamp(moment, self._zone)

    def day(self, moment: float) -> str:
        """Return `29 Nov 2026`."""
        found = self.at(moment)
        return f"{found.day} {found:%b %Y}"

    def time(self, moment: float) -> str:
        """Return `15:00`."""
        return f"{self.at(moment):%H:%M}"

    def moment(self, moment: float) -> str:
        """Return `29 Nov 15:00`."""
        found = self.at(moment)
        return f"{found.day} {found:%b %H:%M}"

    def span(self, start: float, end: float) -> str:
        """Return `29 Nov 2026`, or `28 Nov 2026 22:00 to 29 Nov 2026 06:00` for other than one whole day."""
        whole = self.time(start) == "00:00" and 86_000 <= end - start <= 86_400
        if whole:
            return self.day(start)
        if self.day(start) == self.day(end):
            return f"{self.day(start)} {self.time(start)} to {self.time(end)}"
        return f"{self.day(start)} {self.time(start)} to {self.day(end)} {self.time(end)}"
