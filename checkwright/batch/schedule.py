"""Schedule of tasks: spread over the interval by name, without drift, sooner while a bad result is not confirmed.

All times are seconds of one clock, which the caller chooses. Nothing here waits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

#: Seconds within which every task runs for the first time, however long its interval is.
FIRST_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Pace of a task: seconds between runs, seconds between retries of a bad result, and runs that confirm one."""

    interval: float
    retry: float
    attempts: int


class Slot:
    """Turns of one task. `due` is None while it runs, so that it never overlaps itself."""

    def __init__(self, key: tuple[str, str], pace: Pace, now: float, origin: float) -> None:
        """origin: a moment that is the same after a restart, so that phases are the same too."""
        self.pace = pace
        self.attempt = 0
        self._phase = _share(key)
        self._origin = origin
        first = now + self._phase * min(FIRST_WITHIN, pace.interval)
        regular = self._regular(now)
        self.due: float | None = min(first, regular)

    def start(self) -> None:
        """Note that the task runs."""
        self.due = None

    def end(self, began: float, now: float, bad: bool) -> int:
        """Note that the run has ended. Returns how many regular turns it missed by running."""
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
        """Return the first moment of this task's grid at or after `after`."""
        interval = self.pace.interval
        start = self._origin + self._phase * interval
        turns = -((start - after) // interval)
        return start + turns * interval


def _share(key: tuple[str, str]) -> float:
    """Return a number from 0 to below 1 that depends on the key alone."""
    digest = hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6]) / 2**48
