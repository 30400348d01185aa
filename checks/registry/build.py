"""From a project's folder and the name of an environment to its plan, with all that the rules have to say."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from checks.registry.findings import Finding
from checks.registry.inventory import machines
from checks.registry.loader import load
from checks.registry.plan import Plan
from checks.registry.registry import Registry
from checks.registry.resolve import resolve


class Built(NamedTuple):
    """A plan that may be used, and the warnings about it."""

    plan: Plan
    findings: tuple[Finding, ...]


def plan(project: str, environment: str, *, today: date | None = None) -> Built:
    """The plan of one environment.

    Raises RegistryError when there is no such project or environment, or its inventory cannot be read;
    Refused, with all findings, when a rule finds an error.
    """
    return plan_of(load(project), environment, today=today)


def plan_of(registry: Registry, environment: str, *, today: date | None = None) -> Built:
    """As `plan`, of a registry that is loaded."""
    chosen = registry.environment(environment)
    resolved = resolve(registry, chosen, machines(registry, chosen))
    return Built(resolved.plan, ())
