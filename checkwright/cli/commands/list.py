"""`checkctl list`: all checks, without importing them."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import groupby
from typing import NamedTuple

import click

from checkwright.cli import console
from checkwright.cli.check_pages import heading
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.catalog import Found, all_checks
from checkwright.core.errors import CannotDo
from checkwright.core.regular_file import read_regular


@click.command("list")
@click.argument("words", nargs=-1)
@console.json_option
@pass_workspace
def command(workspace: Workspace, words: tuple[str, ...], as_json: bool) -> None:
    """List all checks by family: those of the library, of the project and of installed packages.

    WORDS select the checks with all of these words in their name, family or summary: checkctl list redis. No check is
    imported, so a broken one is listed too.
    """
    listed = _listed(all_checks(str(workspace.optional_project or "")))
    chosen = [one for one in listed if one.has(words)]
    if words and not chosen:
        near = get_close_matches(words[0], [one.found.name for one in listed], n=1, cutoff=0.5)
        hint = f", did you mean {near[0]}" if near else ""
        raise CannotDo(f"No check has {' and '.join(words)} in its name, family or summary{hint}.")
    if as_json:
        console.print_json(
            [
                {
                    "name": one.found.name,
                    "family": one.found.family,
                    "summary": one.summary,
                    "file": one.found.file,
                    "hidden": one.hidden,
                }
                for one in chosen
            ]
        )
        return
    rows = []
    for family, group in groupby(chosen, key=lambda one: one.found.family):
        for position, one in enumerate(group):
            text = f"{one.summary} (hidden by the first)" if one.hidden else one.summary
            rows.append(("" if position else family, one.found.name, text))
    console.print_table(("family", "check", "summary"), rows)


class _Listed(NamedTuple):
    """Check with its summary. hidden: another one of its name is found first."""

    found: Found
    summary: str
    hidden: bool

    def has(self, words: tuple[str, ...]) -> bool:
        text = f"{self.found.name} {self.found.family} {heading(self.found)} {self.summary}".lower()
        return all(word.lower() in text for word in words)


def _listed(checks: Iterable[Found]) -> list[_Listed]:
    """Return the checks sorted by family and name. The first of one name stays the first."""
    names: set[str] = set()
    found = []
    for one in checks:
        found.append(_Listed(one, summary(one), one.name in names))
        names.add(one.name)
    return sorted(found, key=lambda one: (one.found.family, one.found.name))


def summary(found: Found) -> str:
    """Return the first line of the docstring in a check's file, which is read and not executed."""
    try:
        tree = ast.parse(read_regular(found.file))
    except (OSError, SyntaxError, ValueError) as error:
        return f"cannot be read: {(isinstance(error, OSError) and error.strerror) or error}"
    return (ast.get_docstring(tree) or "no description").partition("\n")[0]
