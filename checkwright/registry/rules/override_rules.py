"""Rules about what an environment changes, and when it is worked on."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.model import Override
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.plan import Origin
from checkwright.registry.rules.subject import Said, Subject


def without_why(subject: Subject) -> Iterator[Said]:
    """R015"""
    for override in subject.environment.overrides:
        if not override.why:
            yield override.origin, f"the override of {override.covers()} does not say why"

    for window in subject.environment.maintenance:
        if not window.why:
            yield window.origin, f"the maintenance of {window.covers()} does not say why"


def over(subject: Subject) -> Iterator[Said]:
    """R027"""
    for window in subject.environment.maintenance:
        if window.end.date() < subject.today:
            yield window.origin, f"the maintenance of {window.covers()} ended at {window.end:%Y-%m-%d %H:%M}"


def outdated(subject: Subject) -> Iterator[Said]:
    """R016"""
    for override in subject.environment.overrides:
        if override.until and override.until < subject.today:
            message = f"the override of {override.covers()} was meant until {override.until} and still holds"
            yield override.origin, f"{message}: {override.why}"


def matching_nothing(subject: Subject) -> Iterator[Said]:
    """R017"""
    coverage = subject.resolved.coverage
    environment = subject.environment.name
    hosts = [host.name for host in subject.resolved.plan.hosts]
    for override in subject.environment.overrides:
        if not override.changes():
            yield override.origin, f"the override of {override.covers()} changes nothing"
        unknown = [name for name in override.hosts if name not in coverage.met_hosts[override]]
        for name in unknown:
            yield override.origin, f"no host of {environment} is called {name!r}{did_you_mean(name, hosts)}"
        if override not in coverage.met:
            if len(unknown) < len(override.hosts) or not override.hosts:
                yield (
                    override.origin,
                    f"no watch in {environment} is covered by {override.covers()}{_absent(override, subject)}",
                )
            continue
        for limit in override.limits:
            if limit not in coverage.met_limits:
                name = f"{limit.check.__name__}.{limit.gauge}"
                yield Origin(limit.file, limit.line), f"no watch that this override covers has the gauge {name}"


def matching_nothing_in_maintenance(subject: Subject) -> Iterator[Said]:
    """R028"""
    environment = subject.environment.name
    windows = subject.resolved.windows
    for window, unmet in windows.unmet.items():
        for name in unmet:
            near_by = did_you_mean(name, [host.name for host in subject.resolved.plan.hosts])
            yield window.origin, f"no host of {environment} is called {name!r}{near_by}"
    for window in windows.idle:
        if not windows.unmet.get(window):
            yield window.origin, f"nothing in {environment} is covered by the maintenance of {window.covers()}"


def _absent(override: Override, subject: Subject) -> str:
    present = [role.name for role in subject.resolved.roles]
    if override.role and override.role.name not in present:
        return f": the role {override.role.name} is not in {subject.environment.name}"
    return ""
