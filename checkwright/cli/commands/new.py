"""`checkctl new NAME`: begin a check in the project, with its test, and lint."""

from __future__ import annotations

import shlex
from importlib import invalidate_caches

import click

from checkwright.cli import console
from checkwright.cli.linting import fails, linted, told
from checkwright.cli.scaffold import check_files, check_name_fault, goldens_of
from checkwright.cli.session import Session, pass_session
from checkwright.cli.write import add_files
from checkwright.core.catalog import everything
from checkwright.core.errors import CannotDo


@click.command("new")
@click.argument("name")
@click.option("--mypy/--no-mypy", default=True, help="Whether mypy reads the project too, where it is installed.")
@pass_session
def command(session: Session, name: str, mypy: bool) -> int:
    """Begin the check NAME in the project: plugins/NAME.py and tests/test_NAME.py, which work as they are."""
    project = session.project
    if fault := check_name_fault(name):
        raise CannotDo(f"{name!r} cannot be a check: {fault}.")
    taken = next((found for found in everything(str(project)) if found.name == name), None)
    if taken is not None:
        raise CannotDo(f"There is a check {name!r}, in {taken.file}: choose another name.")
    files = check_files(name, project.name)
    add_files(project, files)
    invalidate_caches()
    goldens = goldens_of(name, project)
    add_files(project, goldens)
    for path in (*files, *goldens):
        console.say(str(project / path))
    found, ran = linted(project, mypy=mypy)
    console.findings(found)
    console.note(told(found, ran))
    tests = shlex.quote(str(project / "tests"))
    console.note(f"next: change it, then pytest {tests} (--update-goldens accepts a new text)")
    return 1 if fails(found) else 0
