"""`checkctl new NAME`: begin a check, with its test."""

from __future__ import annotations

import shlex
from importlib import invalidate_caches
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.atomic_write import add_files
from checkwright.cli.commands.docs import LIBRARY_PAGES
from checkwright.cli.commands.docs import command as docs
from checkwright.cli.lint_project import lint_project
from checkwright.cli.scaffold.allowed_names import check_name_fault
from checkwright.cli.scaffold.first_goldens import write_goldens
from checkwright.cli.scaffold.new_check import SOURCES, files_in_library, files_in_project
from checkwright.cli.scaffold.new_role import owned_role_file, role_names, teams_of
from checkwright.cli.watch_example import example_imports, example_watch
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.catalog import HOME, Found, all_checks, family_names
from checkwright.core.errors import CannotDo


@click.command("new")
@click.argument("name", required=False)
@click.option("--role", type=click.Choice(role_names()), help="Create a role to adapt instead of a check.")
@click.option("--owner", default="", help="Team of the fleet that owns the role.")
@click.option(
    "--source",
    type=click.Choice(SOURCES),
    default="http",
    show_default=True,
    help="Source to start from: HTTP, a protocol over TCP, a program, a log, or a transport that you write.",
)
@click.option("--library", is_flag=True, help="Make a family in this checkout of checkwright.")
@click.option("--mypy/--no-mypy", default=True, help="Also run mypy on the project, if it is installed.")
@click.pass_context
@pass_workspace
def command(
    workspace: Workspace,
    context: click.Context,
    name: str | None,
    role: str | None,
    owner: str,
    source: str,
    library: bool,
    mypy: bool,
) -> int:
    """Create the check NAME with its test and golden files. They work as they are and are meant to be changed.

    In a project this creates plugins/NAME.py, or a folder plugins/NAME with a source and its fake, then lints the
    project. With --library it creates a family, checks/NAME, and updates docs/reference/checks.

    With --role it creates fleet/ROLE.py, a role with watches to start from, such as those of a PostgreSQL primary.
    """
    if role is not None:
        if name is not None or library:
            raise CannotDo("--role writes a role and no check: leave out NAME and --library.")
        return _make_role(workspace.project, role, owner, mypy=mypy)
    if owner:
        raise CannotDo("--owner names the owner of a role: give --role too.")
    if name is None:
        raise CannotDo("Name the check, as in checkctl new mail_relay, or choose a role with --role.")
    if fault := check_name_fault(name):
        raise CannotDo(f"{name!r} cannot be a check: {fault}.")
    if library:
        _make(Path(HOME), name, _family_files(name, source), "")
        context.invoke(docs, library=True, out=Path(HOME, LIBRARY_PAGES))
        console.note(f"next: change it, then run scripts/lint and pytest tests/checks/{name} in {HOME}")
        return 0
    project = workspace.project
    _refuse_taken(name, project)
    _make(project, name, files_in_project(name, source, project.name), str(project))
    result = lint_project(project, mypy=mypy)
    # The lines to paste, which are printed above, put an end to this finding.
    unused = f"no watch uses the check {name}"
    result = result._replace(findings=tuple(one for one in result.findings if one.message != unused))
    console.print_findings(result.findings, err=True)
    console.note(result.summary())
    tests = shlex.quote(str(project / "tests"))
    console.note(f"next: change it, then pytest {tests} (--update-goldens accepts a new text)")
    return 1 if result.has_errors else 0


def _make_role(project: Path, role: str, owner: str, *, mypy: bool) -> int:
    """Write the role's module, lint the project and print the next step."""
    path = f"fleet/{role}.py"
    add_files(project, {path: owned_role_file(role, project.name, teams_of(project / "fleet"), owner)})
    invalidate_caches()
    console.echo(str(project / path))
    result = lint_project(project, mypy=mypy)
    # The role has no host yet, which is the next step.
    findings = tuple(one for one in result.findings if f"role {role}" not in one.message)
    result = result._replace(findings=findings)
    console.print_findings(result.findings, err=True)
    console.note(result.summary())
    console.note(
        f"next: change it, then give it to hosts in fleet/environments.py, as roles=({role}.{role},); "
        "the page of each check has the account that it needs"
    )
    return 1 if result.has_errors else 0


def _family_files(name: str, source: str) -> dict[str, str]:
    """Return the files of a new family. Raises CannotDo if it cannot be made."""
    if not Path(HOME, "tests/checks").is_dir():
        raise CannotDo(
            f"--library makes a family in a checkout of checkwright, and {HOME} is an installation. "
            "In a project, run checkctl new without it."
        )
    if name in family_names():
        raise CannotDo(f"There is a family {name!r}, {HOME}/checks/{name}: choose another name.")
    _refuse_taken(name, None)
    return files_in_library(name, source)


def _refuse_taken(name: str, project: Path | None) -> None:
    taken = _found(name, project)
    if taken is not None:
        raise CannotDo(f"There is a check {name!r}, in {taken.file}: choose another name.")


def _found(name: str, project: Path | None) -> Found | None:
    return next((found for found in all_checks(str(project or "")) if found.name == name), None)


def _make(root: Path, name: str, files: dict[str, str], project: str) -> None:
    """Write the files and their goldens, list them, and print the watch to paste into the fleet."""
    add_files(root, files)
    invalidate_caches()
    (test,) = (root / path for path in files if Path(path).name == f"test_{name}.py")
    goldens = write_goldens(test)
    for path in (*(root / path for path in files), *(goldens or ())):
        console.echo(str(path))
    if goldens is None:
        console.note(
            f"pytest is not installed; pytest {shlex.quote(str(test))} --update-goldens writes the golden files"
        )
    found = _found(name, Path(project) if project else None)
    if found is not None:
        kind = found.load()
        console.echo("\n".join(["", *example_imports(kind, found), "", f"{example_watch(kind)},"]))
        console.note("\nto watch it, paste these lines into a file of the fleet, the last one into watches= of a role")
