"""Recipients: the contacts of a service as one team, with its hours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from checkwright.migrate.draft import DraftContact, DraftHours, DraftTeam
from checkwright.migrate.nagios.audience import HOST_EVENTS_BY_LETTER, SERVICE_EVENTS, Audience, Audiences
from checkwright.migrate.naming import Slugs
from checkwright.registry import holidays
from checkwright.registry.model.hours import OFFICE_HOURS
from checkwright.registry.plan import HOST_EVENTS, HOST_NOTIFY_ON, NOTIFY_ON
from nagios_cfg.names import ALWAYS as ALWAYS_NAME
from nagios_cfg.reader import Live, LiveHost, LiveService
from nagios_cfg.reader.notified import is_notified, options
from nagios_cfg.reader.periods import ALWAYS, Periods, period_lines
from nagios_cfg.reader.templates import split_list

_RECIPIENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(@[A-Za-z0-9][A-Za-z0-9.-]*)?")
UNOWNED = "unowned"


@dataclass
class TeamDraft:
    """Team under construction: contacts that are notified.

    `hours` counts the minutes of the week when its services notify it.
    """

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
        #: Mail aliases that addresses need: the team, and the recipients.
        self._aliases: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.audiences = Audiences(live, periods)
        #: Contactgroups by their notified members: a muted contact makes no other team.
        self._groups = {
            self._notified(members): name for name, members in sorted(live.contactgroups.items(), reverse=True)
        }

    @property
    def team_drafts(self) -> Iterable[TeamDraft]:
        return self._crews.values()

    def team_draft(self, service: LiveService) -> TeamDraft:
        """Return the team of a service. A service that notifies nobody belongs to the team unowned."""
        return self._team_of(self._notified(service.contacts), service.recipients)

    def team_of_host(self, host: LiveHost) -> TeamDraft | None:
        """Return the team that is notified when a host is down, None if nobody is."""
        settings = host.settings
        silent = settings.get("notifications_enabled") == "0" or settings.get("notification_options") == "n"
        contacts = frozenset() if silent else self._notified_of_hosts(host.contacts)
        named = (*split_list(settings.get("contact_groups", "")), *split_list(settings.get("contacts", "")))
        return self._team_of(contacts, named) if contacts and self.minutes_of_host(host) else None

    def minutes_of_host(self, host: LiveHost) -> int:
        """Return the minutes of the week when somebody is notified of a host."""
        mask = 0
        for name in self._notified_of_hosts(host.contacts):
            mask |= self._periods.mask(self._live.contacts[name].settings.get("host_notification_period", ""))
        return mask & self._periods.mask(host.settings.get("notification_period", ""))

    def events_of_host(self, host: LiveHost) -> tuple[str, ...]:
        """Return the events of a host that notify somebody, in the order of the registry; the usual ones for nobody."""
        stated = options("host", host.settings.get("notification_options", "a"))
        words: set[str] = set()
        for name in self._notified_of_hosts(host.contacts):
            words.update(self.audiences.of(name).hosts)
        found = tuple(word for letter, word in HOST_EVENTS_BY_LETTER.items() if letter in stated and word in words)
        return found if {"down", "unreachable"} & set(found) else HOST_NOTIFY_ON

    def _notified_of_hosts(self, contacts: Iterable[str]) -> frozenset[str]:
        return frozenset(name for name in contacts if is_notified(self._live.contacts[name], "host"))

    def _team_of(self, contacts: frozenset[str], recipients: Iterable[str]) -> TeamDraft:
        if contacts not in self._crews:
            named = [name for name in recipients if name in contacts or name in self._live.contactgroups]
            if not contacts:
                name = UNOWNED
            elif contacts in self._groups:
                name = self._groups[contacts]
            else:
                name = "-and-".join(named) if 0 < len(named) <= 3 else f"{(named or sorted(contacts))[0]}-and-others"
            self._crews[contacts] = TeamDraft(self._slugs.of(name), contacts)
        return self._crews[contacts]

    def minutes(self, service: LiveService) -> int:
        """Return the minutes of the week when a service notifies somebody."""
        if service.settings.get("notifications_enabled") == "0" or service.settings.get("notification_options") == "n":
            return 0
        mask = 0
        for name in self._notified(service.contacts):
            mask |= self.audiences.of(name).minutes
        return mask & self._periods.mask(service.settings.get("notification_period", ""))

    def events(self, service: LiveService) -> tuple[str, ...]:
        """Return the events of a service that notify somebody, in the order of the registry; all for nobody."""
        stated = options("service", service.settings.get("notification_options", "a"))
        words: set[str] = set()
        for name in self._notified(service.contacts):
            words.update(self.audiences.of(name).on)
        letters = {letter: word for letter, word in SERVICE_EVENTS.items() if letter in stated}
        found = tuple(word for word in (*NOTIFY_ON, "downtime") if word in words and word in letters.values())
        return found if {"warning", "critical", "unknown"} & set(found) else NOTIFY_ON

    def _notified(self, contacts: Iterable[str]) -> frozenset[str]:
        return frozenset(name for name in contacts if self.audiences.of(name).is_notified)

    def aliases(self, teams: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the mail aliases that addresses of these teams need, with their recipients."""
        used = frozenset(teams)
        return {alias: recipients for alias, (team, recipients) in self._aliases.items() if team in used}

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
        teams = [
            self._draft(team_draft)
            for team_draft in sorted(self._crews.values(), key=lambda team_draft: team_draft.name)
        ]
        hours = tuple(
            DraftHours(name, period_lines(mask), self._off(mask))
            for mask, name in sorted(self._hours.items(), key=lambda pair: pair[1])
        )
        return tuple(teams), hours

    def off_kept(self, period: str) -> bool:
        """Return whether the days without a period's hours are those of its Hours, wherever it is used."""
        mask = self._periods.mask(period)
        return (
            mask in self._hours and ALWAYS & ~mask not in self._hours and self._off(mask) == self._periods.off(period)
        )

    def _off(self, mask: int) -> tuple[str, ...]:
        """Return the days that all timeperiods with these minutes leave out: Hours stand for all of them."""
        periods = [set(holidays.expanded(self._periods.off(name))) for name in self._used_periods(mask)]
        common = sorted(set.intersection(*periods)) if periods else []
        return holidays.merged(map(holidays.written, common))

    def _used_periods(self, mask: int) -> list[str]:
        """Return the notification periods of services, hosts and contacts that have these minutes."""
        used = {one.settings.get("notification_period", "") for one in self._live.services}
        used |= {one.settings.get("notification_period", "") for one in self._live.hosts.values()}
        for contact in self._live.contacts.values():
            used |= {contact.settings.get(f"{kind}_notification_period", "") for kind in ("service", "host")}
        return sorted(name for name in used if name and self._periods.mask(name) == mask)

    def _draft(self, team_draft: TeamDraft) -> DraftTeam:
        audiences = [self.audiences.of(name) for name in sorted(team_draft.contacts)]
        whole = 0
        for one in audiences:
            whole |= one.minutes
        reached = [one for one in audiences if one.mails or one.pagers]
        together = [one for one in reached if one.minutes == whole and one.is_usual]
        slugs = Slugs()
        contacts = tuple(
            self._contact(team_draft.name, slugs.of(one.name), one) for one in reached if one not in together
        )
        mails = _distinct(mail for one in together for mail in one.mails)
        pagers = _distinct(pager for one in together for pager in one.pagers)
        # A contact without a pager gets mail where others are paged: the pager's alias holds both.
        everybody = _distinct(way for one in together for way in (*one.pagers, *one.mails)) if pagers else ()
        email = self._address(team_draft.name, mails or everybody)
        if not email and not contacts:
            email = "root" if not team_draft.contacts else team_draft.name
        office = self.office(team_draft)
        return DraftTeam(
            team_draft.name,
            email,
            self._address(team_draft.name, everybody, "-pager") if everybody else "",
            self.hours(office) if office != ALWAYS else "",
            f"Contacts: {', '.join(sorted(team_draft.contacts))}." if team_draft.contacts else "Notified nobody.",
            contacts,
        )

    def _contact(self, team: str, name: str, one: Audience) -> DraftContact:
        both = (*one.pagers, *one.mails)
        return DraftContact(
            name,
            self._address(team, one.mails or both, f"-{name}"),
            self._address(team, both, f"-{name}-pager") if one.pagers else "",
            self.hours(one.minutes, one.period) if one.minutes != ALWAYS else "",
            one.on if one.on != NOTIFY_ON else None,
            one.hosts if one.hosts != HOST_EVENTS else None,
        )

    def office(self, team_draft: TeamDraft) -> int:
        """Return the team's office hours: the most frequent hours of services that do not notify at all hours."""
        parts = [(count, mask) for mask, count in team_draft.hours.items() if mask not in (0, ALWAYS)]
        return max(parts)[1] if parts else ALWAYS

    def _address(self, team: str, recipients: tuple[str, ...], more: str = "") -> str:
        """Return the only recipient, or a mail alias TEAM+more for several."""
        if len(recipients) == 1 and _RECIPIENT.fullmatch(recipients[0]):
            return recipients[0]
        if not recipients:
            return ""
        alias, number = f"{team}{more}", 2
        while self._aliases.get(alias, (team, recipients)) != (team, recipients):
            alias, number = f"{team}{more}-{number}", number + 1
        self._aliases[alias] = team, recipients
        return alias


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
