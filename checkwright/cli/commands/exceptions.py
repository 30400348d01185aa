"""`checkctl exceptions [ENV]`: every override and maintenance, what it changes, for whom, why and until when."""

from __future__ import annotations

from datetime import date, datetime

import click

from checkwright.cli import console
from checkwright.cli.session import Session, pass_session
from checkwright.registry.loader import load
from checkwright.registry.model import Override

_COLUMNS = ("environment", "what", "for", "owner", "until", "why", "where")


@click.command("exceptions")
@click.argument("environment", required=False)
@console.as_json_option
@pass_session
def command(session: Session, environment: str | None, as_json: bool) -> None:
    """List every override and maintenance of ENVIRONMENT, or of all: what, for whom, why, and until when."""
    registry = load(str(session.project))
    chosen = [registry.environment(environment)] if environment else registry.environments
    rows = [
        (
            one.name,
            "; ".join(override.changes()),
            override.covers(),
            override.role.owner.name if override.role else "all teams",
            _until(override),
            override.why,
            str(registry.relative(override.origin)),
        )
        for one in chosen
        for override in one.overrides
    ]
    rows += [
        (
            one.name,
            f"maintenance from {window.begin:%Y-%m-%d %H:%M}",
            window.covers(),
            window.role.owner.name if window.role else "all teams",
            f"{window.end:%Y-%m-%d %H:%M}{' (past)' if window.end < datetime.now() else ''}",
            window.why,
            str(registry.relative(window.origin)),
        )
        for one in chosen
        for window in one.maintenance
    ]
    if as_json:
        console.as_json([dict(zip(_COLUMNS, row, strict=True)) for row in rows])
    elif rows:
        console.table(_COLUMNS, rows)
    else:
        console.say("no overrides, no maintenance")


def _until(override: Override) -> str:
    if override.until is None:
        return "always"
    return f"{override.until}{' (past)' if override.until < date.today() else ''}"
