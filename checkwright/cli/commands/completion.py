"""`checkctl completion SHELL`: the script that lets a shell complete checkctl's command lines."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from checkwright.cli import console
from checkwright.core.errors import CannotDo


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script that completes commands, environments, hosts and checks in SHELL.

    \b
    bash: checkctl completion bash > ~/.local/share/bash-completion/completions/checkctl
    zsh:  checkctl completion zsh > ~/.zfunc/_checkctl   (with ~/.zfunc in fpath, before compinit)
    fish: checkctl completion fish > ~/.config/fish/completions/checkctl.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise CannotDo(f"This version of click has no completion for {shell}.")
    console.echo(kind(context.find_root().command, {}, "checkctl", "_CHECKCTL_COMPLETE").source())
