"""Durations and moments in arguments: `2h`, `06:00`, `2026-12-01 22:00`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from checkwright.core.errors import BadUsage
from checkwright.registry.model.durations import seconds
from checkwright.web.clock import zone_of

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
#: Longest downtime: a watch that nobody needs for a year has an override.
_LONGEST = 366 * 86_400


class Moments:
    """Reader and writer of moments in a time zone, "" for that of this machine. Raises BadUsage for an unknown zone."""

    def __init__(self, zone: str = "", clock: Callable[[], float] = time.time) -> None:
        self._zone: tzinfo | None = zone_of(zone) if zone else None
        self._clock = clock

    def now(self) -> int:
        return int(self._clock())

    def start(self, text: str) -> int:
        """Return the time of `22:00`, the next one, of `2026-12-01 22:00`, or of `30m`, which is from now on."""
        if not text:
            return self.now()
        found = self._moment(text, self.now())
        if found < self.now():
            raise BadUsage(f"{text} is in the past")
        return found

    def end(self, text: str, start: int) -> int:
        """Return the end of a span from `start` on: `2h`, or a moment as for `start`. Raises BadUsage."""
        end = self._moment(text, start)
        if end <= start:
            raise BadUsage(f"{text} is not after {self.text(start)}")
        if end - start > _LONGEST:
            raise BadUsage(f"{text} is longer than a year: declare an override in the registry instead")
        return end

    def length(self, text: str) -> int:
        """Return the seconds of a duration. Raises BadUsage."""
        try:
            return seconds(text)
        except ValueError as error:
            raise BadUsage(str(error)) from None

    def text(self, moment: float) -> str:
        """Return `22:00` for the next hours, `Tue 1 Dec 22:00` for another day."""
        found = datetime.fromtimestamp(moment, self._zone)
        today = datetime.fromtimestamp(self.now(), self._zone)
        if found.date() == today.date():
            return f"{found:%H:%M}"
        year = "" if found.year == today.year else f" {found.year}"
        return f"{found:%a} {found.day} {found:%b}{year} {found:%H:%M}"

    def _moment(self, text: str, after: int) -> int:
        """Return the moment of a text: a span counts from `after`, a time of day is the next one after it."""
        if clock := _TIME.fullmatch(text):
            day = datetime.fromtimestamp(after, self._zone).replace(tzinfo=None)
            found = day.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
            return next(one for one in map(self._seconds, (found, found + timedelta(days=1))) if one > after)
        for form in ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"):
            try:
                return self._seconds(datetime.strptime(text, form))
            except (ValueError, OverflowError):
                continue
        try:
            return after + seconds(text)
        except ValueError:
            raise BadUsage(
                f"{text!r} is neither a duration nor a time: write 30m, 2h, 06:00 or 2026-12-01 22:00"
            ) from None

    def _seconds(self, local: datetime) -> int:
        return int(local.replace(tzinfo=self._zone).timestamp())
