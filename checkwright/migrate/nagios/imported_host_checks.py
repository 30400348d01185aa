"""Host checks of an imported project: one for most hosts, and one for each group of hosts that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from checkwright.core.conversion import NotConvertible
from checkwright.migrate import secret_files
from checkwright.migrate.draft import DraftHostCheck, Pairs, Value
from checkwright.migrate.nagios.command_macros import Macros
from checkwright.migrate.nagios.people import People
from checkwright.migrate.secret_files import SecretFiles
from checkwright.registry.model import durations
from checkwright.registry.model.settings import ONCE
from checkwright.registry.plan import HOST_NOTIFY_ON
from nagios_cfg.reader import LiveHost
from nagios_cfg.reader.periods import ALWAYS

#: Values of the registry where nothing is stated.
USUAL: Mapping[str, Value] = {
    "every": "5m",
    "retry": "30s",
    "attempts": 3,
    "renotify": "1h",
    "notify_after": "0s",
    "notify_on": HOST_NOTIFY_ON,
}


@dataclass(frozen=True, slots=True)
class HostState:
    """State of one host: the check, the settings by name, and the team that is notified of it at a level.

    `owner` and `notify` are "" if they follow from the watches on the host.
    """

    runs: str | tuple[str, ...]
    settings: Pairs
    owner: str = ""
    notify: str = ""


@dataclass
class HostStates:
    """States of hosts of an import. `labels` collects the labels that their commands need, by host.

    seconds: of the unit of intervals. changed: reports a change of a host.
    """

    macros: Macros
    people: People
    secrets: SecretFiles
    seconds: float
    changed: Callable[[LiveHost, str], None]
    labels: dict[str, dict[str, str]] = field(default_factory=dict)

    def state(self, host: LiveHost, of_watches: Mapping[str, str], offices: Mapping[str, int]) -> HostState:
        """Return the state of a host. of_watches: levels of the teams with watches on it. offices: hours of teams."""
        runs = self._runs(host)
        stated = host.settings
        every = max(self._seconds(stated.get("check_interval", "5")), 1)
        repeat = self._seconds(stated.get("notification_interval", "30"))
        settings: dict[str, Value] = {
            "every": durations.format_seconds(every),
            "retry": durations.format_seconds(max(self._seconds(stated.get("retry_interval", "1")), 1)),
            "attempts": min(max(self._whole(stated.get("max_check_attempts", "1")), 1), 1000),
            "renotify": durations.format_seconds(max(repeat, every)) if repeat else ONCE,
            "notify_after": durations.format_seconds(self._seconds(stated.get("first_notification_delay", "0"))),
            "notify_on": self.people.events_of_host(host),
        }
        owner, notify = self._notified(host, of_watches, offices)
        return HostState(runs, tuple(settings.items()), owner, notify)

    def _runs(self, host: LiveHost) -> str | tuple[str, ...]:
        if not host.settings.get("check_command"):
            return "none"
        if host.settings.get("active_checks_enabled") == "0":
            self.changed(host, "it was not checked actively; it is assumed to be up")
            return "none"
        try:
            command = self.macros.resolve(None, host)
            program, file = self.secrets.moved(command.program, command.labels)
        except NotConvertible as reason:
            self.changed(host, f"it is pinged, since its check cannot be carried over: {reason}")
            return "ping"
        if file:
            self.changed(host, secret_files.note(file))
        self.labels.setdefault(host.name, {}).update(secret_files.without_secrets(command.labels))
        return (program.path, *program.arguments)

    def _notified(self, host: LiveHost, of_watches: Mapping[str, str], offices: Mapping[str, int]) -> tuple[str, str]:
        team = self.people.team_of_host(host)
        if team is None:
            return "", "" if all(level == "nobody" for level in of_watches.values()) else "nobody"
        minutes = self.people.minutes_of_host(host)
        level = "page"
        if minutes != ALWAYS:
            if minutes == offices.get(team.name, ALWAYS):
                level = "office-hours"
            else:
                period = host.settings.get("notification_period", "") or "the hours of its contacts"
                self.changed(host, f"it notified in {period}, and notifies at all hours")
        if {name: one for name, one in of_watches.items() if one != "nobody"} == {team.name: level}:
            return "", ""
        return team.name, level

    def _seconds(self, text: str) -> int:
        try:
            return round(float(text) * self.seconds)
        except (ValueError, OverflowError):
            return 0

    @staticmethod
    def _whole(text: str) -> int:
        try:
            return int(float(text))
        except (ValueError, OverflowError):
            return 0


def draft_host_checks(
    states: Mapping[str, HostState], roles: Mapping[str, Sequence[str]]
) -> tuple[DraftHostCheck, ...]:
    """Return the host checks for the states of hosts by name. roles: the hosts of each role."""
    if not states:
        return ()
    common = Counter((state.runs, state.settings) for state in states.values()).most_common(1)[0][0]
    by_hosts = {frozenset(hosts): role for role, hosts in sorted(roles.items(), reverse=True)}
    found = []
    runs = None if common[0] == "ping" else common[0]
    settings = tuple(pair for pair in common[1] if USUAL[pair[0]] != pair[1])
    if runs is not None or settings:
        found.append(DraftHostCheck(runs, settings))
    groups: dict[DraftHostCheck, list[str]] = {}
    for name, state in sorted(states.items()):
        own = tuple(pair for pair in state.settings if pair not in common[1])
        level: Pairs = (("notify", state.notify),) if state.notify else ()
        differing = DraftHostCheck(state.runs if state.runs != common[0] else None, (*own, *level), state.owner)
        if differing != DraftHostCheck():
            groups.setdefault(differing, []).append(name)
    for each, hosts in groups.items():
        everybody = len(hosts) == len(states)
        role = "" if everybody else by_hosts.get(frozenset(hosts), "")
        names = () if everybody or role else tuple(hosts)
        found.append(DraftHostCheck(each.runs, each.settings, each.owner, role, names))
    return tuple(found)
