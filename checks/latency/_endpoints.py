"""Judgement of endpoints: a percentile, how sure it is, and how far it is from its limit."""

from checks.latency._window import ENOUGH
from checkwright.latency.counts import floor_percentile
from checkwright.latency.quantiles import added, lower_bound, slower, total

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from checks.latency._window import Window
    from checkwright.latency.counts import Slot

#: Requests below that an endpoint is not judged.
LEAST = 20
#: Requests below that the p99 is the slowest one.
_HUNDRED = 100
SHARE = 0.99


class Limits:
    """Upper limits of an endpoint in milliseconds, infinite without one.

    lowest: of warning and critical, above that a request is slow. deciding: the critical one, else the warning.
    """

    __slots__ = ("deciding", "lowest")

    def __init__(self, warn: str | None, crit: str | None) -> None:
        ends = [_end(text) for text in (warn, crit)]
        self.lowest = min(ends)
        self.deciding = ends[1] if ends[1] < float("inf") else ends[0]

    def slower(self, times: "Mapping[int, int]") -> int:
        return slower(times, self.lowest) if self.lowest < float("inf") else 0


def _end(text: str | None) -> float:
    """Return the upper end of a range in seconds, as milliseconds."""
    end = (text or "").rpartition(":")[2].lstrip("@")
    return float(end) * 1_000 if end not in ("", "~") else float("inf")


class Endpoint:
    """One endpoint over its window.

    p99: seconds. surely: a bound that the true p99 exceeds with 95 % probability. of_limit: p99 in percent of its
    limit, None without one. hint: how many requests, and what makes the number uncertain.
    """

    __slots__ = ("hint", "name", "of_limit", "p99", "requests", "surely")

    def __init__(self, name: str, times: "Mapping[int, int]", cut: "Mapping[int, int]", limits: Limits) -> None:
        self.name = name
        self.requests = total(times)
        self.p99 = self.surely = 0.0
        self.of_limit: float | None = None
        self.hint = ""
        if not self.is_judged:
            return
        value, at_least = floor_percentile(times, cut, SHARE)
        bound = lower_bound(times, SHARE)
        self.p99 = value / 1_000
        self.surely = (value if bound is None else bound) / 1_000
        few = self.requests < _HUNDRED
        self.hint = f"slowest of {self.requests}" if few else f"{self.requests:,} requests"
        if at_least:
            self.hint = f"at least, since {total(cut):,} were cut off; {self.hint}"
        if limits.deciding < float("inf") and limits.deciding > 0:
            self.of_limit = round(100 * value / limits.deciding, 1)

    @property
    def is_judged(self) -> bool:
        return self.requests >= LEAST

    @property
    def has_few(self) -> bool:
        """True with some requests, and too few to judge."""
        return 0 < self.requests < LEAST


def judged(
    names: "Iterable[str]", limits: "Mapping[str, Limits]", slots: "Iterable[Slot]", window: "Window"
) -> list[Endpoint]:
    """Return the endpoints, the worst relative to its limit first.

    slots: of this run. window: those of the last hour, this run included.
    """
    run: dict[str, tuple[list[dict[int, int]], list[dict[int, int]]]] = {}
    for slot in slots:
        for (name, kind), cell in slot.cells.items():
            whole, cut = run.setdefault(name, ([], []))
            whole.append(cell.times)
            if kind == "cut":
                cut.append(cell.times)
    found = []
    for name in names:
        whole, cut = run.get(name, ([], []))
        if sum(map(total, whole)) >= ENOUGH:
            found.append(Endpoint(name, added(whole), added(cut), limits[name]))
        else:
            found.append(Endpoint(name, *window.times(name, ENOUGH), limits[name]))
    return sorted(found, key=lambda one: (not one.is_judged, -(one.of_limit or 0.0)))
