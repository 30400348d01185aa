"""`checkctl icinga`: configuration for Icinga 2."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli.lazy_group import LazyGroup


@click.group("icinga", cls=LazyGroup, folder=Path(__file__).parent)
def command() -> None:
    """Build and verify configuration for Icinga 2."""
