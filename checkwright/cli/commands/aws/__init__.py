"""`checkctl aws`: policies and alarms for accounts of AWS."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli.lazy_group import LazyGroup


@click.group("aws", cls=LazyGroup, folder=Path(__file__).parent)
def command() -> None:
    """Make IAM policies and CloudWatch alarms from the watches of AWS."""
