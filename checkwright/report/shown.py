"""Numbers and moments as a reader of a report sees them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from checkwright.core.errors import BadUsage


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
