"""Present problems: what monitoring systems observed, matched with the plans of their environments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict
from urllib.parse import quote

from checkwright.registry.catalogue_links import host_url
from checkwright.registry.graph_links import graph_url
from checkwright.registry.plan import Entry, Host, Notify, Plan
from checkwright.status.observed import GOOD, Observed, Remark, Snapshot, State
from nagios_cfg.names import AGENT
from sensu.names import check_name

#: Seconds after which the data of a Nagios count as old. It writes them every 10 to 60 s.
OLD = 120.0
#: Turns that a result may be late, and seconds more.
_LATE_TURNS, _LATE = 3, 120.0
_LEVELS: tuple[Notify, ...] = ("page", "office-hours", "ticket", "nobody")
_WORST_FIRST: tuple[State, ...] = ("DOWN", "CRITICAL", "UNREACHABLE", "UNKNOWN", "WARNING")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A service or a host that is not well.

    watch: "" for the host itself. teams: its owner; of a host, the owners of its roles. why: reasons of overrides.
    handled: why nobody need act now, such as an acknowledgement; "" otherwise. late: its result is old.
    """

    environment: str
    host: str
    watch: str
    check: str = ""
    summary: str = ""
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    notify: Notify = "nobody"
    state: State
    confirmed: bool
    since: float
    last_check: float
    late: bool
    flapping: bool
    output: str
    details: str
    runbook: str = ""
    why: tuple[str, ...] = ()
    graphs: str = ""
    catalogue: str = ""
    declared: str = ""
    handled: str = ""
    remark: Remark | None = None  # of the acknowledgement, downtime or silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source of data. problem: why it cannot be read, "" if it was."""

    name: str
    kind: str
    taken: float = 0.0
    problem: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A watch of a host that should have a recent result and has none. last_check: 0 for never."""

    environment: str
    host: str
    watch: str
    role: str
    team: str
    last_check: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """All that is known at a moment. problems: the most urgent first.

    good: number of watches that are OK. missing: watches of the plans that no source knows. pending: those never
    checked. late: those whose last result is old, whatever it was. unknown: services and hosts that no plan has,
    problems first. elsewhere: number of services and hosts of other environments, by name.
    """

    now: float
    environments: tuple[str, ...]
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...] = ()
    good: int = 0
    missing: tuple[Gap, ...] = ()
    pending: tuple[Gap, ...] = ()
    late: tuple[Gap, ...] = ()
    unknown: tuple[Observed, ...] = ()
    elsewhere: Mapping[str, int] = field(default_factory=dict)

    @property
    def open(self) -> tuple[Problem, ...]:
        """Problems that somebody should look at."""
        return tuple(one for one in self.problems if not one.handled)

    @property
    def handled(self) -> tuple[Problem, ...]:
        return tuple(one for one in self.problems if one.handled)


def status(
    plans: Sequence[Plan],
    snapshots: Sequence[Snapshot],
    unread: Sequence[Source],
    now: float,
    *,
    team: str = "",
    role: str = "",
) -> Status:
    """Return the status of environments. unread: sources that could not be read. team, role: "" for all."""
    index = {plan.environment: _Index(plan) for plan in plans}
    gathered = _Gathered(index, now)
    for snapshot in snapshots:
        gathered.add(snapshot)
    missing = () if unread or not snapshots else tuple(gathered.missing())
    problems = tuple(
        sorted(
            (one for one in gathered.problems if (not team or team in one.teams) and (not role or role in one.roles)),
            key=_urgency,
        )
    )

    def chosen(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
        return tuple(gap for gap in gaps if (not team or gap.team == team) and (not role or gap.role == role))

    return Status(
        now=now,
        environments=tuple(index),
        sources=(*(_source(one) for one in snapshots), *unread),
        problems=problems,
        good=gathered.good,
        missing=chosen(missing),
        pending=chosen(gathered.pending),
        late=chosen(gathered.late),
        unknown=()
        if team or role
        else tuple(sorted(gathered.unknown, key=lambda one: (one.state in GOOD, one.host, one.service))),
        elsewhere=dict(sorted(gathered.elsewhere.items())),
    )


def _source(snapshot: Snapshot) -> Source:
    return Source(name=snapshot.source, kind=snapshot.kind, taken=snapshot.taken, notes=snapshot.notes)


def age_of(source: Source, now: float) -> float:
    """Return the age of a source's data in seconds. A clock that is ahead gives 0."""
    return max(0.0, now - source.taken)


