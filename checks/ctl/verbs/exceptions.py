"""`checkctl exceptions [ENV]`: every override, what it changes, for whom, why and until when."""

from __future__ import annotations

from datetime import date

import click

from checks.ctl import console
from checks.ctl.session import Session, pass_session
from checks.registry.loader import load
from checks.registry.model import Override

_COLUMNS = ("environment", "what", "for", "owner", "until", "why", "where")


@click.command("exceptions")
@click.argument("environment", required=False)
@console.as_json_option
@pass_session
def command(session: Session, environment: str | None, as_json: bool) -> None:
    """List every override of ENVIRONMENT, or of all: what it changes, for whom, why, and until when."""
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
            str(registry.shown(override.origin)),
        )
        for one in chosen
        for override in one.overrides
    ]
    if as_json:
        console.as_json([dict(zip(_COLUMNS, row, strict=True)) for row in rows])
    elif rows:
        console.table(_COLUMNS, rows)
    else:
        console.say("no overrides")


def _until(override: Override) -> str:
    if override.until is None:
        return "always"
    return f"{override.until}{' (past)' if override.until < date.today() else ''}"
