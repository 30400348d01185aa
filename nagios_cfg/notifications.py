"""Notifications: the levels of `notify`, the teams' contacts, and the commands that send to them.

page          the team's pager at all hours, its e-mail if it has no pager
office-hours  the team's pager in its office hours; a problem of the night is notified in the morning
ticket        the team's e-mail at all hours
nobody        no notification; the service still belongs to the team
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from checkwright.registry.catalogue_links import host_macro_url
from checkwright.registry.notify_json import person_name
from checkwright.registry.plan import Contact, HostEvent, Notify, NotifyOn, Plan, Team
from nagios_cfg import program_notifications
from nagios_cfg.names import ALWAYS, Channel, Names
from nagios_cfg.objects import Definition
from nagios_cfg.quote import literal_words, nagios_line

CHANNEL_OF: dict[Notify, Channel] = {"nobody": "ticket", "ticket": "ticket", "office-hours": "page", "page": "page"}

_CHANNELS: tuple[Channel, ...] = ("page", "ticket")

#: Letters of notification options, in the order of Nagios.
_SERVICE_LETTERS: Mapping[NotifyOn, str] = {
    "warning": "w",
    "unknown": "u",
    "critical": "c",
    "recovery": "r",
    "flapping": "f",
    "downtime": "s",
}
_HOST_LETTERS: Mapping[HostEvent, str] = {
    "down": "d",
    "unreachable": "u",
    "recovery": "r",
    "flapping": "f",
    "downtime": "s",
}


@dataclass(frozen=True, slots=True)
class Programs:
    """Programs that send notifications: absolute paths, called as `PROGRAM -s SUBJECT RECIPIENT`.

    The text is on standard input. The recipient is a team's `email` or `page`. Debian's nagios4 depends on
    /usr/bin/mail (bsd-mailx or mailutils), which also accepts a local alias as recipient.
    """

    mail: str
    page: str


# Texts of notifications. Their macros hold names, states and addresses of this configuration, never the output of a
# plugin or a label: others wrote those, and a shell reads this line.
_SUBJECTS = {
    "host": "$NOTIFICATIONTYPE$: host $HOSTNAME$ is $HOSTSTATE$",
    "service": "$NOTIFICATIONTYPE$: $SERVICEDESC$ on $HOSTNAME$ is $SERVICESTATE$",
}
_SERVICE_TEXT = (
    "Service:  $SERVICEDESC$",
    "Host:     $HOSTNAME$ ($HOSTADDRESS$)",
    "State:    $SERVICESTATE$, for $SERVICEDURATION$",
    "Sent:     $LONGDATETIME$",
    "Runbook:  $SERVICENOTESURL$",
)
_HOST_TEXT = (
    "Host:     $HOSTNAME$ ($HOSTADDRESS$)",
    "State:    $HOSTSTATE$, for $HOSTDURATION$",
    "Sent:     $LONGDATETIME$",
    "Runbook:  $HOSTNOTESURL$",
)
#: Last line for a host whose notes_url is its page in the catalogue, which lists the runbooks of all its roles.
_HOST_PAGE = "Details:  $HOSTNOTESURL$"


def commands(plan: Plan, names: Names, programs: Programs) -> Iterator[Definition]:
    """Yield the notification commands: for hosts and services, by page and by e-mail."""
    texts: dict[str, tuple[str, ...]] = {"host": _HOST_TEXT, "service": _SERVICE_TEXT}
    if url := host_macro_url(plan, "$HOSTNAME$", "$SERVICEDESC$"):
        texts = {"host": (*_HOST_TEXT[:-1], _HOST_PAGE), "service": (*_SERVICE_TEXT, f"Details:  {url}")}
    channels: tuple[tuple[Channel, str, str], ...] = (
        ("page", programs.page, "$CONTACTPAGER$"),
        ("ticket", programs.mail, "$CONTACTEMAIL$"),
    )
    for channel, program, recipient in channels:
        for kind, text in texts.items():
            subject = _SUBJECTS[kind]
            lines = " ".join(f"'{line}'" for line in text)
            send = f"{nagios_line(literal_words((program,)))} -s '{subject}' '{recipient}'"
            yield Definition(
                "command",
                {
                    "command_name": _command(names, kind, channel),
                    "command_line": f"/usr/bin/printf '%s\\n' {lines} | {send}",
                },
            )
    yield from program_notifications.commands(plan, names)


def contacts(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield two contacts for each team and each of its people, and a contactgroup for each team and channel."""
    for team in plan.teams:
        for channel in _CHANNELS:
            if _is_reached(team, channel):
                yield _contact(team, channel, names)
            for person in team.contacts:
                yield _person(team, person, channel, names)
    for team in plan.teams:
        for channel in _CHANNELS:
            name = names.contact(team.name, channel)
            people = (names.person(team.name, person.name, channel) for person in team.contacts)
            yield Definition(
                "contactgroup",
                {
                    "contactgroup_name": name,
                    "alias": f"{team.name}, by {channel}",
                    "members": ",".join((*([name] if _is_reached(team, channel) else []), *people)),
                },
                team.origin,
            )


