"""Maintenance and downtimes that recur, as ScheduledDowntimes: one for each watch and host in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from checkwright.registry import recurrence
from checkwright.registry.plan import Covered, Downtime, Entry, Origin, Plan
from checkwright.registry.recurrence import WEEKDAYS, Recurrence
from icinga_cfg.dsl import Object
from nagios_cfg import nrpe_daemons
from nagios_cfg.maintenance import days_of_window, window_name
from nagios_cfg.names import AGENT, Names

_DAY = 24 * 60


class Downtimes:
    """Downtimes of a plan."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self._plan = plan
        self._names = names
        self._entries = {(entry.id, entry.variant): entry for entry in plan.entries}
        self._with_agent = {host for entry in nrpe_daemons.entries_of(plan) for host in entry.hosts}
        self._services: dict[str, list[Entry]] = {}
        for entry in plan.entries:
            for host in entry.hosts:
                self._services.setdefault(host, []).append(entry)

    def objects(self) -> Iterator[Object]:
        """Yield them. Windows of the same times are one downtime."""
        made: set[tuple[str, str, str]] = set()
        for window in self._plan.maintenance:
            name = self._names.hours(window_name(window))
            for host, service in (*self._covered(window.entries), *self._machines(window.hosts, with_services=False)):
                if (host, service, name) not in made:
                    made.add((host, service, name))
                    yield _object(name, host, service, window.why, days_of_window(window), window.origin)
        for number, downtime in enumerate(self._plan.downtimes, start=1):
            name = self._names.hours(f"downtime-{number}")
            places = (*self._covered(downtime.entries), *self._machines(downtime.hosts, with_services=True))
            for host, service in dict.fromkeys(places):
                yield _object(name, host, service, downtime.why, ranges(downtime), downtime.origin)

    def _covered(self, entries: Iterable[Covered]) -> Iterator[tuple[str, str]]:
        for covered in entries:
            if entry := self._entries.get((covered.entry, covered.variant)):
                for host in covered.hosts or entry.hosts:
                    yield host, entry.name

    def _machines(self, hosts: Iterable[str], *, with_services: bool) -> Iterator[tuple[str, str]]:
        for host in hosts:
            yield host, ""
            if host in self._with_agent:
                yield host, AGENT
            if with_services:
                for entry in self._services.get(host, ()):
                    yield host, entry.name


def ranges(downtime: Downtime) -> dict[str, str]:
    """Return the days and times of a downtime that recurs. One across midnight ends at an earlier time."""
    found = recurrence.parse(downtime.when)
    begin = found.hour * 60 + found.minute
    end = begin + downtime.length // 60
    until = end if end <= _DAY else end - _DAY
    times = f"{begin // 60:02}:{begin % 60:02}-{until // 60:02}:{until % 60:02}"
    return dict.fromkeys(_days(found), times)


def is_expressible(downtime: Downtime) -> bool:
    """Return whether a range of times holds the downtime: whole minutes, and less than a day."""
    return downtime.length % 60 == 0 and downtime.length < _DAY * 60


def _days(found: Recurrence) -> Iterator[str]:
    if found.once is not None:
        yield f"{found.once:%Y-%m-%d}"
    elif found.month_day:
        yield f"day {found.month_day}"
    else:
        for weekday in sorted(found.weekdays):
            yield f"{WEEKDAYS[weekday]} {found.number}" if found.number else WEEKDAYS[weekday]


def _object(name: str, host: str, service: str, why: str, days: Mapping[str, str], origin: Origin) -> Object:
    attributes: dict[str, object] = {
        "host_name": host,
        **({"service_name": service} if service else {}),
        "author": "checkwright",
        "comment": why,
        "fixed": True,
        "ranges": days,
    }
    return Object("ScheduledDowntime", name, attributes, origin)
