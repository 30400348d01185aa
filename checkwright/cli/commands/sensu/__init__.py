"""`checkctl sensu`: resources for Sensu Go, and definitions for Sensu Core 1.x."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli.lazy_group import LazyGroup


@click.group("sensu", cls=LazyGroup, folder=Path(__file__).parent)
def command() -> None:
    """Build, compare and validate resources for Sensu Go, and definitions for Sensu Core 1.x."""