def template(names: Names) -> Definition:
    """Return the template of all contacts: all hours and all events, because services and hosts limit both."""
    return Definition(
        "contact",
        {
            "name": names.internal("contact"),
            "register": "0",
            "host_notification_period": names.hours(ALWAYS),
            "host_notification_options": ",".join(_HOST_LETTERS.values()),
            "service_notification_period": names.hours(ALWAYS),
            "service_notification_options": ",".join(_SERVICE_LETTERS.values()),
            "_ENVIRONMENT": names.environment,
        },
    )


def level_settings(team: str, level: Notify, hours: str, names: Names) -> dict[str, str]:
    """Return the directives of a service that notifies a team at a level in the named hours."""
    settings = {
        "contact_groups": names.contact(team, CHANNEL_OF[level]),
        "notification_period": names.hours(hours),
    }
    return settings | {"notifications_enabled": "0"} if level == "nobody" else settings


def _is_reached(team: Team, channel: Channel) -> bool:
    """Return True if the team itself is notified by a channel, besides its people."""
    return bool(team.email) or program_notifications.is_sent_by_program(team, channel)


def _contact(team: Team, channel: Channel, names: Names) -> Definition:
    settings = {
        "use": names.internal("contact"),
        "contact_name": names.contact(team.name, channel),
        "alias": f"{team.name}, by {channel}",
    }
    settings |= _ways(team, channel, names)
    if program_notifications.is_sent_by_program(team, channel):
        settings |= program_notifications.contact_settings(team.name, channel, names)
    return Definition("contact", settings, team.origin)


def _person(team: Team, person: Contact, channel: Channel, names: Names) -> Definition:
    settings = {
        "use": names.internal("contact"),
        "contact_name": names.person(team.name, person.name, channel),
        "alias": f"{person.name} of {team.name}, by {channel}",
        **_ways(person, channel, names),
    }
    if program_notifications.is_sent_by_program(person, channel):
        settings |= program_notifications.contact_settings(person_name(team.name, person.name), channel, names)
    if person.hours:
        period = names.hours(person.hours)
        settings |= {"host_notification_period": period, "service_notification_period": period}
    settings["host_notification_options"] = host_options(person.hosts) or "n"
    settings["service_notification_options"] = service_options(person.on) or "n"
    return Definition("contact", settings, person.origin)


def service_options(events: Collection[NotifyOn]) -> str:
    """Return the notification options of a service, or of a contact for services."""
    return ",".join(letter for event, letter in _SERVICE_LETTERS.items() if event in events)


def host_options(events: Collection[HostEvent]) -> str:
    """Return the notification options of a host, or of a contact for hosts."""
    return ",".join(letter for event, letter in _HOST_LETTERS.items() if event in events)


def _ways(one: Team | Contact, channel: Channel, names: Names) -> dict[str, str]:
    pager = {"pager": one.page or one.email} if channel == "page" else {}
    return {
        **({"email": one.email} if one.email else {}),
        **(pager if one.page or one.email else {}),
        "host_notification_commands": _command(names, "host", channel),
        "service_notification_commands": _command(names, "service", channel),
    }


def _command(names: Names, kind: str, channel: Channel) -> str:
    return names.internal(f"notify-{kind}-by-{channel}")
