"""Fate of objects that are neither hosts nor services: carried over, or the reason against it."""

from __future__ import annotations

from collections.abc import Mapping

from checkwright.migrate.nagios.notification_channels import proposed_channel
from checkwright.migrate.nagios.people import People
from checkwright.migrate.report import Report, Thing
from checkwright.registry.plan import Origin
from nagios_cfg.reader import Live
from nagios_cfg.reader.notified import contact_options, notification_commands, options_text
from nagios_cfg.reader.periods import Periods
from nagios_cfg.reader.templates import ResolvedObject, split_list

_LEFT = {
    "servicedependency": 'write it as needs=("ROLE:WATCH",) of the watches that depend; through NRPE a build makes it',
    "hostdependency": "a host depends on its parents only",
    "serviceescalation": "use Team(escalations=...), for everything that the team owns",
    "hostescalation": "use Team(escalations=...), for everything that the team owns",
    "hostextinfo": "icons and links of hosts are not carried over",
    "serviceextinfo": "icons and links of services are not carried over",
}

_ADD_IT = "no other way of notification takes its place"


def everything_else(
    live: Live,
    report: Report,
    things: Mapping[Origin, Thing],
    people: People,
    periods: Periods,
    groups: set[str],
    service_groups: set[str],
) -> None:
    """Record the fate of all objects.

    groups: the hostgroups that became roles. service_groups: the servicegroups that are carried over.
    """
    used = _Used(live, people)
    for one in live.objects:
        thing = things[one.origin]
        if one.template:
            continue  # its directives are in the objects that use it
        if one.kind in _LEFT:
            report.left(thing, _LEFT[one.kind])
        elif one.kind == "servicegroup" and one.get("servicegroup_name") not in service_groups:
            report.left(thing, "no converted service is in it")
        elif one.kind == "service":
            _service(one, live, report, thing)
        elif one.kind == "hostgroup" and one.get("hostgroup_name") not in groups:
            report.left(thing, "no service is on exactly its hosts, so no role has its name")
        elif one.kind == "command":
            _command(one, report, thing, used)
        elif one.kind == "timeperiod":
            _period(one, report, thing, used, people, periods)
        elif one.kind == "contact":
            _contact(one, live, report, thing, used, people, periods)
        elif one.kind == "contactgroup" and one.get("contactgroup_name") not in used.contactgroups:
            report.left(thing, "no service and no host notifies it")


class _Used:
    """Names that services and hosts refer to."""

    def __init__(self, live: Live, people: People) -> None:
        self.commands = {_command_name(service.settings) for service in live.services}
        self.host_commands = {_command_name(host.settings) for host in live.hosts.values()}
        self.contacts = frozenset().union(*(team_draft.contacts for team_draft in people.team_drafts))
        self.contactgroups = {name for service in live.services for name in service.recipients}
        for host in live.hosts.values():
            self.contactgroups.update(split_list(host.settings.get("contact_groups", "")))
        self.periods = {service.settings.get("notification_period", "") for service in live.services}
        self.other_periods = {service.settings.get("check_period", "") for service in live.services}
        self.other_periods |= {host.settings.get("check_period", "") for host in live.hosts.values()}
        self.other_periods |= {host.settings.get("notification_period", "") for host in live.hosts.values()}
        self.notifying: set[str] = set()
        for name, contact in live.contacts.items():
            self.notifying.update((*notification_commands(contact, "service"), *notification_commands(contact, "host")))
            if name in self.contacts:
                self.periods.add(contact.settings.get("service_notification_period", ""))


def _command_name(settings: Mapping[str, str]) -> str:
    return settings.get("check_command", "").partition("!")[0].strip()


def _service(one: ResolvedObject, live: Live, report: Report, thing: Thing) -> None:
    if live.host_counts.get(one.origin, 0):
        return
    if one.origin in live.overridden:
        report.left(thing, f"{live.overridden[one.origin]} replaces it on all its hosts")
    else:
        report.left(thing, "it is on no host")


def _command(one: ResolvedObject, report: Report, thing: Thing, used: _Used) -> None:
    name = one.get("command_name")
    if name in used.commands or name in used.host_commands:
        return
    if name in used.notifying:
        channel = proposed_channel(one.get("command_line"))
        way = f"; for the same, give its teams channels=({channel},)" if channel else ""
        report.left(thing, f"the project's commands send notifications (Site(mail=..., page=...)){way}")
    else:
        report.left(thing, "no service and no host uses it")


def _period(one: ResolvedObject, report: Report, thing: Thing, used: _Used, people: People, periods: Periods) -> None:
    name = one.get("timeperiod_name")
    if name not in used.periods and name not in used.other_periods:
        report.left(thing, "no converted object uses it")
        return
    periods.mask(name)
    beyond = periods.unsupported.get(name, ()) if people.off_kept(name) else periods.beyond(name)
    if beyond:
        report.changed(thing, f"the Hours made from it cannot express these, so they are left out: {'; '.join(beyond)}")


def _contact(
    one: ResolvedObject, live: Live, report: Report, thing: Thing, used: _Used, people: People, periods: Periods
) -> None:
    name = one.get("contact_name")
    contact, audience = live.contacts[name], people.audiences.of(name)
    if not audience.minutes:
        report.left(thing, "it is muted: it was notified of nothing, and is not")
        return
    if name not in used.contacts:
        report.left(thing, "no service and no host notifies it")
        return
    for command in audience.commands:
        report.changed(thing, f"it was notified by the command {command}, and no longer is: {_ADD_IT}")
    if not audience.commands and not audience.mails and not audience.pagers:
        report.changed(thing, "its commands send mail, but it has no address: it was not notified, and is not")
    hosts = contact.settings.get("host_notification_period", "")
    if periods.mask(hosts) != audience.minutes:
        report.changed(thing, f"it was notified of hosts in {hosts or 'no period'}, and is in the hours of services")
    letters, of_hosts = (contact_options(contact, kind) for kind in ("service", "host"))
    if audience.is_usual and "f" not in letters & of_hosts:
        stated = f"{options_text('service', letters)} of services and {options_text('host', of_hosts)} of hosts"
        report.changed(thing, f"it was notified of {stated}, and is of flapping too")
