"""Teams and their escalations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from checkwright.registry.model import durations
from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    here,
    require_all,
    require_name,
    require_text,
    short_repr,
)
from checkwright.registry.model.channels import Channel, require_channels
from checkwright.registry.model.contact import Contact
from checkwright.registry.model.hours import OFFICE_HOURS, Hours
from checkwright.registry.model.settings import duration, read
from checkwright.registry.plan import NotifyOn, Origin

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}", re.ASCII)


class Escalation(Declaration):
    """One step of a team's escalations: notifies another team of a page that nobody acknowledges.

        Escalation(after="30m", to=platform)

    after: time since the first notification. to: the team that is notified from then on too.
    Raises RegistryError for an invalid value.
    """

    __slots__ = ("after", "to")
    after: int
    to: Team

    def __init__(self, *, after: str, to: Team) -> None:
        origin = here(2)
        if not isinstance(to, Team):
            raise RegistryError(f"Escalation: to is {short_repr(to)}, not a Team", origin)
        self._set(after=duration("Escalation: after", after, origin), to=to, origin=origin)

    def __repr__(self) -> str:
        return f"Escalation(after={durations.format_seconds(self.after)!r}, to={self.to.name})"


class Team(Declaration):
    """Owner of roles: the people who are notified.

        Team("payments", email="payments@example.com", page="payments-pager")

    page: address or name of the pager; without one, pages go to the e-mail address. office_hours: the times of
    notify="office-hours". escalations: steps for pages that nobody acknowledges, in order of time. contacts: people
    with hours of their own, notified next to the team's addresses; with contacts, email may be "". channels:
    services such as PagerDuty(...) that get the notifications in place of the addresses. renotify,
    notify_after and notify_on: the settings of that name, for watches of the team that state none. sns: the ARN of an
    SNS topic, or several, that alarms of CloudWatch notify.
    Raises RegistryError for an invalid value.
    """

    __slots__ = ("channels", "contacts", "email", "escalations", "name", "notification", "office_hours", "page", "sns")
    name: str
    email: str
    page: str
    office_hours: Hours
    escalations: tuple[Escalation, ...]
    contacts: tuple[Contact, ...]
    channels: tuple[Channel, ...]
    #: Settings of the team's watches that were given, as `settings.read` returns them.
    notification: Mapping[str, Any]
    sns: tuple[str, ...]

    def __init__(
        self,
        name: str,
        *,
        email: str,
        page: str = "",
        office_hours: Hours = OFFICE_HOURS,
        escalations: tuple[Escalation, ...] = (),
        contacts: tuple[Contact, ...] = (),
        channels: tuple[Channel, ...] = (),
        renotify: str = "",
        notify_after: str = "",
        notify_on: Sequence[NotifyOn] = (),
        sns: str | tuple[str, ...] = (),
    ) -> None:
        origin = here(2)
        what = f"Team {require_name('Team', name, origin)}"
        if not isinstance(office_hours, Hours):
            raise RegistryError(f"{what}: office_hours is {short_repr(office_hours)}, not Hours(...)", origin)
        self._set(
            name=name,
            email=require_text(f"{what}: email", email, origin),
            page=require_text(f"{what}: page", page, origin),
            office_hours=office_hours,
            escalations=_escalations(what, name, escalations, origin),
            contacts=_contacts(what, contacts, origin),
            channels=require_channels(f"{what}: channels", channels, origin),
            notification=read(
                what,
                {
                    name: value
                    for name, value in (
                        ("renotify", renotify),
                        ("notify_after", notify_after),
                        ("notify_on", notify_on),
                    )
                    if value not in ("", ())
                },
                origin,
            ),
            sns=_topics(f"{what}: sns", (sns,) if isinstance(sns, str) else sns, origin),
            origin=origin,
        )


def _contacts(what: str, value: object, origin: Origin) -> tuple[Contact, ...]:
    people = require_all(f"{what}: contacts", value, Contact, origin)
    names: set[str] = set()
    for person in people:
        if person.name in names:
            raise RegistryError(f"{what}: two contacts have the name {person.name}", person.origin)
        names.add(person.name)
    return people


def _topics(what: str, value: object, origin: Origin) -> tuple[str, ...]:
    for topic in require_all(what, value, str, origin, called="text"):
        if not _TOPIC.fullmatch(topic):
            example = "arn:aws:sns:eu-west-1:123456789012:payments"
            raise RegistryError(f"{what} has {short_repr(topic)}, which is no ARN of a topic such as {example}", origin)
    return tuple(dict.fromkeys(require_all(what, value, str, origin, called="text")))


def _escalations(what: str, team: str, value: object, origin: Origin) -> tuple[Escalation, ...]:
    steps = require_all(f"{what}: escalations", value, Escalation, origin)
    last = 0
    notified = {team}
    for step in steps:
        if step.to.name in notified:
            raise RegistryError(f"{what}: an escalation goes to {step.to.name}, which is notified already", step.origin)
        notified.add(step.to.name)
        if step.after <= last:
            order = f"{durations.format_seconds(step.after)} follows the one after {durations.format_seconds(last)}"
            raise RegistryError(f"{what}: the escalation after {order}: write them in order of time", step.origin)
        last = step.after
    return steps
