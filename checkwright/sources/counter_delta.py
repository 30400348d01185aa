"""What counters have grown by between two readings."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class CounterDelta:
    """Two readings of some counters. seconds: the time between them.

    A counter that went backwards has started anew, so what it grew by is not known.
    """

    __slots__ = ("_after", "_before", "seconds")

    def __init__(self, before: "Mapping[str, float]", after: "Mapping[str, float]", seconds: float) -> None:
        self._before = before
        self._after = after
        self.seconds = seconds

    @property
    def restarted(self) -> bool:
        """Whether a counter went backwards."""
        return any(value < self._before.get(name, value) for name, value in self._after.items())

    def of(self, name: str) -> float | None:
        """What one counter grew by; None if it is new or went backwards."""
        before, after = self._before.get(name), self._after.get(name)
        if before is None or after is None or after < before:
            return None
        return after - before

    def rate(self, name: str) -> float | None:
        """What one counter grew by a second."""
        grown = self.of(name)
        return None if grown is None or self.seconds <= 0 else round(grown / self.seconds, 3)

    def percent(self, name: str, *, of: str) -> float | None:
        """What one counter grew by, of what another did: 0 to 100. None too when that one stood still."""
        part, whole = self.of(name), self.of(of)
        return None if part is None or not whole else round(min(100.0, 100 * part / whole), 2)

    def total(self) -> float:
        """What all counters grew by together; one that is new or went backwards has counted from zero."""
        grown = 0.0
        for name, after in self._after.items():
            before = self._before.get(name, 0)
            grown += after - before if after >= before else after
        return grown
