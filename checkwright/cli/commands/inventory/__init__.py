"""`checkctl inventory`: machines that PuppetDB, EC2 or a command knows."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli.lazy_group import LazyGroup


@click.group("inventory", cls=LazyGroup, folder=Path(__file__).parent)
def command() -> None:
    """Pull hosts from PuppetDB, EC2 or a command into reviewed files, and compare them."""
