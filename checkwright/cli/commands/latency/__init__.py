"""`checkctl latency`: latency of API calls, from access logs."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli.lazy_group import LazyGroup


@click.group("latency", cls=LazyGroup, folder=Path(__file__).parent)
def command() -> None:
    """Count the requests in access logs, and report which call is slow, and why."""
