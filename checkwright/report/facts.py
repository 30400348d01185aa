"""Facts of a report, as plain data. Times are seconds since the epoch, durations are milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Times = Mapping[int, int]

#: Fewest requests for a p99 that is one, and for a value that is shown without a note.
FEW = 100
SOLID = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint over the whole report.

    timed: requests with a time of the server; all other numbers but `requests`, `errors` and `cut` are of these.
    p99_at_least: the true p99 may be higher, since requests were cut off before their answer. sure: bound that the true
    p99 exceeds with 95 % probability. p99_total: the same with the client's network, None if not counted.
    limit: p99 that the registry calls critical, None for none. share: of the time of all endpoints, 0 to 1.
    hours: p99 and requests by bucket of `Scope.buckets`, None for a bucket without requests.
    """

    name: str
    requests: int
    timed: int
    p50: int | None
    p99: int | None
    p99_at_least: bool = False
    sure: int | None = None
    p99_total: int | None = None
    limit: float | None = None
    share: float = 0.0
    errors: int = 0
    cut: int = 0
    learned: bool = False
    hours: tuple[tuple[int, int] | None, ...] = ()

    @property
    def few(self) -> bool:
        """True if the p99 is nearly the slowest request."""
        return self.timed < FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Endpoint that got slower at a moment, more than the whole role did.

    before, after: p99, or the percentile (0 to 1) where the p99 shows nothing. share: share of the requests after it
    that were slower than `before`. role_wide: the same share for the other endpoints. curves: times before and after
    it. mark: text of a mark at that moment.
    """

    endpoint: str
    at: int
    before: int
    after: int
    requests: int
    share: float
    role_wide: float
    curves: tuple[Times, Times]
    mark: str = ""
    percentile: float = 0.99

    @property
    def name(self) -> str:
        """Name of the percentile: `p99`, `p95`, `median`."""
        return "median" if self.percentile == 0.5 else f"p{100 * self.percentile:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """Requests of one endpoint in flight at the peak: those that work, and those that wait. blocking: see Peak."""

    endpoint: str
    working: float
    waiting: float
    blocking: float | None = None

    @property
    def total(self) -> float:
        return self.working + self.waiting


@dataclass(frozen=True, slots=True)
class Capacity:
    """Size of something that requests hold, of all machines together: name "workers", or that of a pool."""

    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The busiest hour of all machines together.

    slots: starts of its slots. rate: requests per second. endpoints: the largest first. blocking is set where quiet
    hours are quiet enough to derive what holds up others. capacity: the workers first, then pools.
    """

    slots: tuple[int, ...]
    step: int
    rate: float
    quiet_rate: float
    endpoints: tuple[InFlight, ...]
    capacity: tuple[Capacity, ...] = ()

    @property
    def working(self) -> float:
        return sum(one.working for one in self.endpoints)

    @property
    def waiting(self) -> float:
        return sum(one.waiting for one in self.endpoints)

    @property
    def in_flight(self) -> float:
        return self.working + self.waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturation:
    """One resource against the load of the role.

    at_peak: its value when the load is highest, by the fit. limit: its critical threshold, 100 for a percentage without
    one. times: load at which it reaches the limit, as a multiple of the peak; None if it does not follow the load.
    fit: r2 of the line, 0 to 1. source: where the values come from.
    """

    host: str
    resource: str
    unit: str
    at_peak: float
    limit: float
    times: float | None
    fit: float
    points: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Error budget of one service level objective over its window.

    slow: requests that were too slow or failed. left: share of the budget that is left, negative where it is overspent.
    burned_by: (endpoint, slow requests), the largest first. complete: the counts cover the whole window.
    """

    name: str
    endpoints: tuple[str, ...]
    percent: float
    under: float
    days: float
    requests: int
    slow: int
    left: float | None
    burned_by: tuple[tuple[str, int], ...]
    covered_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The same role in another environment, for a comparison. endpoints: name to (requests, p50, p99)."""

    environment: str
    requests: int
    endpoints: Mapping[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Facts of one role in one environment.

    lines that are no requests: unreadable do not fit the format, norequest are connections without a request.
    skipped: bytes of logs that were not read. buckets: starts of the columns of the heat map, `width` seconds each.
    endpoints: the slowest first. not_seen: sentences on what this report cannot show.
    """

    environment: str
    role: str
    hosts: tuple[str, ...]
    start: int
    end: int
    requests: int
    unreadable: int
    norequest: int
    skipped: int
    buckets: tuple[int, ...]
    width: int
    endpoints: tuple[Endpoint, ...]
    changes: tuple[Change, ...]
    comparable: bool
    peak: Peak | None
    saturation: tuple[Saturation, ...] = ()
    budgets: tuple[Budget, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    not_seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All facts of a report: one scope for each role. zone: name of the time zone that moments are shown in."""

    scopes: tuple[Scope, ...]
    zone: str = "UTC"
    notes: tuple[str, ...] = field(default=())
