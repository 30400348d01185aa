"""The command checkctl itself: its commands are the modules in `commands/`."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli.lazy_group import LazyGroup
from checkwright.cli.project_option import project_option


@click.command(
    cls=LazyGroup,
    folder=Path(__file__).with_name("commands"),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="checkwright", prog_name="checkctl")
def checkctl() -> None:
    """Write checks, declare what they watch, and compile it for Nagios and Sensu.

    Nagios and Sensu run the program `check`; people run checkctl.
    """


project_option(checkctl, is_root=True)
