"""Recipients: the contacts of a service as one team, with its hours."""

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
from nagios_cfg.reader.notified import contact_addresses, is_notified, split_addresses
from nagios_cfg.reader.periods import ALWAYS, Periods, period_lines

_RECIPIENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(@[A-Za-z0-9][A-Za-z0-9.-]*)?")
UNOWNED = "unowned"


@dataclass
class TeamDraft:
    """Team under construction. `hours` counts the minutes of the week when its services notify it."""

    name: str
    contacts: frozenset[str]
    hours: Counter[int] = field(default_factory=Counter)


class People:
    """Teams of contacts, made as services need them."""

    def __init__(self, live: Live, periods: Periods) -> None:
        self._live = live
        self._periods = periods
        self._slugs = Slugs()
        self._crews: dict[frozenset[str], TeamDraft] = {}
        self._hours: dict[int, str] = {}
        self._hour_slugs = Slugs((ALWAYS_NAME, OFFICE_HOURS.name))
        #: Mail aliases that the teams' addresses need, with recipients by name.
        self.aliases: dict[str, tuple[str, ...]] = {}
        self._groups = {members: name for name, members in sorted(live.contactgroups.items(), reverse=True)}

    @property
    def team_drafts(self) -> Iterable[TeamDraft]:
        return self._crews.values()

    def team_draft(self, service: LiveService) -> TeamDraft:
        """Return the team of a service. A service without contacts belongs to the team nobody."""
        contacts = service.contacts
        if contacts not in self._crews:
            if not contacts:
                name = UNOWNED
            elif contacts in self._groups:
                name = self._groups[contacts]
            else:
                name = (
                    "-and-".join(service.recipients)
                    if len(service.recipients) <= 3
                    else f"{service.recipients[0]}-and-others"
                )
            self._crews[contacts] = TeamDraft(self._slugs.of(name), contacts)
        return self._crews[contacts]

    def minutes(self, service: LiveService) -> int:
        """Return the minutes of the week when a service notifies somebody."""
        if service.settings.get("notifications_enabled") == "0" or service.settings.get("notification_options") == "n":
            return 0
        mask = 0
        for name in service.contacts:
            contact = self._live.contacts[name]
            if is_notified(contact):
                mask |= self._periods.mask(contact.settings.get("service_notification_period", ""))
        return mask & self._periods.mask(service.settings.get("notification_period", ""))

    def hours(self, mask: int, name: str = "") -> str:
        """Return the name of the Hours with these minutes."""
        if mask not in self._hours:
            known = next((each for each in self._live.timeperiods if self._periods.mask(each) == mask), "")
            base = next((each for each in self._live.timeperiods if self._periods.mask(each) == ALWAYS & ~mask), "")
            slug = known or (f"outside-{base}" if base else name or "hours")
            self._hours[mask] = self._hour_slugs.of(slug)
        return self._hours[mask]

    def drafts(self) -> tuple[tuple[DraftTeam, ...], tuple[DraftHours, ...]]:
        """Return the teams and their hours, by name."""
        teams = []
        for team_draft in sorted(self._crews.values(), key=lambda team_draft: team_draft.name):
            ways = [
                contact_addresses(self._live.contacts[name], self._live.commands)
                for name in sorted(team_draft.contacts)
            ]
            pagers = split_addresses(one.pager for one in ways)
            mails = split_addresses(one.mail for one in ways)
            # A contact without a pager gets mail where others are paged: the pager's alias holds both.
            everybody = split_addresses(one.pager or one.mail for one in ways) if pagers else ()
            office = self.office(team_draft)
            teams.append(
                DraftTeam(
                    team_draft.name,
                    self._address(team_draft.name, mails or everybody) or self._nobody(team_draft),
                    self._address(f"{team_draft.name}-pager", everybody) if everybody else "",
                    self.hours(office) if office != ALWAYS else "",
                    f"Contacts: {', '.join(sorted(team_draft.contacts))}."
                    if team_draft.contacts
                    else "Notified nobody.",
                )
            )
        hours = tuple(
            DraftHours(name, period_lines(mask)) for mask, name in sorted(self._hours.items(), key=lambda pair: pair[1])
        )
        return tuple(teams), hours

    def office(self, team_draft: TeamDraft) -> int:
        """Return the team's office hours: the most frequent hours of services that do not notify at all hours."""
        parts = [(count, mask) for mask, count in team_draft.hours.items() if mask not in (0, ALWAYS)]
        return max(parts)[1] if parts else ALWAYS

    def _address(self, name: str, recipients: tuple[str, ...]) -> str:
        if len(recipients) == 1 and _RECIPIENT.fullmatch(recipients[0]):
            return recipients[0]
        if recipients:
            self.aliases[name] = recipients
        return name if recipients else ""

    def _nobody(self, team_draft: TeamDraft) -> str:
        return "root" if not team_draft.contacts else team_draft.name
