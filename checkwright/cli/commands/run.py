"""`checkctl run NAME ...`: run one check, as `check --project DIR NAME ...` does."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from checkwright.cli.check_process import check_argv
from checkwright.cli.completion import complete_checks
from checkwright.cli.workspace import Workspace, pass_workspace


@click.command("run", context_settings={"allow_interspersed_args": False})
@click.argument("name", shell_complete=complete_checks)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@pass_workspace
def command(workspace: Workspace, name: str, options: tuple[str, ...]) -> NoReturn:
    """Run the check NAME of the project or of the library, with the OPTIONS of that check.

    The output and the exit code are those of `check --project DIR NAME OPTIONS`: 0 OK, 1 WARNING, 2 CRITICAL,
    3 UNKNOWN. `checkctl run NAME --help` prints the check's own help.
    """
    project = workspace.optional_project
    argv = check_argv([*(["--project", str(project)] if project else []), name, *options])
    sys.stdout.flush()
    os.execv(argv[0], argv)  # noqa: S606 - argv, no shell
