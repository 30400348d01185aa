"""Who is told: the contacts of a service as one team, and the hours in which they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from checkwright.migrate.draft import DraftHours, DraftTeam
from checkwright.migrate.naming import Slugs
from checkwright.registry.model.hours import OFFICE_HOURS
from nagios_cfg.names import ALWAYS as ALWAYS_NAME
from nagios_cfg.reader import Live, LiveService
from nagios_cfg.reader.notified import addresses, hears, reached
from nagios_cfg.reader.periods import ALWAYS, Periods, lines

_RECIPIENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(@[A-Za-z0-9][A-Za-z0-9.-]*)?")
UNOWNED = "unowned"


@dataclass
class Crew:
    """A team in the making: `hours` counts the minutes of the week in which its services tell it."""

    name: str
    contacts: frozenset[str]
    hours: Counter[int] = field(default_factory=Counter)


class People:
    """Teams of contacts, made as services ask for them."""

    def __init__(self, live: Live, periods: Periods) -> None:
        self._live = live
        self._periods = periods
        self._slugs = Slugs()
        self._crews: dict[frozenset[str], Crew] = {}
        self._hours: dict[int, str] = {}
        self._hour_slugs = Slugs((ALWAYS_NAME, OFFICE_HOURS.name))
        #: Mail aliases that the teams' addresses need: name and recipients.
        self.aliases: dict[str, tuple[str, ...]] = {}
        self._groups = {members: name for name, members in sorted(live.contactgroups.items(), reverse=True)}

    @property
    def crews(self) -> Iterable[Crew]:
        return self._crews.values()

    def crew(self, service: LiveService) -> Crew:
        """The team of a service; without contacts it is nobody's."""
        told = service.contacts
        if told not in self._crews:
            if not told:
                name = UNOWNED
            elif told in self._groups:
                name = self._groups[told]
            else:
                name = "-and-".join(service.asked) if len(service.asked) <= 3 else f"{service.asked[0]}-and-others"
            self._crews[told] = Crew(self._slugs.of(name), told)
        return self._crews[told]

    def minutes(self, service: LiveService) -> int:
        """The minutes of the week in which somebody is told of a service."""
        if service.settings.get("notifications_enabled") == "0" or service.settings.get("notification_options") == "n":
            return 0
        mask = 0
        for name in service.contacts:
            contact = self._live.contacts[name]
            if hears(contact):
                mask |= self._periods.mask(contact.settings.get("service_notification_period", ""))
        return mask & self._periods.mask(service.settings.get("notification_period", ""))

    def hours(self, mask: int, name: str = "") -> str:
        """The name of the Hours with these minutes."""
        if mask not in self._hours:
            known = next((each for each in self._live.timeperiods if self._periods.mask(each) == mask), "")
            base = next((each for each in self._live.timeperiods if self._periods.mask(each) == ALWAYS & ~mask), "")
            wanted = known or (f"outside-{base}" if base else name or "hours")
            self._hours[mask] = self._hour_slugs.of(wanted)
        return self._hours[mask]

    def drafts(self) -> tuple[tuple[DraftTeam, ...], tuple[DraftHours, ...]]:
        """The teams and their hours, by name."""
        teams = []
        for crew in sorted(self._crews.values(), key=lambda crew: crew.name):
            ways = [reached(self._live.contacts[name], self._live.commands) for name in sorted(crew.contacts)]
            pagers = addresses(one.pager for one in ways)
            mails = addresses(one.mail for one in ways)
            # Who has no pager is told by mail where others are paged: the pager's alias holds both.
            everybody = addresses(one.pager or one.mail for one in ways) if pagers else ()
            office = self.office(crew)
            teams.append(
                DraftTeam(
                    crew.name,
                    self._address(crew.name, mails or everybody) or self._nobody(crew),
                    self._address(f"{crew.name}-pager", everybody) if everybody else "",
                    self.hours(office) if office != ALWAYS else "",
                    f"Contacts: {', '.join(sorted(crew.contacts))}." if crew.contacts else "What nobody was told of.",
                )
            )
        hours = tuple(
            DraftHours(name, lines(mask)) for mask, name in sorted(self._hours.items(), key=lambda pair: pair[1])
        )
        return tuple(teams), hours

    def office(self, crew: Crew) -> int:
        """The team's office hours: those in which most of what is not told at all hours is told."""
        parts = [(count, mask) for mask, count in crew.hours.items() if mask not in (0, ALWAYS)]
        return max(parts)[1] if parts else ALWAYS

    def _address(self, name: str, recipients: tuple[str, ...]) -> str:
        if len(recipients) == 1 and _RECIPIENT.fullmatch(recipients[0]):
            return recipients[0]
        if recipients:
            self.aliases[name] = recipients
        return name if recipients else ""

    def _nobody(self, crew: Crew) -> str:
        return "root" if not crew.contacts else crew.name
