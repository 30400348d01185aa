"""Group of commands whose modules are imported only when one of them runs."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from checkwright.cli.project_option import project_option

#: Longer than the first sentence of any command's help.
_SENTENCE = 300
#: Help of a command in the source of its module: the docstring of a function, or the words of a daemon.
_HELP = re.compile(
    r'^def command\(.*?\) -> [^\n]+:\n    """(.*?)"""|^command = DaemonCommand\(\s*"\w+", "([^"]+)"',
    re.MULTILINE | re.DOTALL,
)
_ROOT = Path(__file__).parents[2]


class LazyGroup(click.Group):
    """Imports a command only when it runs; most have heavy imports that the others do not need.

    Each module in `folder` is a command; the module `import_` is the command `import`. Every command takes --project.
    """

    def __init__(self, *args: Any, folder: Path, **options: Any) -> None:
        super().__init__(*args, **options)
        self._folder = folder

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = self._modules().get(cmd_name)
        if module is None:
            return None
        package = ".".join(self._folder.relative_to(_ROOT).parts)
        command: click.Command = import_module(f"{package}.{module}").command
        if not any(param.name == "project" for param in command.params):
            project_option(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            from checkwright.registry.model.base import did_you_mean

            raise click.UsageError(f"There is no command {args[0]!r}{did_you_mean(args[0], known)}.", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the whole first sentence of each command's help: click cuts it to the width of the terminal."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.sentence(ctx, name)) for name in self.list_commands(ctx)])

    def sentence(self, ctx: click.Context, name: str) -> str:
        """Return the first sentence of a command's help, from its source: imports of all commands take long."""
        path = self._folder / self._modules()[name]
        source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
        found = _HELP.search(source)
        command = click.Command(name, help=found[1] or found[2]) if found else self.get_command(ctx, name)
        return command.get_short_help_str(limit=_SENTENCE) if command else ""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of commands without importing them: that would take longer than a key press may."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(name) for name in self.list_commands(ctx) if name.startswith(incomplete)]

    def _modules(self) -> dict[str, str]:
        """Return the modules of the folder by the names of their commands."""
        stems = [
            path.stem for path in self._folder.iterdir() if path.suffix in ("", ".py") and path.stem[0] not in "._"
        ]
        return {stem.rstrip("_"): stem for stem in stems}
