"""`checkctl docs`: a page for each check, made from its declaration and golden entries."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.atomic_write import compare_folder, write_folder
from checkwright.cli.check_pages import NAVIGATION, SAMPLES, index, navigation, page
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.catalog import HOME, LIBRARY, Found, all_checks
from checkwright.core.errors import CannotDo
from checkwright.core.help import documentation

#: Pages of the library, in its checkout.
LIBRARY_PAGES = Path("docs/reference/checks")


@click.command("docs")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to write; it is replaced as a whole. Default: docs/checks, or docs/reference/checks of the library.",
)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit with 1 if pages are out of date.")
@click.option("--library", is_flag=True, help="Write the pages of the library, not of the project.")
@pass_workspace
def command(workspace: Workspace, out: Path | None, only_check: bool, library: bool) -> int:
    """Write a page for each check of the project, or of the library if there is no project.

    The samples on a page are golden entries of the check's tests.
    """
    project = None if library else workspace.importable
    folder = out or (project / "docs/checks" if project else LIBRARY_PAGES)
    tests = (project or Path(HOME)) / "tests"
    _require_tests(tests, folder, project)
    with console.status("reading the checks"):
        files = _pages(project, tests)
    if only_check:
        stale = compare_folder(folder, files)
        console.note(f"{folder}: {stale}")
        return 1 if stale.any else 0
    console.note(f"{folder}: {write_folder(folder, files)}")
    return 0


def _require_tests(tests: Path, folder: Path, project: Path | None) -> None:
    """Raise CannotDo if the samples of all pages would be lost, since there are no tests to take them from."""
    if project is None and not (tests / "checks").is_dir():
        raise CannotDo(
            f"The samples on the library's pages come from its tests, and {HOME} is an installation without tests. "
            "Run checkctl docs --library in a checkout of checkwright, or checkctl docs in a project."
        )
    if not tests.is_dir() and any(SAMPLES in page.read_text(encoding="utf-8") for page in folder.glob("*.md")):
        raise CannotDo(f"The pages in {folder} have samples from tests, and there is no folder {tests}: restore it.")


def _pages(project: Path | None, tests: Path) -> dict[str, str]:
    chosen: dict[str, Found] = {}
    for found in all_checks(str(project or "")):
        if _belongs(found, project):
            chosen.setdefault(found.name, found)
    kinds = {name: found.load() for name, found in chosen.items()}
    files = {f"{name}.md": page(kind, chosen[name], tests) for name, kind in kinds.items()}
    summaries = [(chosen[name], documentation(kind)[0]) for name, kind in kinds.items()]
    files |= {"README.md": index(summaries)}
    # A project decides itself how its pages are published.
    return files if project else {**files, NAVIGATION: navigation(summaries)}


def _belongs(found: Found, project: Path | None) -> bool:
    return Path(found.file).is_relative_to(project or LIBRARY)
