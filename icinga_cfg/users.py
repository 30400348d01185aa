"""Users and their groups: for each team and level one group for watches and one for hosts.

A person may be notified of other events of hosts than of watches, and a User of Icinga 2 has one filter for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from checkwright.registry.notify_json import person_name
from checkwright.registry.plan import Channel, ChannelLevel, Contact, HostEvent, NotifyOn, Plan, Team
from icinga_cfg.dsl import Object, Raw
from nagios_cfg.names import Names

LEVELS: tuple[ChannelLevel, ...] = ("page", "ticket")

_STATES = {"warning": "Warning", "critical": "Critical", "unknown": "Unknown", "down": "Down"}
_TYPES = {
    "recovery": ("Recovery",),
    "flapping": ("FlappingStart", "FlappingEnd"),
    "downtime": ("DowntimeStart", "DowntimeEnd", "DowntimeRemoved"),
}


def event_filter(events: Sequence[NotifyOn] | Sequence[HostEvent], fine: str) -> dict[str, object]:
    """Return the filters of states and types. fine: the state without a problem, OK or Up.

    Icinga never notifies of a host that is unreachable.
    """
    states = [_STATES[event] for event in events if event in _STATES]
    types = [name for event in events for name in _TYPES.get(event, ())]
    if states:
        types = ["Problem", "Acknowledgement", "Custom", *types]
    # The filter of states applies to recoveries, the end of flapping and downtimes too.
    return {"states": Raw(f"[ {', '.join((fine, *states))} ]"), "types": Raw(f"[ {', '.join(types)} ]")}


def group(team: str, level: ChannelLevel, names: Names, *, of_hosts: bool) -> str:
    """Return the UserGroup of a team that watches notify, or that hosts notify."""
    return names.contact(f"{team}.hosts" if of_hosts else team, level)


def objects(plan: Plan, names: Names) -> Iterator[Object]:
    """Yield the groups, and the users of each."""
    for team in plan.teams:
        for level in LEVELS:
            for of_hosts in (False, True):
                name = group(team.name, level, names, of_hosts=of_hosts)
                about = f"{team.name}, by {level}, for {'hosts' if of_hosts else 'watches'}"
                yield Object("UserGroup", name, {"display_name": about}, team.origin)
                if _address(team, level) or _has(team.channels, level):
                    yield _user(name, team, team.name, level, {"display_name": about, "groups": (name,)})
                for person in team.contacts:
                    events = person.hosts if of_hosts else person.on
                    if events:
                        yield _person(name, team, person, level, names, of_hosts=of_hosts)


def with_mail(plan: Plan) -> Plan:
    """Return the plan with a channel for mail wherever a team or person has an address of a level alone."""
    return replace(
        plan,
        teams=tuple(
            replace(
                team,
                channels=_with_mail(team, team.name),
                contacts=tuple(
                    replace(person, channels=_with_mail(person, person_name(team.name, person.name)))
                    for person in team.contacts
                ),
            )
            for team in plan.teams
        ),
    )


def _with_mail(recipient: Team | Contact, name: str) -> tuple[Channel, ...]:
    added = (
        Channel(
            name=f"{name}.{level}-mail",
            kind="mail",
            levels=(level,),
            settings=(("to", address),),
            origin=recipient.origin,
        )
        for level in LEVELS
        if (address := _address(recipient, level)) and not _has(recipient.channels, level)
    )
    return (*recipient.channels, *added)


def _person(
    group_name: str, team: Team, person: Contact, level: ChannelLevel, names: Names, *, of_hosts: bool
) -> Object:
    attributes: dict[str, object] = {
        "display_name": f"{person.name} of {team.name}, by {level}",
        "groups": (group_name,),
        **(event_filter(person.hosts, "Up") if of_hosts else event_filter(person.on, "OK")),
    }
    if person.hours:
        attributes["period"] = names.hours(person.hours)
    owner = f"{team.name}.hosts" if of_hosts else team.name
    name = names.person(owner, person.name, level)
    return _user(name, person, person_name(team.name, person.name), level, attributes)


def _user(name: str, recipient: Team | Contact, key: str, level: ChannelLevel, attributes: dict[str, object]) -> Object:
    """key: the recipient's name in the settings of checkwright-notify."""
    address = _address(recipient, level)
    return Object(
        "User",
        name,
        {**attributes, "vars.team": key, "vars.level": level, **({"email": address} if address else {})},
        recipient.origin,
    )


def _address(recipient: Team | Contact, level: ChannelLevel) -> str:
    return (recipient.page if level == "page" else "") or recipient.email


def _has(channels: Sequence[Channel], level: ChannelLevel) -> bool:
    return any(level in one.levels for one in channels)
