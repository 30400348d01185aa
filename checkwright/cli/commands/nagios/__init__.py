"""`checkctl nagios`: configuration for Nagios and NRPE."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli.lazy_group import LazyGroup


@click.group("nagios", cls=LazyGroup, folder=Path(__file__).parent)
def command() -> None:
    """Build, compare and deploy configuration for Nagios and NRPE."""
