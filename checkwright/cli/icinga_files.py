"""Icinga's files of an environment, and the findings about them."""

from __future__ import annotations

from collections.abc import Mapping

import icinga_cfg
from checkwright.cli import console
from checkwright.cli.refuse_errors import refuse_errors
from checkwright.core.errors import CannotDo
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Plan


def render_plan(plan: Plan, warnings: tuple[Finding, ...] = ()) -> dict[str, str]:
    """Return the files of a plan as {path: text} and print warnings. Raises FindingsError for errors."""
    findings, files = icinga_cfg.check_and_render(plan)
    refuse_errors(findings)
    console.print_findings((*warnings, *findings), err=True)
    return files


def verify(*builds: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return what Icinga says of builds. Raises CannotDo if it is not installed."""
    try:
        return icinga_cfg.verify(*builds)
    except icinga_cfg.CannotVerify as error:
        raise CannotDo(f"{error}.") from None
