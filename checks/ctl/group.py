"""The verbs of checkctl: every module in the folder `verbs` is one, found by looking."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from checks.ctl.session import Session

#: Longer than the first sentence of any verb's help.
_SENTENCE = 300
_VERBS = Path(__file__).with_name("verbs")


class Sentences(click.Group):
    """Shows what is below it with its whole first sentence: click would cut it to the width of the terminal."""

    title = "Commands"

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = [(name, command) for name in self.list_commands(ctx) if (command := self.get_command(ctx, name))]
        with formatter.section(self.title):
            formatter.write_dl([(name, command.get_short_help_str(limit=_SENTENCE)) for name, command in commands])


class Later(Sentences):
    """Loads a command when it is called: most need much of which the others need nothing."""

    def __init__(self, *given: Any, later: Mapping[str, str], **named: Any) -> None:
        """later: the module of checks.ctl in which a command is, by the command's name."""
        super().__init__(*given, **named)
        self._later = later

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted((*super().list_commands(ctx), *self._later))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = self._later.get(cmd_name)
        return _command(module) if module else super().get_command(ctx, cmd_name)


class Verbs(Sentences):
    """Loads a verb when it is called. A module `try_` is the verb `try`."""

    title = "Verbs"

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _modules().get(cmd_name)
        return _command(f"verbs.{module}") if module else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from difflib import get_close_matches

        if args and args[0] not in _modules() and not args[0].startswith("-"):
            near = get_close_matches(args[0], _modules(), n=1)
            hint = f", did you mean {near[0]}" if near else ""
            raise click.UsageError(f"There is no verb {args[0]!r}{hint}.", ctx)
        return super().resolve_command(ctx, args)


def _command(module: str) -> click.Command:
    command: click.Command = import_module(f"checks.ctl.{module}").command
    return command


def _modules() -> dict[str, str]:
    """Verbs and the modules that hold them."""
    stems = [path.stem for path in _VERBS.glob("*.py") if not path.stem.startswith("_")]
    return {stem.rstrip("_"): stem for stem in stems}


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="checkwright", prog_name="checkctl")
@click.option(
    "--project",
    metavar="DIR",
    envvar="CHECKS_PROJECT",
    help="The project; else the nearest folder upwards that holds a folder fleet/.",
)
@click.pass_context
def checkctl(context: click.Context, project: str | None) -> None:
    """Monitoring checks and what is watched where: for people. Nagios and Sensu run `check`."""
    context.obj = Session(project)
