"""`checkctl lint`: find errors in a project without running its checks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import click

from checkwright.cli import console
from checkwright.cli.checkout import Checkout
from checkwright.cli.gc_pause import pause_gc
from checkwright.cli.lint_project import lint_project
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.registry.findings import Finding


@click.command("lint")
@click.option("--mypy/--no-mypy", default=True, help="Also run mypy on the project, if it is installed.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    help="Format of the findings: github for annotations in GitHub Actions, sarif for code scanning.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@pass_workspace
@pause_gc()
def command(workspace: Workspace, mypy: bool, form: str, as_json: bool) -> int:
    """Find errors in the project: its checks, its fleet, the rules of Nagios and Sensu, and types.

    Exits with 1 if a finding is an error. An override past its `until` date is an error. JSON, annotations and SARIF
    name files relative to the checkout.
    """
    result = lint_project(workspace.project, mypy=mypy)
    form = "json" if as_json else form
    if form == "text":
        console.print_findings(result.findings)
    else:
        _print(result.findings, form, workspace)
    console.note(result.summary())
    return 1 if result.has_errors else 0


def _print(findings: Sequence[Finding], form: str, workspace: Workspace) -> None:
    checkout = Checkout(workspace.project, os.environ)
    if form == "github":
        from checkwright.cli.github_annotations import annotation_lines

        for line in annotation_lines(findings, checkout):
            console.echo(console.escape(line))
    elif form == "sarif":
        from checkwright.cli.sarif_log import MOST, sarif_log

        console.print_json(sarif_log(findings, checkout, os.path.relpath(workspace.project, checkout.root)))
        if len(findings) > MOST:
            console.note(f"the log holds {MOST} of {len(findings)} findings, as many as GitHub accepts")
    else:
        console.print_json([_plain(one, checkout) for one in findings])


def _plain(one: Finding, checkout: Checkout) -> dict[str, Any]:
    return {
        "id": one.id,
        "severity": one.severity,
        "file": checkout.path(one.origin) or None,
        "line": one.origin.line if one.origin else None,
        "message": one.message,
        "hint": one.hint,
    }
