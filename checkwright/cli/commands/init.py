"""`checkctl init DIR`: begin a project."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.scaffold.allowed_names import project_name_fault
from checkwright.cli.scaffold.new_project import project_files
from checkwright.cli.write import add_files
from checkwright.core.errors import CannotDo


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Begin a project in the new or empty FOLDER: a team, a role and an environment that work as they are."""
    target = folder.absolute()
    if fault := project_name_fault(target):
        raise CannotDo(fault)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CannotDo(f"{folder} is there and is not empty; nothing was changed.")
    files = project_files(target.name)
    add_files(target, files)
    for path in files:
        console.say(f"{folder / path}")
    repository = next((parent for parent in target.parents if (parent / ".git").exists()), None)
    if repository:
        console.note(f"move .github and .pre-commit-config.yaml to {repository}, and name {folder} in them")
    named = shlex.quote(str(folder))
    console.note(f"next: checkctl --project {named} try dev, and checkctl --project {named} new NAME for a check")
