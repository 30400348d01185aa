"""A clock that stands still, so that a test of waiting takes no time and gives the same result on a slow machine."""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

#: Milliseconds for which a poll really waits before the clock jumps to its end.
_REAL_WAIT = 20


class Clock:
    """Replacement for `time.monotonic` and `time.sleep`. It moves only where somebody waits.

    pauses: seconds of each sleep, in order.
    """

    def __init__(self) -> None:
        self.now = time.monotonic()
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class Poll:
    """Replacement for `select.poll`: a wait without an event moves the clock to its end."""

    def __init__(self, clock: Clock, real: Any) -> None:
        self._clock = clock
        self._real = real
        self.register = real.register
        self.unregister = real.unregister

    def poll(self, milliseconds: float | None = None) -> list[tuple[int, int]]:
        if milliseconds is None:
            return self._real.poll()  # type: ignore[no-any-return]
        found: list[tuple[int, int]] = self._real.poll(min(milliseconds, _REAL_WAIT))
        if not found:
            self._clock.now += milliseconds / 1000
        return found


@contextmanager
def still_clock() -> Iterator[Clock]:
    """Stop the clock of this process for the block."""
    clock, real = Clock(), select.poll
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic", clock.monotonic)
        patch.setattr(time, "sleep", clock.sleep)
        patch.setattr(select, "poll", lambda: Poll(clock, real()))
        yield clock


@contextmanager
def still_time(at: float) -> Iterator[None]:
    """Make `time.time` return `at`, in seconds since 1970, for the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: at)
        yield
