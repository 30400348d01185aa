"""From a project's folder and the name of an environment to its plan, with all that the rules have to say."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from checkwright.registry.findings import Finding, Refused
from checkwright.registry.inventory import Machine, machines
from checkwright.registry.loader import load
from checkwright.registry.model import Environment
from checkwright.registry.model.base import RegistryError
from checkwright.registry.plan import Plan
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.resolve import resolve
from checkwright.registry.rules import registry_rules
from checkwright.registry.rules.loading_rules import Unreadable
from checkwright.registry.rules.override_rules import ExpiredOverride
from checkwright.registry.rules.subject import Subject


class Built(NamedTuple):
    """A plan that may be used, and the warnings about it."""

    plan: Plan
    findings: tuple[Finding, ...]


class Linted(NamedTuple):
    """The plans of those environments that could be built, and all findings."""

    plans: tuple[Plan, ...]
    findings: tuple[Finding, ...]


def plan(project: str, environment: str, *, today: date | None = None) -> Built:
    """The plan of one environment of the project in a folder. `today` is the day on which overrides are judged.

    Raises RegistryError when there is no such project or environment; Refused, with all findings, when a
    rule finds an error.
    """
    return plan_of(load(project), environment, today=today)


def plan_of(registry: Registry, environment: str, *, today: date | None = None) -> Built:
    """As `plan`, of a registry that is loaded."""
    chosen = registry.environment(environment)
    subject = _subject(registry, chosen, _machines(registry, chosen), today)
    findings = registry_rules.findings(subject)
    if any(finding.severity == "error" for finding in findings):
        raise Refused(findings)
    return Built(subject.resolved.plan, findings)


def lint(project: str, *, today: date | None = None) -> Linted:
    """All findings in all environments of a project, by place. An override past its date is an error.

    Raises RegistryError when there is no such project.
    """
    try:
        registry = load(project)
    except Refused as refused:
        return Linted((), refused.findings)
    plans: list[Plan] = []
    found: list[Finding] = []
    hosts = {}
    for environment in registry.environments:
        try:
            listed = _machines(registry, environment)
        except Refused as refused:
            found += refused.findings
            continue
        subject = _subject(registry, environment, listed, today)
        judged = registry_rules.findings(subject, lint=True)
        found += judged
        if not any(finding.severity == "error" and finding.id != ExpiredOverride.id for finding in judged):
            plans.append(subject.resolved.plan)
        hosts[environment.name] = {machine.name: machine.origin for machine in listed}
    found += registry_rules.findings_across(registry, hosts)
    return Linted(tuple(plans), tuple(sorted(dict.fromkeys(found), key=_place)))


def _machines(registry: Registry, environment: Environment) -> tuple[Machine, ...]:
    try:
        return machines(registry, environment)
    except RegistryError as error:
        raise Refused((Unreadable.finding(error.origin, error.message),)) from None


def _subject(registry: Registry, environment: Environment, listed: tuple[Machine, ...], today: date | None) -> Subject:
    return Subject(registry, environment, resolve(registry, environment, listed), today or date.today())


def _place(finding: Finding) -> tuple[str, int, str]:
    origin = finding.origin
    return (origin.file, origin.line, finding.id) if origin else ("", 0, finding.id)
