"""`checkctl changes BASE..HEAD`: changes of monitoring between two revisions, for the review of a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from checkwright.changes.changes_markdown import markdown
from checkwright.changes.changes_model import FleetChanges
from checkwright.changes.changes_text import (
    NOTIFIED_COLUMNS,
    environment_lines,
    notified,
    notified_row,
    value_lines,
)
from checkwright.changes.compare_plans import compare_fleets
from checkwright.cli import console
from checkwright.cli.atomic_write import write_file
from checkwright.cli.revision import merge_base, plans_at
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import CannotDo
from checkwright.registry.loader import load
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.plan import Plan
from checkwright.registry.planning import plan_of


@click.command("changes")
@click.argument("revisions", metavar="BASE[..HEAD]")
@click.argument("environments", nargs=-1, metavar="[ENVIRONMENT]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Format of the result. markdown is for a comment on a pull request.",
)
@click.option("--out", type=click.Path(path_type=Path), help="File to write. Default: print the changes.")
@click.option("--check", is_flag=True, help="Exit with 1 if anything changes.")
@pass_workspace
def command(
    workspace: Workspace, revisions: str, environments: tuple[str, ...], form: str, out: Path | None, check: bool
) -> int:
    """Compare the monitoring of two git revisions: watches, thresholds, and who is notified.

    BASE..HEAD compares two revisions. BASE...HEAD compares HEAD with their merge base, as a pull request does. BASE
    alone compares with the files in the working tree. The result is the same for Nagios and Sensu.
    """
    base, head, parted = _split(revisions)
    project = workspace.project
    with console.status(f"resolving {base}"):
        start = merge_base(project, base, head) if parted else base
        before = plans_at(project, start)
    with console.status(f"resolving {head or 'the files as they are'}"):
        after = plans_at(project, head) if head else _plans_now(workspace)
    before, after = _selected(before, environments, after), _selected(after, environments, before)
    changes = compare_fleets(before, after, names=(base, head or "the files as they are"))
    text = _text(changes, form)
    if out is None:
        for line in text.rstrip("\n").split("\n"):
            console.echo(line)
    else:
        write_file(out, text)
        console.note(f"{out}: {len(text)} characters")
    return 1 if check and changes else 0


def _split(revisions: str) -> tuple[str, str, bool]:
    """Return base, head ("" for the files as they are), and whether to compare with the commit where both parted."""
    base, dots, head = revisions.partition("..")
    parted = head.startswith(".")
    head = head.removeprefix(".")
    if not base or base.startswith("-") or (dots and not head) or head.startswith((".", "-")):
        raise click.UsageError("Name BASE, BASE..HEAD or BASE...HEAD.")
    return base, head, parted


def _plans_now(workspace: Workspace) -> dict[str, Plan]:
    registry = load(str(workspace.importable or workspace.project))
    return {one.name: plan_of(registry, one.name).plan for one in registry.environments}


def _selected(plans: dict[str, Plan], environments: tuple[str, ...], others: dict[str, Plan]) -> dict[str, Plan]:
    for name in environments:
        if name not in plans and name not in others:
            known = sorted({*plans, *others})
            raise CannotDo(f"There is no environment {name!r}{did_you_mean(name, known)}: it is {', '.join(known)}.")
    return {name: plan for name, plan in plans.items() if not environments or name in environments}


def _text(changes: FleetChanges, form: str) -> str:
    if form == "markdown":
        return markdown(changes)
    if form == "json":
        return console.json_text(asdict(changes))
    return "\n".join(map(console.escape, _lines(changes)))


def _lines(changes: FleetChanges) -> Iterator[str]:
    if not changes:
        yield "nothing changes"
        return
    rows = [notified_row(*pair) for pair in notified(changes)]
    if rows:
        yield "Who is notified: watches on hosts"
        yield from console.aligned(NOTIFIED_COLUMNS, rows)
    values = list(value_lines(changes))
    if values:
        yield from ("", "Thresholds and settings", *values)
    rest = [line for one in changes.environments for line in environment_lines(one)]
    if rest:
        yield from ("", "Watches and other parts", *rest)
