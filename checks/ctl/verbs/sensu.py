"""`checkctl sensu build|validate`: an environment's resources for Sensu Go."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

import sensu
from checks.ctl import console
from checks.ctl.session import CannotDo, Session, pass_session
from checks.ctl.write import write_file, write_folder
from checks.registry.findings import Finding, Refused
from sensu.dump import Format


@click.group("sensu")
def command() -> None:
    """Resources for Sensu Go."""


@command.command("build")
@click.argument("environment")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file for sensuctl create -f.")
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), help="Else as the file's name ends, or JSON.")
@click.option("--agents", type=click.Path(path_type=Path), help="A folder for each machine's part of agent.yml.")
@pass_session
def build(session: Session, environment: str, out: Path, form: str | None, agents: Path | None) -> None:
    """Compile ENVIRONMENT into resources, validate them, and write the file whole or not at all."""
    form = form or ("yaml" if out.suffix in (".yaml", ".yml") else "json")
    with console.working(f"compiling {environment}"):
        plan, warnings = session.plan(environment)
        found = tuple(sensu.check(plan))
        _refuse_errors(found)
        resources = sensu.render(plan)
        text = sensu.dump(resources, cast(Format, form))
        judged = sensu.validate(text, out.name)
    _refuse_errors(judged)
    console.findings((*warnings, *found, *judged))
    changed = write_file(out, text)
    console.note(f"{out}: {len(resources)} resources, {'written' if changed else 'unchanged'}")
    if agents is not None:
        console.note(f"{agents}: {write_folder(agents, sensu.agent_files(plan))}")


@command.command("validate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
def validate(files: tuple[Path, ...]) -> int:
    """Judge files for sensuctl create, ours and anybody's; they may refer to each other."""
    texts = {str(file): _read(file) for file in files}
    found = sensu.validate_files(texts)
    console.findings(found)
    console.note(f"{len(files)} files, {len(found)} findings")
    return 1 if any(finding.severity == "error" for finding in found) else 0


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CannotDo(f"{file} is not text in UTF-8.") from None
    except OSError as error:
        raise CannotDo(f"Cannot read {file}: {error.strerror}.") from None


def _refuse_errors(found: tuple[Finding, ...]) -> None:
    if any(finding.severity == "error" for finding in found):
        raise Refused(found)
