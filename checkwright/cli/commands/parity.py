"""`checkctl parity [ENV...]`: the watches of environments side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.parity.compare_with_roles import parity_of
from checkwright.parity.parity_model import Parity
from checkwright.parity.parity_text import columns, gap_lines, heads, own_values, rows
from checkwright.registry.loader import load

_REFERENCE = "production"


@click.command("parity")
@click.argument("environments", nargs=-1, metavar="[ENVIRONMENT]...", shell_complete=complete_environments)
@click.option("--all", "everything", is_flag=True, help="Also list watches that are the same everywhere.")
@click.option("--check", is_flag=True, help="Exit with 1 if an environment lacks a role without a reason.")
@click.option(
    "--reference",
    default="",
    metavar="ENV",
    shell_complete=complete_environments,
    help=f"Environment whose roles the others should have. Default: {_REFERENCE}.",
)
@console.json_option
@pass_workspace
def command(
    workspace: Workspace, environments: tuple[str, ...], everything: bool, check: bool, reference: str, as_json: bool
) -> int:
    """Compare environments watch by watch, with the values of their roles. Default: all environments.

    An override of a whole environment is printed once, above the table. An environment declares a role that it does
    without by lacks=((ROLE, "why"),). --check exits with 1 for a missing role without a reason.
    """
    registry = load(str(workspace.project))
    names = list(environments or (one.name for one in registry.environments))
    reference = reference or (_REFERENCE if _REFERENCE in (one.name for one in registry.environments) else "")
    if not reference and check:
        raise click.UsageError("--check compares with production, which this project lacks: name --reference ENV.")
    if reference and reference not in names:
        registry.environment(reference)
        names.append(reference)
    if len(set(names)) < len(names):
        raise click.UsageError("An environment is named twice.")
    with console.status("resolving every environment"):
        parity = parity_of(registry, names)
    gaps = parity.gaps(reference) if reference else ()
    if as_json:
        console.print_json({**asdict(parity), "reference": reference, "gaps": [asdict(gap) for gap in gaps]})
    else:
        _print(parity, everything)
        for line in _after_blank_line(gap_lines(gaps, reference)):
            console.echo(console.escape(line))
    return 1 if check and gaps else 0


def _print(parity: Parity, everything: bool) -> None:
    for line in heads(parity):
        console.echo(console.escape(line))
    console.echo()
    shown, hidden = rows(parity, everything)
    if shown:
        console.print_table(columns(parity), shown)
    if hidden:
        console.echo(f"{hidden} more watches are in every environment as their roles say (--all lists them)")
    for line in _after_blank_line(own_values(parity)):
        console.echo(console.escape(line))


def _after_blank_line(lines: Iterator[str]) -> Iterator[str]:
    for position, line in enumerate(lines):
        if position == 0:
            yield ""
        yield line
