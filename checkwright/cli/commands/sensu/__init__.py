"""`checkctl sensu build|validate|asset`: an environment's resources for Sensu Go, and what its agents run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import click

import sensu
from checkwright.cli import console
from checkwright.cli.commands.sensu import asset
from checkwright.cli.gc_pause import at_rest
from checkwright.cli.group import Later
from checkwright.cli.named_file import read_text
from checkwright.cli.sensu_provided import provided_option
from checkwright.cli.session import Session, pass_session
from checkwright.cli.write import refuse_unwritable, write_file, write_folder
from checkwright.registry.findings import Finding, Refused
from checkwright.registry.plan import Plan
from sensu.dump import Format


@click.group("sensu", cls=Later, folder=Path(__file__).parent)
def command() -> None:
    """Resources for Sensu Go, and definitions for Sensu Core 1.x."""


command.add_command(asset.command)


@command.command("build")
@click.argument("environment")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file for sensuctl create -f.")
@click.option("--by-kind", is_flag=True, help="Make --out a folder with a file for each type below resources/.")
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), help="Else as the file's name ends, or JSON.")
@click.option("--agents", type=click.Path(path_type=Path), help="A folder for each machine's part of agent.yml.")
@click.option(
    "--central",
    multiple=True,
    metavar="HOST",
    help="A machine whose agent also runs what runs centrally, for --agents. Repeatable.",
)
@click.option("--allow-lists", is_flag=True, help="Put into --agents what each agent may run, and nothing else.")
@click.option(
    "--asset", "asset_file", type=click.Path(path_type=Path), help="Run the checks out of the Asset in this file."
)
@pass_session
def build(
    session: Session,
    environment: str,
    out: Path,
    by_kind: bool,
    form: str | None,
    agents: Path | None,
    central: tuple[str, ...],
    allow_lists: bool,
    asset_file: Path | None,
) -> None:
    """Compile ENVIRONMENT into resources, validate them, and write the file whole or not at all."""
    if allow_lists and agents is None:
        raise click.UsageError("--allow-lists needs --agents, the folder that they are put into.")
    if central and agents is None:
        raise click.UsageError("--central needs --agents, the folder for each machine's part of agent.yml.")
    if agents is not None and (_is_below(out, agents) or _is_below(agents, out)):
        raise click.UsageError("--out and --agents are written apart: neither can be in the other.")
    wanted = cast(Format, form or ("yaml" if out.suffix in (".yaml", ".yml") else "json"))
    used = asset.asset_in(asset_file) if asset_file else None
    with console.working(f"compiling {environment}"), at_rest():
        plan, warnings = session.plan(environment)
        _refuse_strangers(plan, central)
        resources, found = sensu.build(plan, used)
        files = sensu.layout(resources, wanted) if by_kind else {out.name: sensu.dump(resources, wanted)}
        judged = sensu.verify(files, resources, provided=sensu.provided(plan))
    _refuse_errors(judged)
    parts: dict[str, str] = {}
    if agents is not None:
        lists = sensu.allow_lists(plan, resources, central=central) if allow_lists else {}
        parts = lists | sensu.agent_files(plan, allow_list=sensu.PLACE if allow_lists else "", central=central)
        refuse_unwritable(agents, parts)
    console.findings((*warnings, *found, *judged))
    if by_kind:
        console.note(f"{out}: {len(resources)} resources, {write_folder(out, files)}")
    else:
        changed = write_file(out, files[out.name])
        console.note(f"{out}: {len(resources)} resources, {'written' if changed else 'unchanged'}")
    if agents is not None:
        console.note(f"{agents}: {write_folder(agents, parts)}")


@command.command("validate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@provided_option("the backend has")
def validate(files: tuple[Path, ...], provided: frozenset[tuple[str, str]]) -> int:
    """Judge files for sensuctl create, ours and anybody's; they may refer to each other."""
    texts = {str(file): read_text(file) for file in files}
    found = sensu.validate_files(texts, provided=sensu.EXPECTED | provided)
    console.findings(found)
    console.note(f"{len(files)} files, {len(found)} findings")
    return 1 if any(finding.severity == "error" for finding in found) else 0


def _is_below(path: Path, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _refuse_strangers(plan: Plan, central: tuple[str, ...]) -> None:
    for host in central:
        if host not in sensu.agent_hosts(plan):
            known = any(one.name == host for one in plan.hosts)
            why = "runs no check of its own in" if known else "is no host of"
            message = f"{host} {why} {plan.environment}. A machine that only checks centrally gets central.agent.yml."
            raise click.BadParameter(message, param_hint="--central")


def _refuse_errors(found: tuple[Finding, ...]) -> None:
    if any(finding.severity == "error" for finding in found):
        raise Refused(found)
