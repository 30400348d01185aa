"""Statistics of the worker: latencies in a bounded number of counters, and figures of processes from /proc."""

from __future__ import annotations

from math import log2

#: Steps that a factor of two is divided into: a percentile is right within 9 %.
_STEPS = 4
_SLOTS = 4 * 40


class Latencies:
    """Histogram of answer times: each slot is 19 % longer than the one before, from 1 microsecond."""

    def __init__(self) -> None:
        self._slots = [0] * _SLOTS
        self._before = [0] * _SLOTS

    def add(self, seconds: float) -> None:
        """Count one answer."""
        micro = seconds * 1e6
        slot = int(log2(micro) * _STEPS) if micro > 1 else 0
        self._slots[slot if slot < _SLOTS else -1] += 1

    def turn(self) -> None:
        """Forget all that is older than the last turn. Percentiles cover the last one to two periods."""
        self._before, self._slots = self._slots, [0] * _SLOTS

    def percentile(self, share: float) -> float | None:
        """Return the seconds that this share of all answers did not exceed, by nearest rank; None without answers."""
        counts = [one + other for one, other in zip(self._slots, self._before, strict=True)]
        rank = share * sum(counts)
        if not rank:
            return None
        slot = next(slot for slot in range(_SLOTS) if sum(counts[: slot + 1]) >= rank)
        middle: float = 2 ** ((slot + 0.5) / _STEPS)
        return middle / 1e6


def resident_bytes(pid: int) -> int:
    """Return the memory that a process holds; 0 if it has ended."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * 4096
    except (OSError, IndexError, ValueError):
        return 0


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used, in steps of a hundredth of a second; 0 if it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100
    except (OSError, IndexError, ValueError):
        return 0.0
