"""Who is told, and how: what each `notify` level means, the teams' contacts, the commands that write to them.

page          the team's pager, at all hours (by e-mail where a team has no pager)
office-hours  the team's pager, in its office hours; a problem found at night is told in the morning
ticket        the team's e-mail, at all hours
nobody        nothing is sent; the team still sees it as its own
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checkwright.registry.plan import Notify, Plan, Team
from nagios_cfg.names import ALWAYS, Means, Names
from nagios_cfg.objects import Definition
from nagios_cfg.quote import literal, nagios_line

#: From the quietest to the loudest.
LEVELS: tuple[Notify, ...] = ("nobody", "ticket", "office-hours", "page")

MEANS: dict[Notify, Means] = {"nobody": "ticket", "ticket": "ticket", "office-hours": "page", "page": "page"}


@dataclass(frozen=True, slots=True)
class Programs:
    """What sends a notification: absolute paths of programs called as `PROGRAM -s SUBJECT RECIPIENT`.

    The text comes on standard input, the recipient is a team's `email` or `page`. Debian's nagios4 brings
    /usr/bin/mail (bsd-mailx or mailutils), which also takes a local alias for a recipient.
    """

    mail: str
    page: str


# What the text is made of: macros that hold names, states and addresses of our own configuration. Never a
# plugin's output or a label: others wrote those, and this line is read by a shell.
_SERVICE = (
    "$NOTIFICATIONTYPE$: $SERVICEDESC$ on $HOSTNAME$ is $SERVICESTATE$",
    (
        "Service:  $SERVICEDESC$",
        "Host:     $HOSTNAME$ ($HOSTADDRESS$)",
        "State:    $SERVICESTATE$, for $SERVICEDURATION$",
        "Sent:     $LONGDATETIME$",
        "Runbook:  $SERVICENOTESURL$",
    ),
)
_HOST = (
    "$NOTIFICATIONTYPE$: host $HOSTNAME$ is $HOSTSTATE$",
    (
        "Host:     $HOSTNAME$ ($HOSTADDRESS$)",
        "State:    $HOSTSTATE$, for $HOSTDURATION$",
        "Sent:     $LONGDATETIME$",
        "Runbook:  $HOSTNOTESURL$",
    ),
)


def commands(names: Names, programs: Programs) -> Iterator[Definition]:
    """Yield the notification commands: for hosts and services, by page and by e-mail."""
    means: tuple[tuple[Means, str, str], ...] = (
        ("page", programs.page, "$CONTACTPAGER$"),
        ("ticket", programs.mail, "$CONTACTEMAIL$"),
    )
    for mean, program, recipient in means:
        for what, (subject, text) in (("host", _HOST), ("service", _SERVICE)):
            lines = " ".join(f"'{line}'" for line in text)
            send = f"{nagios_line(literal((program,)))} -s '{subject}' '{recipient}'"
            yield Definition(
                "command",
                {
                    "command_name": _command(names, what, mean),
                    "command_line": f"/usr/bin/printf '%s\\n' {lines} | {send}",
                },
            )


def contacts(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield two contacts a team, each in a contactgroup of its own name."""
    for team in plan.teams:
        yield _contact(team, "page", names)
        yield _contact(team, "ticket", names)
    for team in plan.teams:
        for means in ("page", "ticket"):
            name = names.contact(team.name, means)
            yield Definition(
                "contactgroup",
                {"contactgroup_name": name, "alias": f"{team.name}, by {means}", "members": name},
                team.origin,
            )


def template(names: Names) -> Definition:
    """Return what all contacts have in common. When they are told is said by the service and the host."""
    return Definition(
        "contact",
        {
            "name": names.own("contact"),
            "register": "0",
            "host_notification_period": names.hours(ALWAYS),
            "host_notification_options": "d,u,r,f",
            "service_notification_period": names.hours(ALWAYS),
            "service_notification_options": "w,u,c,r,f",
            "_ENVIRONMENT": names.environment,
        },
    )


def level_settings(team: str, level: Notify, hours: str, names: Names) -> dict[str, str]:
    """Return the directives by which a service or host notifies a team at a level, in the named hours."""
    settings = {
        "contact_groups": names.contact(team, MEANS[level]),
        "notification_period": names.hours(hours),
    }
    return settings | {"notifications_enabled": "0"} if level == "nobody" else settings


def _contact(team: Team, means: Means, names: Names) -> Definition:
    settings = {
        "use": names.own("contact"),
        "contact_name": names.contact(team.name, means),
        "alias": f"{team.name}, by {means}",
        "email": team.email,
    }
    if means == "page":
        settings["pager"] = team.page or team.email
    settings |= {
        "host_notification_commands": _command(names, "host", means),
        "service_notification_commands": _command(names, "service", means),
    }
    return Definition("contact", settings, team.origin)


def _command(names: Names, what: str, means: Means) -> str:
    return names.own(f"notify-{what}-by-{means}")
