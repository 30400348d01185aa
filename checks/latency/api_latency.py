"""Latency of API calls: the 99th percentile of each endpoint."""

import time

from checks.latency._endpoints import Endpoint, Limits, judged
from checks.latency._window import Window
from checks.latency.source import ROUTES, LatencyFiles
from checkwright import BadUsage, CannotTell, Check, Metrics, gauge, option, uses, verdict
from checkwright.latency.counts import HOUR, MORE, NO_ROUTE, STEP, Header
from checkwright.latency.tally import Tally
from checkwright.sources.log import Log
from checkwright.sources.statefile import StateFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkwright.latency.counts import Slot
    from checkwright.latency.learned_names import LearnedNames
    from checkwright.latency.routes_file import RoutesFile
    from checkwright.latency.tally import Result
    from checkwright.sources.log import LogReading
    from checkwright.sources.statefile import Before

#: Most endpoints in the performance data.
MOST_GRAPHS = 40
#: Unreadable lines, in percent, from which on the format is wrong, and the least number of them.
_WRONG, _FEW = 1.0, 5
#: Most requests of a learned name that the memory counts.
_HITS = 1_000_000


class ApiLatency(Check):
    """Latency of API calls: the 99th percentile (p99) of each endpoint, from the access log.

    The endpoint that is worst relative to its limit comes first. Latency is the server's time, without slow client
    networks, if the log has it: nginx with `$upstream_response_time`, HAProxy, ALB. Otherwise it is the total time.

    A run reads the lines that were added to the log since the last one. The first run starts at the end. An endpoint
    with fewer than 300 requests since then is judged over a longer window, up to an hour; one with fewer than 20 is not
    judged. The state follows a bound that the true p99 exceeds with 95 % probability, so that one slow request in
    twenty alerts nobody. Limits for single endpoints are written `POST /orders=2`, or `ApiLatency.p99.at("POST
    /orders", warn=2)` in a registry.

    The routes file contains the endpoints and the format of the log. Requests that match no route, such as those of
    scanners, are not judged. Without routes, the check learns names from the paths. A log whose lines do not match the
    format is UNKNOWN.

    Exact counts of all endpoints go to files in the folder --counts, for `checkctl latency report`. Graphs get the p99
    of endpoints with a limit of their own, 40 at most.
    """

    log_files = uses(Log)
    files = uses(LatencyFiles)
    memory = uses(StateFile)

    log: str = option("Access log", flags="-l --log", example="/var/log/nginx/access.log")
    routes: str = option(
        "Routes file, with the format of the log: a path, or the name of a file latency/NAME.routes of the project",
        flags="-r --routes",
        default="",
        shipped=ROUTES,
    )
    format: str = option(
        "Format of the log, where the routes file has none: a directive, httplog, alb or json ...",
        flags="-f --format",
        default="",
        literal=True,
    )
    role: str = option("Role in the counts files; by default the name of the routes file", default="")
    host: str = option("Machine in the counts files; by default this one's name", default="")
    counts: str = option(
        "Folder for counts files; they are kept where it exists", default="/var/lib/checkwright/latency"
    )

    p99 = gauge("Latency p99", "s", warn=1, crit=3, missing="ok", optional=True)
    worst = gauge("Worst p99, of its limit", "%", max=float("inf"), missing="ok")
    slow = gauge("Requests slower than their limit", "%", missing="ok")
    errors = gauge("Requests with status 5xx", "%", missing="ok")
    requests = gauge("Requests", "/s", missing="ok", min=0)
    unreadable = gauge("Unreadable lines", "%", missing="ok")
    unjudged = gauge("Endpoints with too few requests", missing="ok", min=0)
    reading = verdict(
        "Log",
        ok=["is read", "has no new lines", "is read from here on", "was cut off or removed, so lines are missing"],
    )
    keeping = verdict("Counts", ok=["are not kept"])

    def validate(self) -> None:
        if not self.log.startswith("/"):
            raise BadUsage(f"--log {self.log!r} is not a full path, which begins with /")
        if not self.routes and not self.format:
            raise BadUsage("give --routes with a file that has the format of the log, or --format")

    def validate_file(self, name: str, text: str) -> None:
        from checkwright.latency import routes_file

        if routes_file.parse(text, name).log_format is None and not self.format:
            raise BadUsage(f"{name} has no format: add the log_format directive of the log, or give format=")

    def probe(self) -> Metrics:
        setup = self.files.routes(self.routes) if self.routes else None
        run = _Run(self, setup)
        self.memory.update(run.change)
        yield from self._p99s(run)
        yield from self._totals(run)
        if run.is_wrong_format:
            raise CannotTell(
                f"{run.tally.unreadable} of {run.tally.lines} lines in {self.log} do not fit {run.format_name}; "
                f"the first: {run.tally.example.decode('utf-8', 'backslashreplace')!r}"
            )
        if run.not_kept and "counts" in self.explicit:
            raise CannotTell(f"counts are not kept: {run.not_kept}")

    def _p99s(self, run: "_Run") -> Metrics:
        graphed = 0
        for endpoint in run.endpoints:
            own = graphed < MOST_GRAPHS and self.names_limit("p99", endpoint.name)
            graphed += own
            if endpoint.is_judged:
                yield self.p99(
                    endpoint.p99,
                    of=endpoint.name,
                    surely=endpoint.surely,
                    hint=endpoint.hint,
                    perfdata=own,
                )
            elif own:
                yield self.p99(None, of=endpoint.name)

    def _totals(self, run: "_Run") -> Metrics:
        tally = run.tally
        yield self.worst(max((one.of_limit for one in run.endpoints if one.is_judged and one.of_limit), default=None))
        yield self.slow(run.slow)
        yield self.errors(run.errors)
        yield self.requests(run.rate)
        yield self.unreadable(round(100 * tally.unreadable / tally.lines, 2) if tally.lines else None)
        few = sum(one.has_few for one in run.endpoints)
        yield self.unjudged(few or None)
        yield self.reading(run.word, hint=run.about)
        if run.not_kept:
            yield self.keeping("are not kept", hint=run.not_kept)

    def limits(self, name: str) -> Limits:
        """Return the limits of an endpoint in milliseconds."""
        found = self.thresholds(type(self).gauges["p99"], name)
        return Limits(found.warn, found.crit)


