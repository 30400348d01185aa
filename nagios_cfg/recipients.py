"""Contacts of an object that several watches share: a host or its NRPE daemon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checkwright.registry.host_levels import LEVELS, host_levels
from checkwright.registry.plan import Entry, Notify, Plan
from nagios_cfg.escalation_steps import EscalationSteps, escalation_steps
from nagios_cfg.intervals import RENOTIFY_INTERVAL
from nagios_cfg.names import ALWAYS, Names
from nagios_cfg.notifications import CHANNEL_OF
from nagios_cfg.timeperiods import Periods


class Recipients:
    """Recipients for each host: each team with `entries` on the host, at the most urgent level of these entries.

    A host where all entries notify nobody notifies nobody. Nagios has one notification period for an object. So where
    teams differ, those below the most urgent level, or with other office hours, get e-mail.
    """

    def __init__(
        self,
        plan: Plan,
        entries: Iterable[Entry],
        names: Names,
        periods: Periods,
        stated: Mapping[str, Mapping[str, Notify]] | None = None,
    ) -> None:
        """stated: teams and levels of hosts that do not follow from entries."""
        self._names = names
        self._periods = periods
        self._office_hours = {team.name: team.office_hours for team in plan.teams}
        self._escalations = {team.name: team.escalations for team in plan.teams}
        self._levels = {
            host: {team: LEVELS.index(found.level) for team, found in teams.items()}
            for host, teams in host_levels((entry.hosts, entry) for entry in entries).items()
        }
        for host, teams in (stated or {}).items():
            self._levels[host] = {team: LEVELS.index(level) for team, level in teams.items()}

    def teams(self, host: str) -> tuple[str, ...]:
        """Return the teams that have an entry on the host, sorted by name."""
        return tuple(sorted(self._levels.get(host, ())))

    def escalation(self, host: str, check_interval: int, repeat: int = RENOTIFY_INTERVAL) -> EscalationSteps:
        """Return the escalation of an object on the host: the steps of all teams that it pages, together."""
        levels = self._levels.get(host, {})
        steps = {step for team, level in levels.items() if LEVELS[level] == "page" for step in self._escalations[team]}
        if not steps:
            return EscalationSteps(max(repeat, check_interval) if repeat else 0)
        groups = self.settings(host)["contact_groups"].split(",")
        return escalation_steps(
            sorted(steps, key=lambda step: (step.after, step.to)), groups, check_interval, self._names, repeat
        )

    def settings(self, host: str, default: Iterable[str] = (), without: tuple[str, ...] = ()) -> dict[str, str]:
        """Return the directives for contacts, notification period and whether to notify at all.

        A host without entries belongs to the teams `default` and notifies none of them. `without` are the
        maintenance windows, when nobody is notified.
        """
        levels = self._levels.get(host) or dict.fromkeys(default, 0)
        top = LEVELS[max(levels.values(), default=0)]
        hours = ALWAYS
        if top == "office-hours":
            hours = min(self._office_hours[team] for team, level in levels.items() if LEVELS[level] == top)
        notified = {team: level for team, level in levels.items() if level or top == "nobody"}
        groups = [
            self._names.contact(team, CHANNEL_OF[self._level_in(team, LEVELS[notified[team]], top, hours)])
            for team in sorted(notified)
        ]
        settings = {"contact_groups": ",".join(groups)} if groups else {}
        if hours != ALWAYS or without:
            settings["notification_period"] = self._periods.name(hours, without)
        if top == "nobody":
            settings["notifications_enabled"] = "0"
        return settings

    def _level_in(self, team: str, level: Notify, top: Notify, hours: str) -> Notify:
        """Return the level at which a team is notified of an object with the level `top` and these hours."""
        if level != top or (level == "office-hours" and self._office_hours[team] != hours):
            return "ticket"
        return level
