"""Plans of a project's environments, with the findings of all rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from checkwright.registry.findings import Finding, FindingsError
from checkwright.registry.inventory import Machine, machines
from checkwright.registry.loader import load
from checkwright.registry.model import Downtime, Environment, Maintenance, Override
from checkwright.registry.model.base import RegistryError
from checkwright.registry.plan import Plan
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.resolve import Resolved, resolve
from checkwright.registry.resolving.shadowing import shadowed
from checkwright.registry.rules import registry_rules
from checkwright.registry.rules.loading_rules import Unreadable
from checkwright.registry.rules.override_rules import ExpiredOverride
from checkwright.registry.rules.subject import Subject


class Built(NamedTuple):
    """A plan without errors, and its warnings."""

    plan: Plan
    findings: tuple[Finding, ...]


class Compared(NamedTuple):
    """The plan of an environment, and the same environment with the values of its roles alone: without overrides."""

    plan: Plan
    roles: Plan


class Judged(NamedTuple):
    """A resolved environment without errors, for what reads the checks of its entries, too."""

    registry: Registry
    environment: Environment
    resolved: Resolved


class Changes(NamedTuple):
    """Effects of overrides, maintenances and downtimes.

    owners: the names of the teams whose watches each changes, sorted. shadowed: the overrides without effect, each with
    the later ones that replace it.
    """

    owners: Mapping[Override | Maintenance | Downtime, tuple[str, ...]]
    shadowed: Mapping[Override, tuple[Override, ...]]


class Linted(NamedTuple):
    """Plans of the environments without errors, and all findings."""

    plans: tuple[Plan, ...]
    findings: tuple[Finding, ...]


def plan(project: str, environment: str, *, today: date | None = None) -> Built:
    """Return the plan of one environment of the project in a folder.

    today: the day that decides which overrides have expired. Raises RegistryError if there is no such project or
    environment, and FindingsError with all findings if a rule finds an error.
    """
    return plan_of(load(project), environment, today=today)


def plan_of(
    registry: Registry,
    environment: str,
    *,
    today: date | None = None,
    inventories: Mapping[str, str] | None = None,
) -> Built:
    """Return the plan of one environment of a loaded registry. See `plan`.

    inventories: text in place of inventory files, by their names in the environment.
    """
    chosen = registry.environment(environment)
    subject = _subject(registry, chosen, _machines(registry, chosen, inventories), today)
    findings = registry_rules.findings(subject)
    if any(finding.severity == "error" for finding in findings):
        raise FindingsError(findings)
    return Built(subject.resolved.plan, findings)


def compared(registry: Registry, environment: str) -> Compared:
    """Return the plan of an environment, and the plan that it would have without overrides.

    Raises RegistryError for an unknown environment, FindingsError with all findings if a rule finds an error.
    """
    chosen = registry.environment(environment)
    listed = _machines(registry, chosen)
    subject = _subject(registry, chosen, listed, None)
    findings = registry_rules.findings(subject)
    if any(finding.severity == "error" for finding in findings):
        raise FindingsError(findings)
    return Compared(subject.resolved.plan, resolve(registry, chosen.without_overrides(), listed).plan)


def judged(project: str, environment: str) -> Judged:
    """Return one environment of the project in a folder, resolved. Raises as `plan` does."""
    registry = load(project)
    chosen = registry.environment(environment)
    subject = _subject(registry, chosen, _machines(registry, chosen), None)
    findings = registry_rules.findings(subject)
    if any(finding.severity == "error" for finding in findings):
        raise FindingsError(findings)
    return Judged(registry, chosen, subject.resolved)


def lint(project: str, *, today: date | None = None) -> Linted:
    """Return all findings in all environments of a project, sorted by place. An expired override is an error.

    Raises RegistryError if there is no such project.
    """
    try:
        registry = load(project)
    except FindingsError as error:
        return Linted((), error.findings)
    plans: list[Plan] = []
    found: list[Finding] = []
    hosts = {}
    for environment in registry.environments:
        try:
            listed = _machines(registry, environment)
        except FindingsError as error:
            found += error.findings
            continue
        subject = _subject(registry, environment, listed, today)
        of_environment = registry_rules.findings(subject, lint=True)
        found += of_environment
        if not any(finding.severity == "error" and finding.id != ExpiredOverride.id for finding in of_environment):
            plans.append(subject.resolved.plan)
        hosts[environment.name] = {machine.name: machine.origin for machine in listed}
    found += registry_rules.findings_across(registry, hosts)
    return Linted(tuple(plans), tuple(sorted(dict.fromkeys(found), key=_place)))


def changes(registry: Registry, environment: Environment) -> Changes:
    """Return the effects of an environment's overrides, maintenances and downtimes.

    Raises FindingsError if an inventory cannot be read.
    """
    resolved = resolve(registry, environment, _machines(registry, environment))
    overrides, windows = resolved.matches.owners, resolved.windows.owners
    owners: dict[Override | Maintenance | Downtime, tuple[str, ...]] = {}
    owners |= {override: tuple(sorted(overrides.get(override, ()))) for override in environment.overrides}
    changed: tuple[Maintenance | Downtime, ...] = (*environment.maintenance, *environment.downtimes)
    owners |= {window: tuple(sorted(windows.get(window, ()))) for window in changed}
    return Changes(owners, shadowed(resolved))


def _machines(
    registry: Registry, environment: Environment, inventories: Mapping[str, str] | None = None
) -> tuple[Machine, ...]:
    try:
        return machines(registry, environment, inventories)
    except RegistryError as error:
        raise FindingsError((Unreadable.finding(error.origin, error.message),)) from None


def _subject(registry: Registry, environment: Environment, listed: tuple[Machine, ...], today: date | None) -> Subject:
    return Subject(registry, environment, resolve(registry, environment, listed), today or date.today())


def _place(finding: Finding) -> tuple[str, int, str]:
    origin = finding.origin
    return (origin.file, origin.line, finding.id) if origin else ("", 0, finding.id)
