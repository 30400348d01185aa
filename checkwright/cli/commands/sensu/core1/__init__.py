"""`checkctl sensu core1`: definitions for Sensu Core 1.x."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli.lazy_group import LazyGroup


@click.group("core1", cls=LazyGroup, folder=Path(__file__).parent)
def command() -> None:
    """Build and validate definitions for Sensu Core 1.x."""
