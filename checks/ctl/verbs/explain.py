"""`checkctl explain ENV HOST CHECK`: each value of a check on a host, where it came from, and why."""

from __future__ import annotations

import shlex

import click

from checks.ctl import console
from checks.ctl.commands import argv_for, host_of
from checks.ctl.session import CannotDo, Session, pass_session
from checks.registry.declared import near
from checks.registry.plan import Entry, Host, Limit, Plan

_LEVELS = {"check": "default", "watch": "watch", "override": "override"}


@click.command("explain")
@click.argument("environment")
@click.argument("host")
@click.argument("check")
@console.as_json_option
@pass_session
def command(session: Session, environment: str, host: str, check: str, as_json: bool) -> None:
    """Explain CHECK on HOST in ENVIRONMENT: each value, the file and line that said so, and why.

    CHECK is the name of a watch or of a check. For a role without machines, HOST is ROLE.ENVIRONMENT.
    """
    with console.working(f"resolving {environment}"):
        plan, _ = session.plan(environment)
    found = host_of(plan, host)
    if found is None:
        raise CannotDo(f"{environment} has no host {host!r}{near(host, [one.name for one in plan.hosts])}.")
    own = [entry for entry in plan.entries if host in entry.hosts]
    entries = [entry for entry in own if entry.name == check] or [entry for entry in own if entry.check == check]
    if not entries:
        names = sorted(entry.name for entry in own)
        raise CannotDo(
            f"Nothing called {check!r} watches {host}{near(check, names)}; there is {', '.join(names) or 'nothing'}."
        )
    if as_json:
        console.as_json([_plain(plan, entry, found) for entry in entries])
        return
    for entry in entries:
        _explain(plan, entry, found)


def _explain(plan: Plan, entry: Entry, host: Host) -> None:
    console.say(f"{entry.name} on {host.name} in {plan.environment}: {entry.summary or entry.plugin}")
    console.say(f"declared at {entry.origin} for the role {entry.role}, owned by {entry.owner}")
    console.say(f"runs {shlex.join(argv_for(plan, entry, host))}")
    console.say()
    console.table(("what", "value", "from", "where", "why"), _rows(entry))


def _rows(entry: Entry) -> list[tuple[str, str, str, str, str]]:
    limits = [
        (
            f"{limit.gauge}{f' of {limit.items}' if limit.items else ''}",
            _stated(limit),
            _LEVELS[limit.level],
            str(limit.origin),
            limit.why,
        )
        for limit in entry.limits
    ]
    settings = [
        (setting.name, setting.value, _LEVELS[setting.level], str(setting.origin), setting.why)
        for setting in entry.settings
    ]
    return limits + settings


def _stated(limit: Limit) -> str:
    """The ends that this declaration states. Of the other end nothing is said: another line's value holds there."""
    ends = (("warning", limit.warn), ("critical", limit.crit))
    return ", ".join(f"{end} {value}" for end, value in ends if value is not None)


def _plain(plan: Plan, entry: Entry, host: Host) -> dict[str, object]:
    columns = ("what", "value", "from", "where", "why")
    return {
        "id": entry.id,
        "host": host.name,
        "check": entry.check or entry.plugin,
        "summary": entry.summary,
        "owner": entry.owner,
        "runbook": entry.runbook,
        "origin": str(entry.origin),
        "command": list(argv_for(plan, entry, host)),
        "values": [dict(zip(columns, row, strict=True)) for row in _rows(entry)],
    }
