"""`checkctl init DIR`: begin a project."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.atomic_write import add_files
from checkwright.cli.scaffold.allowed_names import require_project_folder
from checkwright.cli.scaffold.new_project import project_files


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def command(folder: Path) -> None:
    """Create a project in the new or empty FOLDER, with a team, a role and an environment that work as they are.

    It also gets a .gitignore, a workflow for GitHub and a configuration for pre-commit.
    """
    target = require_project_folder(folder)
    files = project_files(target.name)
    add_files(target, files)
    for path in files:
        console.echo(f"{folder / path}")
    repository = next((parent for parent in target.parents if (parent / ".git").exists()), None)
    if repository:
        console.note(f"move .github and .pre-commit-config.yaml to {repository}, and name {folder} in them")
    name = shlex.quote(str(folder))
    console.note(f"next: checkctl --project {name} try dev, and checkctl --project {name} new NAME for a check")
