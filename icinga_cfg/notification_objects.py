"""Notifications of watches and hosts, their escalations, and the commands that run `checkwright-notify`.

Icinga 2 passes the words of a command without a shell, so the output of the check is one of them. A function cuts it,
since a word above 128 KB cannot be passed, and doubles each `$`, since Icinga expands macros in what it returns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from posixpath import dirname

from checkwright.registry.host_levels import HostLevel, host_checks, host_levels, stated_levels
from checkwright.registry.plan import HOST_NOTIFY_ON, Entry, HostEvent, Notify, NotifyOn, Plan
from icinga_cfg.dsl import Object, Raw
from icinga_cfg.time_periods import Periods
from icinga_cfg.users import event_filter, group
from nagios_cfg.folders import NOTIFY_SETTINGS
from nagios_cfg.intervals import RENOTIFY_INTERVAL
from nagios_cfg.names import ALWAYS, Names
from nagios_cfg.notifications import CHANNEL_OF

_MOST = 4_000
_COMMON = (
    "--team=$user.vars.team$",
    "--level=$user.vars.level$",
    "--type=$notification.type$",
    "--author=$notification.author$",
    "--comment=$icinga_comment$",
    "--host=$host.name$",
    "--address=$host.address$",
    "--host-roles=$host.vars.roles$",
    "--output=$icinga_output$",
    "--perfdata=$icinga_perfdata$",
    "--otherwise=$user.email$",
)
_WORDS = {
    "host": (*_COMMON, "--state=$host.state$"),
    "service": (*_COMMON, "--watch=$service.name$", "--state=$service.state$", "--roles=$service.vars.role$"),
}


def command_name(names: Names, kind: str) -> str:
    """Return the name of the command for a kind: host or service."""
    return names.internal(f"notify-{kind}")


def commands(plan: Plan, names: Names) -> Iterator[Object]:
    """Yield the two commands."""
    program = f"{dirname(plan.site.check)}/checkwright-notify"
    for kind, words in _WORDS.items():
        config = f"--config={NOTIFY_SETTINGS}/{plan.environment}.json"
        attributes = {
            "command": (program, "icinga", config, *words),
            "timeout": 60,
            "vars.icinga_output": _cut(f"{kind}.output"),
            "vars.icinga_perfdata": _cut(f"{kind}.perfdata"),
            "vars.icinga_comment": _cut("notification.comment"),
        }
        yield Object("NotificationCommand", command_name(names, kind), attributes)


class Notifications:
    """Notification objects of a plan."""

    def __init__(self, plan: Plan, names: Names, periods: Periods) -> None:
        self._plan = plan
        self._names = names
        self._periods = periods
        self._teams = {team.name: team for team in plan.teams}

    def of_entry(self, entry: Entry, host: str) -> Iterator[Object]:
        """Yield the notification of a watch on a host, and its escalations."""
        place = {"host_name": host, "service_name": entry.name}
        shared = {"interval": entry.renotify, **event_filter(entry.notify_on, "OK")}
        level = HostLevel(entry.notify, frozenset(entry.quiet))
        yield from self._of_team(entry.owner, level, place, shared, entry.notify_after)

    def of_hosts(self) -> Iterator[Object]:
        """Yield the notifications of all machines, at the levels of their watches or of their host checks."""
        levels = host_levels((entry.hosts, entry) for entry in self._plan.entries)
        stated = stated_levels(self._plan)
        checks = host_checks(self._plan)
        for host in self._plan.hosts:
            check = checks.get(host.name)
            if host.virtual or (check and check.runs == "none"):
                continue
            teams: Mapping[str, HostLevel] = levels.get(host.name, {})
            if host.name in stated:
                teams = {name: HostLevel(level, _quiet(teams, name)) for name, level in stated[host.name].items()}
            events: tuple[HostEvent, ...] = check.notify_on if check else HOST_NOTIFY_ON
            interval = check.renotify if check else RENOTIFY_INTERVAL
            shared = {"interval": interval, **event_filter(events, "Up")}
            for team, level in sorted(teams.items()):
                delay = check.notify_after if check else 0
                yield from self._of_team(team, level, {"host_name": host.name}, shared, delay)

    def of_agent(self, host: str, service: str, entries: Sequence[Entry], delay: int) -> Iterator[Object]:
        """Yield the notifications of the service that checks a host's NRPE daemon."""
        events: tuple[NotifyOn, ...] = ("warning", "critical", "unknown", "recovery", "flapping")
        shared = {"interval": RENOTIFY_INTERVAL, **event_filter(events, "OK")}
        levels = host_levels(((host,), entry) for entry in entries)
        for team, level in sorted(levels.get(host, {}).items()):
            yield from self._of_team(team, level, {"host_name": host, "service_name": service}, shared, delay)

    def _of_team(
        self, name: str, level: HostLevel, place: Mapping[str, str], shared: Mapping[str, object], delay: int
    ) -> Iterator[Object]:
        if level.level == "nobody":
            return
        team = self._teams[name]
        period = self._periods.name(self._base(name, level.level), tuple(sorted(level.quiet)))
        yield self._notification(name, name, level.level, period, place, shared, delay)
        for step in team.escalations if level.level == "page" else ():
            subject = f"{name}.escalation-{step.to}"
            yield self._notification(subject, step.to, "page", period, place, shared, delay + step.after)

    def _notification(
        self,
        subject: str,
        team: str,
        level: Notify,
        period: str,
        place: Mapping[str, str],
        shared: Mapping[str, object],
        delay: int,
    ) -> Object:
        of_hosts = "service_name" not in place
        attributes: dict[str, object] = {
            **place,
            "command": command_name(self._names, "host" if of_hosts else "service"),
            "user_groups": (group(team, CHANNEL_OF[level], self._names, of_hosts=of_hosts),),
            "period": period,
            **shared,
        }
        if delay:
            attributes["times"] = {"begin": delay}
        return Object("Notification", subject, attributes)

    def _base(self, team: str, level: Notify) -> str:
        return self._teams[team].office_hours if level == "office-hours" else ALWAYS


def _quiet(levels: Mapping[str, HostLevel], team: str) -> frozenset[str]:
    return levels[team].quiet if team in levels else frozenset()


def _cut(macro: str) -> Raw:
    return Raw(
        f"""{{{{
    var text = string(macro("${macro}$"))
    if (text.len() > {_MOST}) {{
      text = text.substr(0, {_MOST})
    }}
    return text.replace("$", "$$")
  }}}}"""
    )
