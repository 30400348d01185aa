"""Rules about overrides, maintenances and downtimes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from checkwright.registry import recurrence
from checkwright.registry.findings import Finding
from checkwright.registry.model import Override
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.model.durations import format_seconds
from checkwright.registry.model.settings import DEFAULTS
from checkwright.registry.plan import Origin
from checkwright.registry.resolving.shadowing import shadowed
from checkwright.registry.rules.subject import RegistryRule, Subject, abbreviate


class MissingReason(RegistryRule):
    """An override, a maintenance or a downtime gives no reason.

    `checkctl exceptions`, `checkctl explain` and comments in the generated files show it.

    Wrong:
        Override(every="5m", role=web, why=""),

    Right:
        Override(every="5m", role=web, why="nobody looks at the test machines at night"),
    """

    id = "R015"
    hint = "say why in one sentence"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for override in subject.environment.overrides:
            if not override.why:
                yield self.finding(override.origin, f"the override of {override.scope()} gives no reason")
        for window in subject.environment.maintenance:
            if not window.why:
                yield self.finding(window.origin, f"the maintenance of {window.scope()} gives no reason")
        for downtime in subject.environment.downtimes:
            if not downtime.why:
                yield self.finding(downtime.origin, f"the downtime of {downtime.scope()} gives no reason")


class ExpiredOverride(RegistryRule):
    """An override is still there after its `until` date.

    This is a warning in a build and an error in `checkctl lint`.

    Wrong:
        Override(Disk.space.at(warn=90), role=web, why="old pictures stay a while", until="2020-06-30"),

    Right:
        Override(Disk.space.at(warn=90), role=web, why="old pictures stay a while", until="2099-06-30"),
    """

    id = "R016"
    severity = "warning"
    hint = "remove it, or give it a new date"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for override in subject.environment.overrides:
            if override.until and override.until < subject.today:
                message = f"the override of {override.scope()} expired on {override.until} and is still in force"
                yield self.finding(override.origin, f"{message}: {override.why}")


class UnusedOverride(RegistryRule):
    """An override matches no watch or no host, or changes nothing.

    Wrong:
        Override(every="5m", host="wbe-*", why="slow machines"),

    Right:
        Override(every="5m", host="web-*", why="slow machines"),
    """

    id = "R017"
    hint = "remove it, or correct it"

    def find(self, subject: Subject) -> Iterator[Finding]:
        matches = subject.resolved.matches
        environment = subject.environment.name
        hosts = [host.name for host in subject.resolved.plan.hosts]
        for override in subject.environment.overrides:
            if not override.changes():
                yield self.finding(override.origin, f"the override of {override.scope()} changes nothing")
            unknown = [name for name in override.hosts if name not in matches.used_hosts[override]]
            for name in unknown:
                message = f"no host in {environment} is called {name!r}{did_you_mean(name, hosts)}"
                yield self.finding(override.origin, message)
            if override not in matches.owners:
                if len(unknown) < len(override.hosts) or not override.hosts:
                    message = (
                        f"no watch in {environment} matches {override.scope()}{_hint_for_missing(override, subject)}"
                    )
                    yield self.finding(override.origin, message)
                continue
            unused = [
                (f"gauge {limit.check.__name__}.{limit.gauge}", Origin(limit.file, limit.line))
                for limit in override.limits
                if limit not in matches.used_limits
            ]
            unused += [
                (f"verdict {meaning.check.__name__}.{meaning.verdict}", Origin(meaning.file, meaning.line))
                for meaning in override.meanings
                if meaning not in matches.used_limits
            ]
            for what, origin in unused:
                yield self.finding(origin, f"no watch that this override matches has the {what}")


class ShadowedOverride(RegistryRule):
    """Later overrides replace all changes of an override, so it has no effect.

    The last override that matches a watch wins. A later override with an earlier `until` is not reported: after that
    date the first one applies again.

    Wrong:
        Override(Disk.space.at(warn=90), host="web-1", why="images fill the disk"),
        Override(Disk.space.at(warn=85), role=web, why="small disks"),

    Right:
        Override(Disk.space.at(warn=85), role=web, why="small disks"),
        Override(Disk.space.at(crit=95), host="web-1", why="images fill the disk"),
    """

    id = "R032"
    severity = "warning"
    hint = "remove it, or move it below"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for override, later in shadowed(subject.resolved).items():
            places = " and ".join(dict.fromkeys(str(subject.registry.relative(one.origin)) for one in later))
            yield self.finding(override.origin, f"the override of {override.scope()} is replaced by {places}")


class FasterByOverride(RegistryRule):
    """An override for all watches makes some of them run more often than their role says.

    It was probably meant to slow the others down. An override that names a watch or a check is not reported.

    Wrong:
        Watch(Memory(), every="1h"),
        Override(every="5m", why="nobody looks at the test machines at night"),

    Right:
        Watch(Memory(), every="1h"),
        Override(every=at_least("5m"), why="nobody looks at the test machines at night"),
    """

    id = "R033"
    severity = "warning"
    hint = 'write every=at_least("5m"), which never shortens an interval, or name the watch'

    def find(self, subject: Subject) -> Iterator[Finding]:
        relative = subject.registry.relative
        broad = {
            relative(override.origin): override
            for override in subject.environment.overrides
            if "every" in override.settings and not override.watch and not override.kinds()
        }
        faster: dict[Origin, dict[str, str]] = {}
        for entry, watch, _ in subject.configured():
            own = watch.settings.get("every", DEFAULTS["every"])
            every = next(setting for setting in entry.settings if setting.name == "every")
            if every.level == "override" and every.origin in broad and entry.interval < own:
                faster.setdefault(every.origin, {})[entry.id] = format_seconds(own)
        for origin, watches in faster.items():
            names = abbreviate([f"{id} (every {own})" for id, own in watches.items()])
            message = f"the override of {broad[origin].scope()} makes these watches run more often: {names}"
            interval = format_seconds(broad[origin].settings["every"])
            hint = f'write every=at_least("{interval}"), which speeds nothing up, or name the watch'
            yield self.finding(origin, message, hint=hint)


class ExpiredMaintenance(RegistryRule):
    """A maintenance, or a downtime with a date, is in the past.

    Wrong:
        Maintenance("2020-03-06 22:00", "2020-03-07 04:00", role=web, why="a new kernel"),

    Right:
        Maintenance("2099-03-06 22:00", "2099-03-07 04:00", role=web, why="a new kernel"),
    """

    id = "R027"
    severity = "warning"
    hint = "remove it"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for window in subject.environment.maintenance:
            if window.end.date() < subject.today:
                message = f"the maintenance of {window.scope()} ended at {window.end:%Y-%m-%d %H:%M}"
                yield self.finding(window.origin, message)
        for downtime in subject.environment.downtimes:
            begin = recurrence.parse(downtime.when).once
            if begin is not None and begin + timedelta(seconds=downtime.length) < subject.today:
                yield self.finding(downtime.origin, f"the downtime of {downtime.scope()} on {downtime.when} is over")


class UnusedMaintenance(RegistryRule):
    """A maintenance or a downtime matches no watch and no host.

    Wrong:
        Maintenance("2099-03-06 22:00", "2099-03-07 04:00", host="wbe-1", why="a new kernel"),

    Right:
        Maintenance("2099-03-06 22:00", "2099-03-07 04:00", host="web-1", why="a new kernel"),
    """

    id = "R028"
    hint = "remove it, or correct it"

    def find(self, subject: Subject) -> Iterator[Finding]:
        environment = subject.environment.name
        windows = subject.resolved.windows
        hosts = [host.name for host in subject.resolved.plan.hosts]
        for window, patterns in windows.unmatched_hosts.items():
            for name in patterns:
                message = f"no host in {environment} is called {name!r}{did_you_mean(name, hosts)}"
                yield self.finding(window.origin, message)
        for window in windows.unused:
            if not windows.unmatched_hosts.get(window):
                kind = type(window).__name__.lower()
                message = f"nothing in {environment} matches the {kind} of {window.scope()}"
                yield self.finding(window.origin, message)


def _hint_for_missing(override: Override, subject: Subject) -> str:
    present = [role.name for role in subject.resolved.roles]
    if override.role and override.role.name not in present:
        return f": the role {override.role.name} is not in {subject.environment.name}"
    return ""
