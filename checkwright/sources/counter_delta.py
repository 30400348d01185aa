"""Increase of counters between two readings."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping


class CounterDelta:
    """Two readings of some counters. seconds: the time between them.

    A counter that went backwards was restarted, so its increase is unknown. fastest: for counters that restart
    together, such as a kernel's, the highest possible increase per second. A single counter that went backwards or grew
    faster counts as unchanged: iowait can step back, and steal can wrap around below zero. ages: the time between the
    two readings of single counters, if it differs.
    """

    __slots__ = ("_after", "_ages", "_before", "_fastest", "seconds")

    def __init__(
        self,
        before: "Mapping[str, float]",
        after: "Mapping[str, float]",
        seconds: float,
        fastest: float | None = None,
        ages: "Mapping[str, float] | None" = None,
    ) -> None:
        self._before = before
        self._after = after
        self._fastest = fastest
        self._ages = ages or {}
        self.seconds = seconds

    @property
    def restarted(self) -> bool:
        """True if a counter went backwards; with `fastest`, only if none grew either."""
        increases = [value - self._before[name] for name, value in self._after.items() if name in self._before]
        fell = any(increase < 0 for increase in increases)
        return fell and (self._fastest is None or not any(increase > 0 for increase in increases))

    def of(self, name: str) -> float | None:
        """Return the increase of one counter; None if it is new or went backwards."""
        before, after = self._before.get(name), self._after.get(name)
        if before is None or after is None:
            return None
        increase = after - before
        if self._fastest is None:
            return increase if increase >= 0 else None
        if self.restarted:
            return None
        return increase if 0 <= increase <= self._fastest * self.seconds else 0.0

    def rate(self, name: str) -> float | None:
        """Return the increase of one counter per second; None as for `of`."""
        increase, seconds = self.of(name), self._ages.get(name, self.seconds)
        return None if increase is None or seconds <= 0 else round(increase / seconds, 3)

    def percent(self, name: str, *, of: str) -> float | None:
        """Return the increase of one counter as a share of another's, 0 to 100; None also if the other stood still."""
        part, whole = self.of(name), self.of(of)
        return None if part is None or not whole else round(min(100.0, 100 * part / whole), 2)

    def total(self, new: "Container[str] | None" = None) -> float:
        """Return the increase of all counters together. A counter that went backwards counts from zero.

        A counter without an earlier reading has no increase, except those in `new`, which count from zero.
        """
        increase = 0.0
        for name, after in self._after.items():
            before = self._before.get(name)
            if before is not None:
                increase += after - before if after >= before else after
            elif new is not None and name in new:
                increase += after
        return increase
