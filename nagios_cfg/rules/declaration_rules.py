"""Rules about hosts, teams, hours, maintenance and pools."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from checkwright.registry import holidays, recurrence
from checkwright.registry.circles import circles
from checkwright.registry.findings import Finding, PlanRule
from checkwright.registry.plan import Contact, Maintenance, Plan, Team
from nagios_cfg.names import DAYS
from nagios_cfg.quote import STRIPPED, label_fault

_ADDRESS = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_.:%-]*")
_RECIPIENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(@[A-Za-z0-9][A-Za-z0-9.-]*)?")
_TIMES = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


class ParentCircle(PlanRule):
    """A host is its own parent, directly or through other hosts.

    Wrong:
        Host("gateway", "10.0.0.1", parents=("core",))
        Host("core", "10.0.0.2", parents=("gateway",))

    Right:
        Host("gateway", "10.0.0.1")
        Host("core", "10.0.0.2", parents=("gateway",))
    """

    id = "N004"
    hint = "remove one of these parents"

    def find(self, plan: Plan) -> Iterator[Finding]:
        origins = {host.name: host.origin for host in plan.hosts}
        for circle in circles({host.name: host.parents for host in plan.hosts}):
            yield self.finding(origins[circle[0]], f"the parents form a circle: {' -> '.join(circle)}")


class InvalidAddress(PlanRule):
    """A host has no address, or one that cannot be part of a command.

    Wrong:
        Host("web-1", "web-1.example.com; true", roles=(web,))

    Right:
        Host("web-1", "web-1.example.com", roles=(web,))
    """

    id = "N005"
    hint = "give it an IP address or a host name"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for host in plan.hosts:
            if not host.address and not host.virtual:
                yield self.finding(host.origin, f"host {host.name!r} has no address")
            elif host.address and not _ADDRESS.fullmatch(host.address):
                message = f"the address {host.address!r} of host {host.name!r} is neither an IP address nor a host name"
                yield self.finding(host.origin, message)


class InvalidLabel(PlanRule):
    """A label has a value that Nagios would change on its way into a command.

    Nagios removes some characters from custom variables, and a shell would interpret them.

    Wrong:
        Host("web-1", "10.0.0.11", labels={"path": "$HOME"})

    Right:
        Host("web-1", "10.0.0.11", labels={"path": "/home/shop"})
    """

    id = "N006"
    hint = f"labels cannot hold {STRIPPED}"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for host in plan.hosts:
            for name, value in sorted(host.labels.items()):
                if fault := label_fault(value):
                    yield self.finding(host.origin, f"label {name!r} of host {host.name!r}: {value!r} {fault}")


class InvalidRecipient(PlanRule):
    """A team has no e-mail address, or an address that cannot be passed to a mail program.

    Wrong:
        Team("shop", email="The Shop <shop@example.com>")

    Right:
        Team("shop", email="shop@example.com")
    """

    id = "N007"
    hint = "name@example.com, or the name of a local alias"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for team in plan.teams:
            whole = f"team {team.name!r}"
            if not team.email and (team.page or not team.contacts):
                yield self.finding(team.origin, f"{whole} has no e-mail address")
            people: list[tuple[str, Team | Contact]] = [(whole, team)]
            people += ((f"contact {contact.name!r} of {whole}", contact) for contact in team.contacts)
            for who, one in people:
                for kind, value in (("e-mail address", one.email), ("pager", one.page)):
                    if value and not _RECIPIENT.fullmatch(value):
                        message = f"the {kind} {value!r} of {who} cannot be passed to a mail program"
                        yield self.finding(one.origin, message)


class InvalidTimes(PlanRule):
    """Hours, a maintenance or a downtime have times that Nagios would misread or never match.

    `Hours` and `Maintenance` check their times themselves. This rule is for plans that another program
    wrote.
    """

    id = "N008"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for hours in plan.hours:
            for day, ranges in hours.times:
                if fault := _times_fault(day, ranges):
                    yield self.finding(hours.origin, f"hours {hours.name!r}: {fault}")
            try:
                holidays.expanded(hours.without)
            except ValueError as error:
                yield self.finding(hours.origin, f"hours {hours.name!r}: {error}")
        for window in plan.maintenance:
            if fault := _window_fault(window):
                yield self.finding(window.origin, f"a maintenance: {fault}")
        for downtime in plan.downtimes:
            try:
                recurrence.parse(downtime.when)
            except ValueError as error:
                yield self.finding(downtime.origin, f"a downtime: {error}")


class InvalidPool(PlanRule):
    """A pool has a value that the broker module's configuration or a worker's command line cannot contain.

    `Pool` checks its values itself. This rule is for plans that another program wrote.
    """

    id = "N030"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for pool in plan.pools:
            if not pool.queues or not pool.servers:
                yield self.finding(pool.origin, f"the pool {pool.name!r} has no queue or no server")
                continue
            key_file = (pool.key_file,) if pool.key_file else ()
            for word in (*pool.queues, *pool.servers, *pool.via, *pool.plugins, *key_file):
                if not word or not word.isprintable() or " " in word:
                    message = f"the pool {pool.name!r} has {word!r}, which is not a queue, server or path"
                    yield self.finding(pool.origin, message)


def _times_fault(day: str, ranges: str) -> str:
    """Return the fault of one day's times, such as ("monday", "09:00-12:00,13:00-17:00"), "" for none."""
    if day not in DAYS:
        return f"{day!r} is not a day of the week ({', '.join(DAYS)})"
    for text in ranges.split(","):
        match = _TIMES.fullmatch(text)
        if match is None:
            return f"{text!r} on {day} is not a range of times such as 09:00-17:00"
        start, end = (int(match[index]) * 60 + int(match[index + 1]) for index in (1, 3))
        if end > 24 * 60:
            return f"{text!r} on {day} ends after 24:00"
        if end <= start:
            return f"{text!r} on {day} ends before it starts: end at 24:00 and continue at 00:00 of the next day"
    return ""


def _window_fault(window: Maintenance) -> str:
    """Return the fault of a window's times, "" for none."""
    for text in (window.begin, window.end):
        try:
            if f"{datetime.fromisoformat(text):%Y-%m-%dT%H:%M}" == text:
                continue
        except ValueError:
            pass
        return f"{text!r} is not a date and time such as 2026-12-01T22:00"
    return "" if window.begin < window.end else f"it ends at {window.end}, which is not after {window.begin}"
