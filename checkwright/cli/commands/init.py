"""`checkctl init DIR`: begin a project."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.scaffold import project_files, project_name_fault
from checkwright.cli.write import add_files
from checkwright.core.errors import CannotDo


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Begin a project in the new or empty FOLDER: a team, a role and an environment that work as they are."""
    target = folder.absolute()
    name = target.name
    if fault := project_name_fault(name):
        raise CannotDo(fault)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CannotDo(f"{folder} is there and is not empty; nothing was changed.")
    files = project_files(name)
    add_files(target, files)
    for path in files:
        console.say(f"{folder / path}")
    named = shlex.quote(str(folder))
    console.note(f"next: checkctl --project {named} try dev, and checkctl --project {named} new NAME for a check")
