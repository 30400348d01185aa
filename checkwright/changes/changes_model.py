"""Changes between two plans of each environment, as data for the terminal, for JSON and for pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checkwright.registry.plan import Origin
from checkwright.registry.value_effects import Effect

What = Literal["added", "removed", "changed"]
Way = Literal["pager", "e-mail", "PagerDuty", "Opsgenie", "SMS", "webhook", "Slack"]
#: Ways that may ring. A webhook may lead anywhere.
RINGING: frozenset[Way] = frozenset(("pager", "PagerDuty", "Opsgenie", "SMS", "webhook"))


@dataclass(frozen=True, slots=True)
class Route:
    """Way of a notification to a team, or to one person of it.

    person: a name, "" for the address of the team. when: `at any time`, or `in shop-hours`, with `except nightly-batch`
    for quiet hours. after: `30m` for notify_after and for an escalation, "" for the first moment. night: it may ring
    between 22:00 and 06:00. events: those that notify, `critical and recovery`, "" for the usual ones.
    """

    team: str
    way: Way
    when: str
    after: str = ""
    night: bool = False
    person: str = ""
    events: str = ""

    def __str__(self) -> str:
        return f"{self.recipient} by {self.way} {self.times}"

    @property
    def times(self) -> str:
        """Return `at any time, after 30m, of critical and recovery`."""
        after = f", after {self.after}" if self.after else ""
        return f"{self.when}{after}{f', of {self.events}' if self.events else ''}"

    @property
    def recipient(self) -> str:
        """Return `payments`, or `payments (anna)` for one person."""
        return f"{self.team} ({self.person})" if self.person else self.team


@dataclass(frozen=True, slots=True)
class WatchChange:
    """Watch that some hosts gain or lose. id: "role:watch". hosts: sorted. notifies: the routes of its alerts."""

    id: str
    check: str
    owner: str
    hosts: tuple[str, ...]
    notifies: tuple[Route, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class ValueChange:
    """Value of a watch that differs afterwards on these hosts.

    kind: threshold, words, option, setting, or watch for its owner, command and the like. old, new: text for people.
    why: the reason of the override that decides now, "" if none does. past: the reason of an override that decided
    before and is gone. origin: the declaration that decides now. notifies: the routes of its alerts afterwards.
    """

    id: str
    owner: str
    kind: Literal["threshold", "words", "option", "setting", "watch"]
    name: str
    old: str
    new: str
    effect: Effect
    why: str
    past: str
    origin: Origin
    hosts: tuple[str, ...]
    notifies: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class NotifiedChange:
    """Change of what a team is notified of by one route, counted in watches on hosts.

    more, fewer: watches that notify by this route only afterwards, or only before; a machine's own state counts too.
    stricter, looser: watches by this route whose thresholds alert for more, or for fewer, values.
    """

    route: Route
    more: int
    fewer: int
    stricter: int
    looser: int


@dataclass(frozen=True, slots=True)
class RecordChange:
    """Team, machine, pool or other part of a plan that differs.

    values: (field, old, new), "" for unset. hosts: the machines of a host check, which has no name.
    """

    kind: str
    name: str
    what: What
    values: tuple[tuple[str, str, str], ...] = ()
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentChanges:
    """All changes of one environment. what: "changed" also if nothing differs; see `bool`."""

    environment: str
    what: What
    gained: tuple[WatchChange, ...] = ()
    lost: tuple[WatchChange, ...] = ()
    values: tuple[ValueChange, ...] = ()
    notified: tuple[NotifiedChange, ...] = ()
    records: tuple[RecordChange, ...] = ()

    def __bool__(self) -> bool:
        changed = self.gained or self.lost or self.values or self.notified or self.records
        return bool(changed) or self.what != "changed"


@dataclass(frozen=True, slots=True)
class FleetChanges:
    """Changes of all environments between two states, such as two git revisions."""

    before: str
    after: str
    environments: tuple[EnvironmentChanges, ...]

    def __bool__(self) -> bool:
        return any(self.environments)
