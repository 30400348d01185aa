"""`checkctl catalogue ENV...`: pages that say what each server does and who is notified."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.atomic_write import write_folder
from checkwright.cli.completion import complete_environments
from checkwright.cli.gc_pause import pause_gc
from checkwright.cli.workspace import Workspace, pass_workspace


@click.command("catalogue")
@click.argument("environments", nargs=-1, metavar="[ENVIRONMENT]...", shell_complete=complete_environments)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder to write. It is replaced as a whole."
)
@click.option("--revision", default="", help="Revision of the project, for the front page.")
@click.option(
    "--source", default="", metavar="URL", help="Pages of the project's files, with {file} and {line} in the URL."
)
@pass_workspace
@pause_gc()
def command(workspace: Workspace, environments: tuple[str, ...], out: Path, revision: str, source: str) -> None:
    """Write pages about the hosts, roles, teams and checks of each ENVIRONMENT. Default: all environments.

    They need no server: open index.html in a browser. Equal registries give equal bytes. Environments appear in the
    order of the command line, by default the largest first.
    """
    from checkwright.catalogue.site_files import files
    from checkwright.parity.compare_with_roles import parity_of
    from checkwright.registry.loader import load
    from checkwright.registry.planning import plan_of

    if source and ("{file}" not in source or not source.startswith(("http://", "https://"))):
        raise click.UsageError(f"--source {source!r} is not a URL with {{file}} in it")
    registry = load(str(workspace.project))
    plans = []
    for name in dict.fromkeys(environments or (one.name for one in registry.environments)):
        with console.status(f"resolving {name}"):
            plans.append(plan_of(registry, name).plan)
    if not environments:
        plans.sort(key=lambda plan: (-len(plan.hosts), plan.environment))
    with console.status("comparing the environments"):
        parity = parity_of(registry, [plan.environment for plan in plans])
    with console.status("writing pages"):
        pages = files(plans, parity=parity, revision=revision, source=source)
        written = write_folder(out, pages)
    console.note(f"{out / 'index.html'}: {len(pages)} files; {written}")
