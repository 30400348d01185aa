"""`checkctl explain ENV HOST CHECK`: each value of a check on a host, where it came from, and why."""

from __future__ import annotations

import shlex

import click

from checkwright.cli import console
from checkwright.cli.entry_command import argv_for, host_of
from checkwright.cli.session import Session, pass_session
from checkwright.core.errors import CannotDo
from checkwright.registry.model import durations
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.plan import Entry, Host, Limit, Off, Plan

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
        raise CannotDo(f"{environment} has no host {host!r}{did_you_mean(host, [one.name for one in plan.hosts])}.")
    own = [entry for entry in plan.entries if host in entry.hosts]
    entries = [entry for entry in own if entry.name == check] or [entry for entry in own if entry.check == check]
    off = [one for one in plan.off if host in one.hosts and one.name == check]
    if off and not entries:
        if as_json:
            console.as_json([_plain_off(one, found) for one in off])
        for one in () if as_json else off:
            console.say(f"{one.name} is switched off on {host} in {environment}, by the override at {one.origin}:")
            console.say(one.why)
        return
    if not entries:
        names = sorted(entry.name for entry in own)
        guess = did_you_mean(check, names)
        raise CannotDo(f"Nothing called {check!r} watches {host}{guess}; there is {', '.join(names) or 'nothing'}.")
    if as_json:
        console.as_json([_plain(plan, entry, found) for entry in entries])
        return
    for entry in entries:
        _explain(plan, entry, found)


def _explain(plan: Plan, entry: Entry, host: Host) -> None:
    console.say(f"{entry.name} on {host.name} in {plan.environment}: {entry.summary or entry.plugin}")
    console.say(f"declared at {entry.origin} for the role {entry.role}, owned by {entry.owner}")
    account = f" as {entry.run_as}" if entry.run_as else ""
    console.say(f"runs{account} {shlex.join(argv_for(plan, entry, host))}")
    pooled = _pooled(plan, entry, host)
    if pooled:
        console.say(pooled)
    steps = _escalations(plan, entry)
    if steps:
        console.say(f"a page that nobody acknowledges is told {', '.join(steps)}")
    if entry.hooks:
        console.say(f"hooks of a Sensu agent: {', '.join(_hooks(plan, entry))}")
    for said in _maintenance(plan, entry, host):
        console.say(f"nobody is told {said}")
    console.say()
    console.table(("what", "value", "from", "where", "why"), _rows(entry))


def _pool(entry: Entry, host: Host) -> str:
    return entry.pool or (host.pool if entry.transport == "nrpe" else "")


def _pooled(plan: Plan, entry: Entry, host: Host) -> str:
    """Which pool's workers run it or ask the machine's NRPE; nothing where Nagios or an agent does."""
    pool = next((pool for pool in plan.pools if pool.name == _pool(entry, host)), None)
    if pool is None:
        return ""
    how = "run in" if entry.pool else "asked over NRPE from"
    return f"{how} the pool {pool.name} ({pool.origin}), by {', '.join(pool.workers)} on the queue {pool.queues[0]}"


def _escalations(plan: Plan, entry: Entry) -> list[str]:
    """Such as `after 30m to platform`."""
    owner = next(team for team in plan.teams if team.name == entry.owner)
    steps = owner.escalations if entry.notify == "page" else ()
    return [f"after {durations.shown(step.after)} to {step.to}" for step in steps]


def _hooks(plan: Plan, entry: Entry) -> list[str]:
    """Such as `biggest (critical)`."""
    hooks = {hook.name: hook for role in plan.roles if role.name == entry.role for hook in role.hooks}
    return [f"{name} ({', '.join(hooks[name].on)})" for name in entry.hooks]


def _maintenance(plan: Plan, entry: Entry, host: Host) -> list[str]:
    """Such as `from 2026-12-01 22:00 to 2026-12-02 02:00, by the maintenance at FILE:LINE: new disks`."""
    return [
        f"from {window.begin} to {window.end}, by the maintenance at {window.origin}: {window.why}".replace("T", " ", 2)
        for window in plan.maintenance
        for covered in window.entries
        if (covered.entry, covered.variant) == (entry.id, entry.variant)
        if not covered.hosts or host.name in covered.hosts
    ]


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


def _plain_off(off: Off, host: Host) -> dict[str, object]:
    return {"id": off.id, "host": host.name, "owner": off.owner, "off": True, "origin": str(off.origin), "why": off.why}


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
        "pool": _pool(entry, host),
        "escalations": _escalations(plan, entry),
        "maintenance": _maintenance(plan, entry, host),
        "values": [dict(zip(columns, row, strict=True)) for row in _rows(entry)],
    }
