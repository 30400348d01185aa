"""`checkctl sensu build ENV`: resources of an environment for Sensu Go, and the files of its agents."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import click

import sensu
from checkwright.cli import console
from checkwright.cli.asset_file import read_asset
from checkwright.cli.atomic_write import require_writable, write_files, write_folder
from checkwright.cli.completion import complete_environments, complete_hosts
from checkwright.cli.gc_pause import pause_gc
from checkwright.cli.refuse_errors import refuse_errors
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.registry.notify_json import has_channels, notify_json
from checkwright.registry.plan import Plan
from sensu.dump import Format


@click.command("build")
@click.argument("environment", shell_complete=complete_environments)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File for sensuctl create -f.")
@click.option("--by-kind", is_flag=True, help="Make --out a folder with one file per type in resources/.")
@click.option(
    "--format", "form", type=click.Choice(["json", "yaml"]), help="Default: by the suffix of --out, otherwise json."
)
@click.option(
    "--agents", type=click.Path(path_type=Path), help="Folder for the parts of agent.yml, one for each machine."
)
@click.option(
    "--central",
    multiple=True,
    metavar="HOST",
    shell_complete=complete_hosts,
    help="Machine whose agent also runs the central checks; needs --agents. Repeatable.",
)
@click.option("--allow-lists", is_flag=True, help="Add the commands that each agent may run to --agents.")
@click.option(
    "--notify", type=click.Path(path_type=Path), help="File of the channels of teams, for checkwright-notify."
)
@click.option(
    "--asset", "asset_file", type=click.Path(path_type=Path), help="File of the Asset that brings the checks."
)
@pass_workspace
def command(
    workspace: Workspace,
    environment: str,
    out: Path,
    by_kind: bool,
    form: str | None,
    agents: Path | None,
    central: tuple[str, ...],
    allow_lists: bool,
    notify: Path | None,
    asset_file: Path | None,
) -> None:
    """Compile ENVIRONMENT into resources for Sensu Go.

    The resources are validated first. Then the file is written as a whole, or not at all.
    """
    if allow_lists and agents is None:
        raise click.UsageError("--allow-lists needs --agents, the folder that they are put into.")
    if central and agents is None:
        raise click.UsageError("--central needs --agents, the folder for each machine's part of agent.yml.")
    if notify is not None and any(_is_below(notify, path) for path in (out, *([agents] if agents else []))):
        raise click.UsageError("--notify is a file of its own, outside of --out and --agents.")
    if agents is not None and (_is_below(out, agents) or _is_below(agents, out)):
        raise click.UsageError("--out and --agents are written separately: neither can be inside the other.")
    file_format = cast(Format, form or ("yaml" if out.suffix in (".yaml", ".yml") else "json"))
    asset = read_asset(asset_file) if asset_file else None
    with console.status(f"compiling {environment}"), pause_gc():
        plan, warnings = workspace.plan(environment)
        _refuse_unknown_hosts(plan, central)
        plan = sensu.with_central(plan, central) if central else plan
        if notify is not None and not has_channels(plan):
            raise click.UsageError(f"No team of {environment} has channels, so --notify has nothing to write.")
        resources, build_findings = sensu.build(plan, asset)
        files = sensu.layout(resources, file_format) if by_kind else {out.name: sensu.dump(resources, file_format)}
        verify_findings = sensu.verify(files, resources, provided=sensu.provided(plan))
    refuse_errors(verify_findings)
    parts: dict[str, str] = {}
    if agents is not None:
        lists = sensu.allow_lists(plan, resources) if allow_lists else {}
        parts = lists | sensu.agent_files(plan, allow_list=sensu.PLACE if allow_lists else "")
        require_writable(agents, parts)
    console.print_findings((*warnings, *build_findings, *verify_findings), err=True)
    channels: dict[Path, str | bytes] = {notify: notify_json(plan)} if notify else {}
    if by_kind:
        require_writable(out, files)
        write_files(channels)
        console.note(f"{out}: {len(resources)} resources, {write_folder(out, files)}")
    else:
        changed = write_files({out: files[out.name], **channels})
        console.note(f"{out}: {len(resources)} resources, {'written' if changed else 'unchanged'}")
    if agents is not None:
        console.note(f"{agents}: {write_folder(agents, parts)}")
    if notify is not None:
        console.note(f"{notify}: channels for checkwright-notify")


def _is_below(path: Path, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _refuse_unknown_hosts(plan: Plan, central: tuple[str, ...]) -> None:
    for host in central:
        if host not in sensu.agent_hosts(plan):
            known = any(one.name == host for one in plan.hosts)
            why = "runs no check of its own in" if known else "is not a host of"
            message = f"{host} {why} {plan.environment}. A machine that only checks centrally gets central.agent.yml."
            raise click.BadParameter(message, param_hint="--central")
