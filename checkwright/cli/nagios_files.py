"""From a project to Nagios's files, with what is to be said of them on the way."""

from __future__ import annotations

import nagios_cfg
from checkwright.cli import console
from checkwright.cli.session import Session
from checkwright.registry.findings import Finding, Refused
from checkwright.registry.plan import Plan


def rendered(session: Session, environment: str) -> dict[str, str]:
    """The files of one environment, as {path: text}; warnings are printed. Raises Refused for errors."""
    plan, warnings = session.plan(environment)
    return rendered_plan(plan, warnings)


def rendered_plan(plan: Plan, warnings: tuple[Finding, ...] = ()) -> dict[str, str]:
    """The files of a plan; `warnings` about it are printed. Raises Refused for errors."""
    found, files = nagios_cfg.check_and_render(plan)
    refuse_errors(found)
    console.findings((*warnings, *found))
    return files


def refuse_errors(found: tuple[Finding, ...]) -> None:
    """Raises Refused with all findings when one is an error."""
    if any(finding.severity == "error" for finding in found):
        raise Refused(found)
