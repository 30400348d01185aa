"""The option --project, which checkctl takes before and after the name of a command."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from checkwright.cli.workspace import Workspace


def project_option(command: click.Command, *, is_root: bool = False) -> click.Command:
    """Add --project to a command. The root's also reads CHECKS_PROJECT and gives each command its Workspace."""

    def use(context: click.Context, _option: click.Parameter, value: str | None) -> None:
        if is_root or value is not None:
            context.obj = Workspace(value)

    command.params.append(
        click.Option(
            ["--project"],
            metavar="DIR",
            envvar="CHECKS_PROJECT" if is_root else None,
            expose_value=False,
            callback=use,
            shell_complete=lambda _context, _option, incomplete: [CompletionItem(incomplete, type="dir")],
            help="Folder of the project. Default: the nearest one, from here upwards, that contains fleet/.",
        )
    )
    return command
