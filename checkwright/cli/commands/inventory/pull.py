"""`checkctl inventory pull ENV`: write the inventory files of an environment's sources."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.atomic_write import write_files
from checkwright.cli.completion import complete_environments
from checkwright.cli.inventory_files import PulledEnvironment, changes_by_role, lines_of, summary_of
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.inventory.facts_file import dumps_facts, facts_path
from checkwright.inventory.guards import Accepted

_REFUSED = 3


@click.command("pull")
@click.argument("environment", shell_complete=complete_environments)
@click.option("--file", "files", multiple=True, metavar="FILE", help="Pull only the source of this file. Repeatable.")
@click.option("--accept-lost", type=click.IntRange(0), metavar="N", help="Exactly N hosts are gone, as they should be.")
@click.option("--accept-changed", type=click.IntRange(0), metavar="N", help="Exactly N hosts have other roles.")
@click.option("--accept-role", "roles", multiple=True, metavar="ROLE", help="ROLE may lose its hosts. Repeatable.")
@click.option(
    "--accept-identity", "names", multiple=True, metavar="HOST", help="HOST is another machine now. Repeatable."
)
@click.option("--stale-ok", metavar="WHY", default="", help="Accept old facts, for this reason.")
@click.option("--puppetdb-config", metavar="FILE", default="", help="Settings of PuppetDB's client tools.")
@console.json_option
@pass_workspace
def command(
    workspace: Workspace,
    environment: str,
    files: tuple[str, ...],
    accept_lost: int | None,
    accept_changed: int | None,
    roles: tuple[str, ...],
    names: tuple[str, ...],
    stale_ok: str,
    puppetdb_config: str,
    as_json: bool,
) -> int:
    """Ask the sources of ENVIRONMENT for their machines, and write its inventory files.

    Guards refuse an answer that looks wrong, such as one that lacks a tenth of the hosts. Then nothing is written, each
    reason names the option that accepts it, and the exit code is 3.
    """
    accepted = Accepted(accept_lost, accept_changed, roles, names, stale_ok)
    done = PulledEnvironment(workspace, environment, files, accepted, puppetdb_config)
    if not done.refusals:
        contents: dict[Path, str | bytes] = {}
        for one in done.pulls:
            path = done.path(one.source.file)
            contents[Path(facts_path(path))] = dumps_facts(one.facts)
            contents[Path(path)] = one.content
        write_files(contents)
    if as_json:
        console.print_json(
            {
                "written": not done.refusals,
                "sources": [
                    {
                        "file": one.source.file,
                        "hosts": len(one.after),
                        "ignored": one.ignored,
                        "gone": dict(one.gone),
                        "missing": list(one.missing),
                        "roles": [
                            {"role": change.role, "gained": change.gained, "lost": change.lost}
                            for change in changes_by_role(one)
                        ],
                        "warnings": list(one.warnings),
                    }
                    for one in done.pulls
                ],
                "refusals": [
                    {"file": file, "guard": refusal.guard, "message": refusal.message, "accept": refusal.accept}
                    for file, refusal in done.refusals
                ],
            }
        )
    else:
        for one in done.pulls:
            for line in lines_of(one):
                console.echo(console.escape(line))
            for warning in one.warnings:
                console.note(console.escape(f"{one.source.file}: warning: {warning}"))
            if not done.refusals:
                console.note(console.escape(summary_of(one)))
    for file, refusal in done.refusals:
        console.note(console.escape(f"{file}: {refusal}"))
    if done.refusals:
        console.note("nothing was written")
    return _REFUSED if done.refusals else 0
