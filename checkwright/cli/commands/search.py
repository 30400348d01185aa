"""`checkctl search WORD...`: hosts, roles, teams, checks, watches and exceptions with these words."""

from __future__ import annotations

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.workspace import Workspace, pass_workspace

_SHOWN = 40


@click.command("search")
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
@click.option(
    "--in",
    "environments",
    multiple=True,
    metavar="ENVIRONMENT",
    shell_complete=complete_environments,
    help="Environment to search. Repeatable. Default: all.",
)
@click.option("--all", "everything", is_flag=True, help=f"Print more than {_SHOWN} lines.")
@console.json_option
@pass_workspace
def command(
    workspace: Workspace, words: tuple[str, ...], environments: tuple[str, ...], everything: bool, as_json: bool
) -> int:
    """Search hosts, roles, teams, checks, watches and exceptions for every WORD, and print the best matches first.

    It searches names, addresses, labels, owners, summaries, labels of thresholds, runbooks and reasons. Exits with 1 if
    nothing is found.
    """
    from checkwright.catalogue.plan_index import PlanIndex
    from checkwright.catalogue.search_index import rows, search
    from checkwright.registry.loader import load
    from checkwright.registry.planning import plan_of

    registry = load(str(workspace.project))
    indexes = []
    for name in dict.fromkeys(environments or (one.name for one in registry.environments)):
        with console.status(f"resolving {name}"):
            indexes.append(PlanIndex(plan_of(registry, name).plan))
    found = search(rows(indexes), " ".join(words))
    if as_json:
        console.print_json([{"kind": one.kind, "name": one.name, "detail": one.detail} for one in found])
    elif found:
        shown = found if everything else found[:_SHOWN]
        console.print_table(("kind", "name", "detail"), [(one.kind, one.name, one.detail) for one in shown])
        if len(found) > len(shown):
            console.note(f"{len(found) - len(shown)} more: add a word, or --all")
    else:
        console.note(f"Nothing contains {' and '.join(map(repr, words))}.")
    return 0 if found else 1
