"""Whom it wakes when something falls on which several watches stand: a host, or its NRPE daemon."""

from __future__ import annotations

from collections.abc import Iterable

from checkwright.registry.plan import Entry, Notify, Plan
from nagios_cfg.escalation_steps import REPEATED, Ladder, ladder
from nagios_cfg.names import ALWAYS, Names
from nagios_cfg.notifications import LEVELS, MEANS
from nagios_cfg.timeperiods import Periods


class Audience:
    """Each team is told as loudly as the loudest of its `entries` on the host.

    Hence nobody where all of them notify nobody. There is one notification period, so that where teams
    differ, those not at the loudest level (or with other office hours) get e-mail.
    """

    def __init__(self, plan: Plan, entries: Iterable[Entry], names: Names, periods: Periods) -> None:
        self._names = names
        self._periods = periods
        self._offices = {team.name: team.office_hours for team in plan.teams}
        self._steps = {team.name: team.escalations for team in plan.teams}
        self._levels: dict[str, dict[str, int]] = {}
        # Watches of a role mostly share their hosts: once for all of them, not once for each.
        loudest: dict[tuple[tuple[str, ...], str], int] = {}
        for entry in entries:
            level = LEVELS.index(entry.notify)
            loudest[entry.hosts, entry.owner] = max(level, loudest.get((entry.hosts, entry.owner), 0))
        for (hosts, owner), level in loudest.items():
            for host in hosts:
                teams = self._levels.setdefault(host, {})
                teams[owner] = max(level, teams.get(owner, 0))

    def teams(self, host: str) -> tuple[str, ...]:
        """The teams that have an entry on the host, by name."""
        return tuple(sorted(self._levels.get(host, ())))

    def ladder(self, host: str, every: int) -> Ladder:
        """How what is checked on a host each `every` seconds is escalated: as all that are paged for it would."""
        levels = self._levels.get(host, {})
        steps = {step for team, level in levels.items() if LEVELS[level] == "page" for step in self._steps[team]}
        if not steps:
            return Ladder(REPEATED)
        groups = self.settings(host)["contact_groups"].split(",")
        return ladder(sorted(steps, key=lambda step: (step.after, step.to)), groups, every, self._names)

    def settings(self, host: str, otherwise: Iterable[str] = (), without: tuple[str, ...] = ()) -> dict[str, str]:
        """Return the directives that say who is told; for a host without entries, nobody of `otherwise` is.

        In the windows of maintenance `without` nobody is told.
        """
        levels = self._levels.get(host) or dict.fromkeys(otherwise, 0)
        loudest = LEVELS[max(levels.values(), default=0)]
        hours = ALWAYS
        if loudest == "office-hours":
            hours = min(self._offices[team] for team, level in levels.items() if LEVELS[level] == loudest)
        told = {team: level for team, level in levels.items() if level or loudest == "nobody"}
        groups = [
            self._names.contact(team, MEANS[self._heard(team, LEVELS[told[team]], loudest, hours)])
            for team in sorted(told)
        ]
        settings = {"contact_groups": ",".join(groups)} if groups else {}
        if hours != ALWAYS or without:
            settings["notification_period"] = self._periods.name(hours, without)
        if loudest == "nobody":
            settings["notifications_enabled"] = "0"
        return settings

    def _heard(self, team: str, level: Notify, loudest: Notify, hours: str) -> Notify:
        if level != loudest or (level == "office-hours" and self._offices[team] != hours):
            return "ticket"
        return level