class _Run:
    """One run: the lines since the last one, and the window that they belong to."""

    def __init__(self, check: ApiLatency, setup: "RoutesFile | None") -> None:
        from checkwright.latency.format_parser import parse_format

        self.check = check
        routes = setup.routes if setup is not None else None
        log_format = setup.log_format if setup is not None else None
        if check.format and log_format is not None:
            raise BadUsage(f"--format and {check.routes} both have a format: keep one")
        log_format = log_format or parse_format(check.format)
        self.format_name = log_format.name
        self.declared = routes.names if routes is not None else []
        self.learned: LearnedNames | None = None
        if routes is None:
            from checkwright.latency import learned_names

            self.learned = learned_names.LearnedNames()
        self.tally = Tally(
            log_format,
            routes,
            without_time=setup.without_time if setup is not None else (),
            learned=self.learned,
        )
        self.measure = "server" if log_format.has_server else "total"
        self.endpoints: list[Endpoint] = []
        self.rate: float | None = None
        self.slow: float | None = None
        self.errors: float | None = None
        self.not_kept = ""
        self.word = ""
        self.about = ""

    @property
    def is_wrong_format(self) -> bool:
        lines, unreadable = self.tally.lines, self.tally.unreadable
        return unreadable > 0 and (unreadable == lines or (unreadable >= _FEW and 100 * unreadable > _WRONG * lines))

    def change(self, before: "Before | None") -> "dict[str, Any]":
        """Read the log and return the memory for the next run."""
        data = before.data if before is not None else {}
        names = data.get("names")
        if self.learned is not None and isinstance(names, dict):
            self.learned.seed(names)
        reading = self.check.log_files.read(self.check.log, data.get("log"))
        for block in reading.blocks:
            self.tally.feed(block)
        result = self.tally.result()
        self._describe(reading)
        now = time.time()
        window, hours = Window(data.get("window")), Window(data.get("hours"), HOUR)
        window.add(result.slots.values(), now)
        hours.add(result.totals.values(), now)
        self._judge(result, window)
        if before is not None and before.seconds > 0 and not reading.first:
            requests = sum(slot.requests for slot in result.slots.values())
            self.rate = round(requests / before.seconds, 3)
        self._keep(window, hours, now)
        kept = bool(self.check.counts) and not self.not_kept
        memory = {
            "log": reading.position,
            "window": window.data(now, keep_unwritten=kept),
            "hours": hours.data(now, keep_unwritten=kept),
        }
        if self.learned is not None:
            memory["names"] = {name: min(_HITS, hits) for name, hits in self.learned.hits().items()}
        return memory

    def _describe(self, reading: "LogReading") -> None:
        if reading.first:
            self.word = "is read from here on"
        elif reading.lost:
            self.word = "was cut off or removed, so lines are missing"
        else:
            self.word = "is read" if self.tally.lines else "has no new lines"
        parts = [reading.loss] if reading.slow else []
        if reading.skipped:
            parts.append(f"{reading.skipped / 1e6:,.0f} MB of older lines were skipped")
        if reading.left:
            parts.append(f"{reading.left / 1e6:,.0f} MB are left for the next run")
        if self.tally.norequest:
            parts.append(f"{self.tally.norequest:,} connections without a request")
        self.about = ", ".join(parts)

    def _judge(self, result: "Result", window: Window) -> None:
        """Judge all endpoints of the window, and sum up the requests of this run."""
        names = [*self.declared, *sorted(window.endpoints - {*self.declared, NO_ROUTE, MORE})]
        limits = {name: self.check.limits(name) for name in names}
        self.endpoints = judged(names, limits, result.slots.values(), window)
        timed = slow = requests = errors = 0
        for slot in result.slots.values():
            for (name, kind), cell in slot.cells.items():
                if name in limits:
                    timed += cell.requests - cell.untimed
                    slow += limits[name].slower(cell.times)
                    requests += cell.requests
                    errors += cell.requests if kind == "5xx" else 0
        self.slow = round(100 * slow / timed, 3) if timed else None
        self.errors = round(100 * errors / requests, 3) if requests else None

    def _keep(self, window: Window, hours: Window, now: float) -> None:
        """Write the slots that are final to the counts files."""
        check = self.check
        folder = check.counts
        self.not_kept = check.files.ready(folder) if folder else ""
        if not folder or self.not_kept or not check.memory.keeps:
            return
        role = check.role or check.routes.rpartition("/")[2].removesuffix(".routes")
        host = check.host or check.files.host()
        for slots, step, measure in ((window, STEP, self.measure), (hours, HOUR, "total")):
            final: list[Slot] = slots.final(now)
            if not final:
                continue
            header = Header(
                host,
                role,
                check.log,
                format=self.format_name,
                measure=measure,
                step=step,
                learned={name for slot in final for name, _ in slot.cells} - {*self.declared, NO_ROUTE},
            )
            try:
                check.files.keep(folder, header, final, step, now)
            except CannotTell as error:
                self.not_kept = str(error)
                return
            slots.written(final)
