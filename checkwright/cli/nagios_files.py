"""Nagios's files of an environment, and the findings about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nagios_cfg
from checkwright.cli import console
from checkwright.cli.refuse_errors import refuse_errors
from checkwright.cli.workspace import Workspace
from checkwright.core.errors import CannotDo
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Plan

if TYPE_CHECKING:
    from nagios_cfg.reader import CannotRead


def render_environment(workspace: Workspace, environment: str) -> dict[str, str]:
    """Return the files of one environment as {path: text} and print warnings. Raises FindingsError for errors."""
    plan, warnings = workspace.plan(environment)
    return render_plan(plan, warnings)


def render_plan(plan: Plan, warnings: tuple[Finding, ...] = ()) -> dict[str, str]:
    """Return the files of a plan as {path: text} and print warnings. Raises FindingsError for errors."""
    findings, files = nagios_cfg.check_and_render(plan)
    refuse_errors(findings)
    console.print_findings((*warnings, *findings), err=True)
    return files


def unreadable(error: CannotRead) -> CannotDo:
    """Print the errors of a Nagios configuration, one a line, and return the exception that ends the command."""
    if not error.lines:
        return CannotDo(f"{error}.")
    for line in error.lines:
        console.note(console.escape(line))
    return CannotDo("the configuration of Nagios has the errors above: correct them first.")
