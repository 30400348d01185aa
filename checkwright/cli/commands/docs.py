"""`checkctl docs`: a page for each check, made from its declaration."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.check_pages import index, page
from checkwright.cli.session import Session, pass_session
from checkwright.cli.write import changes, write_folder
from checkwright.core.catalog import HOME, LIBRARY, Found, everything
from checkwright.core.help import documentation


@click.command("docs")
@click.option("--out", type=click.Path(path_type=Path), help="The folder, which is replaced as a whole.")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; end with 1 when pages are out of date.")
@click.option("--library", is_flag=True, help="The library's own checks, not the project's.")
@pass_session
def command(session: Session, out: Path | None, only_check: bool, library: bool) -> int:
    """Write docs/checks/NAME.md for each check of the project, or of the library where there is no project.

    The samples are the golden outputs of the check's tests.
    """
    project = None if library else session.project_if_any
    folder = out or (project or Path()) / "docs/checks"
    with console.working("reading the checks"):
        files = _pages(project, (project or Path(HOME)) / "tests")
    if only_check:
        stale = changes(folder, files)
        console.note(f"{folder}: {stale}")
        return 1 if stale.any else 0
    console.note(f"{folder}: {write_folder(folder, files)}")
    return 0


def _pages(project: Path | None, tests: Path) -> dict[str, str]:
    chosen: dict[str, Found] = {}
    for found in everything(str(project or "")):
        if _belongs(found, project):
            chosen.setdefault(found.name, found)
    kinds = {name: found.load() for name, found in chosen.items()}
    files = {f"{name}.md": page(kind, chosen[name], tests) for name, kind in kinds.items()}
    summaries = [(chosen[name], documentation(kind)[0]) for name, kind in kinds.items()]
    return {**files, "README.md": index(summaries)}


def _belongs(found: Found, project: Path | None) -> bool:
    return Path(found.file).is_relative_to(project or LIBRARY)
