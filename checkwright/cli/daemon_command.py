"""Commands of checkctl that are a daemon's own program: `checkctl worker` is `checkwright-worker`.

The daemon parses its own options, so that it needs none of checkctl's packages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click
from click.shell_completion import CompletionItem

from checkwright.worker.option_parser import OptionError, OptionParser


class DaemonCommand(click.Command):
    """Command that hands its words to a daemon. run: called with the words and the name of the program."""

    def __init__(
        self,
        name: str,
        help: str,
        parser: Callable[[str], OptionParser],
        run: Callable[[Sequence[str], str], int],
    ) -> None:
        super().__init__(name, help=help)
        self._parser = parser
        self._run = run

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.args = list(args)
        return ctx.args

    def invoke(self, ctx: click.Context) -> int:
        try:
            return self._run(ctx.args, ctx.command_path)
        except OptionError as error:
            raise click.UsageError(str(error), ctx) from None
        except SystemExit as ended:  # argparse has printed the help or the version
            return int(ended.code or 0)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        flags = self._parser(ctx.command_path).flags()
        return [CompletionItem(flag) for flag in flags if flag.startswith(incomplete) and incomplete.startswith("-")]
