"""Contacts as the registry sees them: addresses, hours, and the events that each is notified of."""

from __future__ import annotations

from dataclasses import dataclass

from checkwright.registry.plan import HostEvent, NotifyOn
from nagios_cfg.reader import Live
from nagios_cfg.reader.notified import Kind, contact_options, is_notified, sent
from nagios_cfg.reader.periods import Periods

#: Events of services, by letter.
SERVICE_EVENTS: dict[str, NotifyOn] = {
    "w": "warning",
    "c": "critical",
    "u": "unknown",
    "r": "recovery",
    "f": "flapping",
    "s": "downtime",
}
HOST_EVENTS_BY_LETTER: dict[str, HostEvent] = {
    "d": "down",
    "u": "unreachable",
    "r": "recovery",
    "f": "flapping",
    "s": "downtime",
}
#: Events that a team's own addresses need: a contact with fewer is one with its own events.
_NEEDED = frozenset(("warning", "critical", "unknown", "recovery"))
_NEEDED_OF_HOSTS = frozenset(("down", "recovery"))


@dataclass(frozen=True, slots=True)
class Audience:
    """One contact.

    `minutes` are those of the week when it is notified, in the timeperiod `period`. `is_notified` is True for services.
    `commands` are notification commands that send no mail. `on` and `hosts` are events of services and of hosts.
    """

    name: str
    mails: tuple[str, ...]
    pagers: tuple[str, ...]
    commands: tuple[str, ...]
    minutes: int
    period: str
    on: tuple[NotifyOn, ...]
    hosts: tuple[HostEvent, ...]
    is_notified: bool

    @property
    def is_usual(self) -> bool:
        """Return True if it is notified of all problems and recoveries."""
        return frozenset(self.on) >= _NEEDED and frozenset(self.hosts) >= _NEEDED_OF_HOSTS


class Audiences:
    """Audiences of a configuration's contacts, each made once."""

    def __init__(self, live: Live, periods: Periods) -> None:
        self._live = live
        self._periods = periods
        self._known: dict[str, Audience] = {}

    def of(self, name: str) -> Audience:
        """Return the audience of a contact."""
        if name not in self._known:
            self._known[name] = self._audience(name)
        return self._known[name]

    def _audience(self, name: str) -> Audience:
        contact = self._live.contacts[name]
        messages = sent(contact, self._live.commands)
        of_services, of_hosts = (contact_options(contact, kind) for kind in ("service", "host"))
        # The hours of services count, unless the contact is notified of hosts only.
        kind: Kind = "service" if is_notified(contact) else "host"
        period = contact.settings.get(f"{kind}_notification_period", "")
        minutes = self._periods.mask(period) if is_notified(contact, kind) else 0
        return Audience(
            name,
            tuple(one.to for one in messages if one.way == "mail"),
            tuple(one.to for one in messages if one.way == "pager"),
            tuple(one.command for one in messages if one.way == "command"),
            minutes,
            period,
            tuple(word for letter, word in SERVICE_EVENTS.items() if letter in of_services),
            tuple(word for letter, word in HOST_EVENTS_BY_LETTER.items() if letter in of_hosts),
            is_notified(contact) and minutes != 0,
        )
