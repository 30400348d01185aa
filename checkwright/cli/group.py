"""The commands of checkctl: each module in the folder `commands` is one, found by looking."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from checkwright.cli.session import Session

#: Longer than the first sentence of any command's help.
_SENTENCE = 300
_COMMANDS = Path(__file__).with_name("commands")


class Sentences(click.Group):
    """Shows what is below it with its whole first sentence: click would cut it to the width of the terminal."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = [(name, command) for name in self.list_commands(ctx) if (command := self.get_command(ctx, name))]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(limit=_SENTENCE)) for name, command in commands])


class Later(Sentences):
    """Imports a command only when it runs; most have heavy imports that the others do not need.

    Each module in `folder` is a command; a module `import_` is the command `import`.
    """

    def __init__(self, *args: Any, folder: Path, **options: Any) -> None:
        super().__init__(*args, **options)
        self._folder = folder

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_modules(self._folder)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _modules(self._folder).get(cmd_name)
        return _command(self._folder, module) if module else super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from difflib import get_close_matches

        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            near = get_close_matches(args[0], known, n=1)
            hint = f", did you mean {near[0]}" if near else ""
            raise click.UsageError(f"There is no command {args[0]!r}{hint}.", ctx)
        return super().resolve_command(ctx, args)


def _command(folder: Path, module: str) -> click.Command:
    package = ".".join(folder.relative_to(_COMMANDS.parents[2]).parts)
    command: click.Command = import_module(f"{package}.{module}").command
    return command


def _modules(folder: Path) -> dict[str, str]:
    """Return the modules of a folder by the names of their commands."""
    stems = [path.stem for path in folder.iterdir() if path.suffix in ("", ".py") and not path.stem.startswith("_")]
    return {stem.rstrip("_"): stem for stem in stems}


@click.command(cls=Later, folder=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
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
