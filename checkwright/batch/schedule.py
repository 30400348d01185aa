"""When each task is due: spread over the interval by its name, without drift, sooner while a bad result is not certain.

All times are seconds of one clock that the caller chooses. Nothing here waits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

#: Seconds within which every task runs for the first time, however long its interval is.
FIRST_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How often: seconds between runs, between runs while a bad result is not certain, and runs that make it so."""

    interval: float
    retry: float
    attempts: int


class Slot:
    """One task's place in time. `due` is None while it runs, so that it never overlaps itself."""

    def __init__(self, key: tuple[str, str], pace: Pace, now: float, origin: float) -> None:
        """origin: any moment that stays the same from start to start, so that phases do too."""
        self.pace = pace
        self.attempt = 0
        self._phase = _share(key)
        self._origin = origin
        first = now + self._phase * min(FIRST_WITHIN, pace.interval)
        regular = self._regular(now)
        self.due: float | None = min(first, regular)

    def start(self) -> None:
        """The run has been handed out."""
        self.due = None

    def end(self, began: float, now: float, bad: bool) -> int:
        """The run has ended; return how many regular turns it missed by running."""
        if not bad:
            self.attempt = 0
        elif self.attempt < self.pace.attempts:
            self.attempt += 1
        if bad and self.attempt < self.pace.attempts and self.pace.retry < self.pace.interval:
            self.due = max(now, began + self.pace.retry)
            return 0
        due = self._regular(began + self.pace.interval / 2)
        missed = 0
        if due < now:
            missed = 1 + int((now - due) // self.pace.interval)
            due += missed * self.pace.interval
        self.due = due
        return missed

    def _regular(self, after: float) -> float:
        """The first moment of this task's own grid at or after `after`."""
        interval = self.pace.interval
        start = self._origin + self._phase * interval
        turns = -((start - after) // interval)
        return start + turns * interval


def _share(key: tuple[str, str]) -> float:
    """A number from 0 to below 1 that is the same wherever and whenever it is asked for."""
    digest = hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6]) / 2**48
