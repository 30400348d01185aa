"""Error budget of a service level objective, and its burn rate."""

from checks.slo.source import CountsFiles, Objective
from checkwright import UNLIMITED, BadUsage, CannotTell, Check, Duration, Metrics, gauge, option, uses
from checkwright.latency.burn import DAY, FEWEST, WINDOWS, budget_left, burns, impossible, total
from checkwright.sources.statefile import StateFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkwright.latency.burn import Burn

#: Folder where `check api_latency` keeps counts.
FOLDER = "/var/lib/checkwright/latency"


class Slo(Check):
    """Percentage of the error budget that was burned in the last hour, 6 hours and 3 days.

    `Slo("checkout", "POST /orders", percent=99.9, under="500ms", days=30)` promises that 99.9 % of requests are
    answered within half a second, over 30 days. The rest is the error budget: 5xx responses, and responses that took
    longer. CRITICAL means that the budget burns so fast that somebody must act now: 2 % of it in an hour, or 5 % in 6
    hours. WARNING is slow burning: 10 % in 3 days. Each alert also needs the last 5 minutes, 30 minutes or 6 hours to
    burn as fast, so that it ends soon after the problem: the value is the lower of both.

    Fewer than 5 bad requests in the long window, or 2 in the short one, count as 0 %, so that one slow request of a
    quiet service wakes nobody up.

    A damaged counts file is a WARNING that names it, and the other files still count: the budget may burn faster than
    reported, because requests are missing.

    The counts come from `check api_latency` or `checkctl latency count`: of the local machine, or of all machines of a
    role in one folder that rsync or S3 fills. The check refuses an objective whose budget is too large to burn that
    fast, because it could never alert.
    """

    thread_safe = True

    files = uses(CountsFiles)
    memory = uses(StateFile)

    objective: str = option("Name of the objective", example="checkout")
    endpoint: tuple[str, ...] = option(
        "Endpoint, or a shell pattern; by default all", flags="-e --endpoint", default=(), example="POST /orders",
        literal=True,
    )  # fmt: skip
    percent: float = option("Promised share of good requests", example="99.9")
    under: Duration = option("Longest time of a good request", unit="s", example="500ms")
    days: float = option("Period of the budget in days", default=30.0)
    counts: str = option("Folder with counts files", default=FOLDER)
    role: str = option("Only counts of this role", default="")
    environment: str = option("Only counts of this environment", default="")
    silent: Duration = option("Age of the newest counts from that on nothing is known", default=7200.0, unit="s")

    hour = gauge("Budget burned in 1 h", "%", crit=2, max=UNLIMITED)
    six_hours = gauge("Budget burned in 6 h", "%", crit=5, max=UNLIMITED)
    three_days = gauge("Budget burned in 3 days", "%", warn=10, max=UNLIMITED)
    left = gauge("Budget left", "%", min=-1_000, missing="ok")
    bad = gauge("Slow or failed requests in 1 h", min=0)
    requests = gauge("Requests in 1 h", min=0)
    unreadable = gauge("Unreadable counts files", warn=0, missing="ok", min=0)

    if TYPE_CHECKING:

        def __init__(
            self,
            objective: str,
            *endpoint: str,
            percent: float,
            under: float | str,
            days: float = 30,
            counts: str = FOLDER,
            role: str = "",
            environment: str = "",
            silent: float | str = 7200.0,
        ) -> None: ...

    else:

        def __init__(self, *names: str, **options: "Any") -> None:
            if names:
                options["objective"] = names[0]
            if names[1:]:
                options["endpoint"] = names[1:]
            super().__init__(**options)

    def validate(self) -> None:
        if not 0 < self.percent < 100:
            raise BadUsage("--percent is a number between 0 and 100, such as 99.9")
        if self.under <= 0 or self.silent <= 0:
            raise BadUsage("--under and --silent are durations above 0")
        if not 1 <= self.days <= 90:
            raise BadUsage("--days is a number from 1 to 90")
        if reason := impossible(self.percent, self.days):
            raise BadUsage(f"--percent: {reason}")

    def probe(self) -> Metrics:
        now = self.files.now()
        objective = Objective(self.endpoint, self.under * 1_000, self.role, self.environment)
        found: list[Any] = []
        problems: list[str] = []

        def read(before: "Any") -> "dict[str, Any]":
            known = None if before is None else before.data
            tallies, memory, unread = self.files.tallies(self.counts, objective, now - self.days * DAY - 3_600, known)
            found.extend(tallies)
            problems.extend(unread)
            return memory

        self.memory.update(read)
        newest = max((one.start + one.seconds for one in found), default=0)
        if not found or now - newest > self.silent:
            since = f"since {(now - newest) / 3_600:.1f} h ago" if found else "at all"
            raise CannotTell(f"no counts {since} in {self.counts}: is check api_latency running there?")
        windows = burns(found, now, self.percent, self.days)
        for make, burn in zip((self.hour, self.six_hours, self.three_days), windows, strict=True):
            yield make(round(100 * burn.both, 3) if burn.judged else 0, hint=_why_not_judged(burn))
        left = budget_left(found, now, self.percent, self.days)
        yield self.left(None if left is None else round(100 * left, 2))
        requests, bad = total(found, now - WINDOWS[0][0] - 300, now + DAY)
        yield self.bad(bad)
        yield self.requests(requests)
        yield self.unreadable(len(problems), hint=problems[0] if problems else "")


def _why_not_judged(burn: "Burn") -> str:
    if burn.judged or not burn.bad:
        return ""
    return "too few bad requests to judge" if burn.bad < FEWEST[0] else "hardly any bad requests of late"