def is_old(source: Source, now: float) -> bool:
    """Return whether a Nagios has not written its data for a while: it may have stopped."""
    return not source.problem and source.kind == "nagios" and age_of(source, now) > OLD


def by_team(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    """Return problems by team, in their order. A problem of several teams is in the list of each."""
    found: dict[str, list[Problem]] = {}
    for one in problems:
        for team in one.teams or ("no team",):
            found.setdefault(team, []).append(one)
    return found


def by_environment(status: Status) -> dict[str, list[Problem]]:
    """Return the open problems of each environment, in their order."""
    return {name: [one for one in status.open if one.environment == name] for name in status.environments}


def by_role(problems: Iterable[Problem]) -> dict[tuple[str, str], list[Problem]]:
    """Return problems by roles and environment, in their order."""
    found: dict[tuple[str, str], list[Problem]] = {}
    for one in problems:
        found.setdefault((", ".join(one.roles) or "no role", one.environment), []).append(one)
    return found


class _Index:
    """A plan by the names that its parts have in Nagios and in Sensu."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.hosts = {host.name: host for host in plan.hosts}
        self.roles = {role.name: role for role in plan.roles}
        self.entries: dict[str, dict[tuple[str, str], Entry]] = {"nagios": {}, "sensu": {}}
        self.levels: dict[str, Notify] = {}
        self.by_nrpe: dict[str, list[Entry]] = {}
        for entry in plan.entries:
            for host in entry.hosts:
                self.entries["nagios"][host, entry.name] = entry
                self.entries["sensu"][host, check_name(entry)] = entry
                self.levels[host] = min(self.levels.get(host, "nobody"), entry.notify, key=_LEVELS.index)
                if entry.transport == "nrpe":
                    self.by_nrpe.setdefault(host, []).append(entry)

    def knows(self, kind: str, one: Observed) -> bool:
        if not one.service:
            return one.host in self.hosts
        return (one.host, one.service) in self.entries[kind] or self.is_agent(one)

    def is_agent(self, one: Observed) -> bool:
        """Return whether this is the service with which Nagios watches the NRPE daemon of a host."""
        return one.service == AGENT and one.host in self.by_nrpe

    def maintenance(self, one: Observed, entry: Entry | None, now: float) -> str:
        """Return the reason of a maintenance that covers a problem now, "" for none. Windows have local time."""
        moment = datetime.fromtimestamp(now).isoformat()
        for window in self.plan.maintenance:
            if not window.begin <= moment < window.end:
                continue
            if entry is None:
                if one.host in window.hosts:
                    return window.why
            elif any(
                (covered.entry, covered.variant) == (entry.id, entry.variant)
                and (not covered.hosts or one.host in covered.hosts)
                for covered in window.entries
            ):
                return window.why
        return ""


class _Gathered:
    def __init__(self, index: Mapping[str, _Index], now: float) -> None:
        self._index = index
        self._now = now
        self._seen: set[tuple[str, str, str]] = set()
        self._down: set[str] = set()
        self._silent: set[str] = set()
        self.problems: list[Problem] = []
        self.good = 0
        self.pending: list[Gap] = []
        self.late: list[Gap] = []
        self.unknown: list[Observed] = []
        self.elsewhere: dict[str, int] = {}

    def add(self, snapshot: Snapshot) -> None:
        bad = [one for one in snapshot.observed if one.state not in GOOD and one.confirmed]
        self._down = {one.host for one in bad if not one.service}
        self._silent = {one.host for one in bad if one.service == AGENT}
        for one in snapshot.observed:
            index = self._find(snapshot.kind, one)
            if index is None:
                continue
            self._add(index, snapshot, one)

    def _find(self, kind: str, one: Observed) -> _Index | None:
        """Return the plan that has this; otherwise count it."""
        if one.environment and one.environment not in self._index:
            self.elsewhere[one.environment] = self.elsewhere.get(one.environment, 0) + 1
            return None
        candidates = [self._index[one.environment]] if one.environment else list(self._index.values())
        for index in candidates:
            if index.knows(kind, one):
                return index
        self.unknown.append(one)
        return None

    def _add(self, index: _Index, snapshot: Snapshot, one: Observed) -> None:
        entry = index.entries[snapshot.kind].get((one.host, one.service))
        environment = index.plan.environment
        if entry is not None:
            self._seen.add((environment, one.host, entry.name))
        late = entry is not None and _is_late(one, entry, snapshot.taken)
        if entry is not None and not one.checked:
            self.pending.append(_gap(environment, one.host, entry))
            return
        if entry is not None and late:
            self.late.append(_gap(environment, one.host, entry, one.last_check))
        if one.state in GOOD:
            self.good += not late and bool(one.service)
            return
        if one.checked:
            self.problems.append(self._problem(index, one, entry, late=late))

    def missing(self) -> Iterator[Gap]:
        """Yield the watches that no source knows. Sensu knows a check of a machine from its first result on."""
        for name, index in self._index.items():
            for entry in index.plan.entries:
                for host in entry.hosts:
                    if (name, host, entry.name) not in self._seen:
                        yield _gap(name, host, entry)

    def _problem(self, index: _Index, one: Observed, entry: Entry | None, *, late: bool) -> Problem:
        handled, remark = self._handled(index, one, entry)
        facts = _of_entry(entry) if entry is not None else _of_host(index, one)
        return Problem(
            environment=index.plan.environment,
            host=one.host,
            watch=entry.name if entry is not None else one.service,
            state=one.state,
            confirmed=one.confirmed,
            since=one.since,
            last_check=one.last_check,
            late=late,
            flapping=one.flapping,
            output=one.output,
            details=one.details,
            handled=handled,
            remark=remark,
            catalogue=_catalogue(index.plan, one.host, entry.name if entry is not None else ""),
            graphs=graph_url(index.plan, one.host, entry) if entry is not None else "",
            **facts,
        )

    def _handled(self, index: _Index, one: Observed, entry: Entry | None) -> tuple[str, Remark | None]:
        if one.acknowledged:
            return "acknowledged", one.acknowledgement
        if one.in_downtime:
            return "in downtime", one.downtime
        if one.service and one.host in self._down:
            return f"{one.host} is down", None
        if one.state == "UNREACHABLE":
            down = [parent for parent in index.hosts[one.host].parents if parent in self._down]
            if down:
                return f"behind {', '.join(down)}", None
        if entry is not None and entry.transport == "nrpe" and one.host in self._silent:
            return f"NRPE of {one.host} does not answer", None
        why = index.maintenance(one, entry, self._now)
        return (f"maintenance: {why}", None) if why else ("", None)


def _catalogue(plan: Plan, host: str, watch: str) -> str:
    """Return the URL of a watch on its host's page in the catalogue, "" without one."""
    url = host_url(plan, host)
    return f"{url}#{quote(watch, safe='')}" if url and watch else url


class _Facts(TypedDict, total=False):
    """Fields of a problem that a plan knows."""

    check: str
    summary: str
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    notify: Notify
    runbook: str
    why: tuple[str, ...]
    declared: str


def _of_entry(entry: Entry) -> _Facts:
    reasons = dict.fromkeys((*entry.why, *(limit.why for limit in entry.limits if limit.why)))
    return {
        "check": entry.check or entry.plugin,
        "summary": entry.summary,
        "roles": (entry.role,),
        "teams": (entry.owner,),
        "notify": entry.notify,
        "runbook": entry.runbook,
        "why": tuple(reasons),
        "declared": str(entry.origin),
    }


def _of_host(index: _Index, one: Observed) -> _Facts:
    """Return the facts of a host itself, or of its NRPE daemon."""
    host: Host = index.hosts[one.host]
    roles = [index.roles[name] for name in host.roles if name in index.roles]
    owners = [role.owner for role in roles]
    if one.service:
        owners = [entry.owner for entry in index.by_nrpe[one.host]]
    return {
        "summary": "The NRPE daemon answers." if one.service else "",
        "roles": host.roles,
        "teams": tuple(dict.fromkeys(owners)),
        "notify": index.levels.get(one.host, "nobody"),
        "runbook": next((role.runbook for role in roles if role.runbook), ""),
        "declared": str(host.origin),
    }


def _gap(environment: str, host: str, entry: Entry, last_check: float = 0.0) -> Gap:
    return Gap(
        environment=environment, host=host, watch=entry.name, role=entry.role, team=entry.owner, last_check=last_check
    )


def _is_late(one: Observed, entry: Entry, taken: float) -> bool:
    return one.checked and taken - one.last_check > _LATE_TURNS * entry.interval + entry.deadline + _LATE


def _urgency(one: Problem) -> tuple[object, ...]:
    return (
        bool(one.handled),
        not one.confirmed,
        _LEVELS.index(one.notify),
        _WORST_FIRST.index(one.state),
        -one.since,
        one.environment,
        one.host,
        one.watch,
    )
