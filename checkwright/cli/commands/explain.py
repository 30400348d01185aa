"""`checkctl explain ENV HOST [CHECK]`: what a host does, or every value of a check on it, its origin and its reason."""

from __future__ import annotations

import shlex

import click

from checkwright.catalogue import host_text
from checkwright.catalogue.plan_index import PlanIndex
from checkwright.cli import console
from checkwright.cli.completion import complete_environments, complete_hosts, complete_watches
from checkwright.cli.entry_command import entry_argv, find_host
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import CannotDo
from checkwright.registry.model import durations
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.plan import Covered, Entry, Host, Limit, Off, Plan, meaning_text, part_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.aws.alarms import Alarm

_LEVELS = {"check": "default", "team": "team", "site": "site", "watch": "watch", "override": "override"}


@click.command("explain")
@click.argument("environment", shell_complete=complete_environments)
@click.argument("host", shell_complete=complete_hosts)
@click.argument("check", required=False, shell_complete=complete_watches)
@console.json_option
@pass_workspace
def command(workspace: Workspace, environment: str, host: str, check: str | None, as_json: bool) -> None:
    """Explain HOST in ENVIRONMENT: its purpose, its watches, who is notified, and what is unusual.

    With CHECK, explain that check on HOST: every value, the file and line that set it, and the reason. CHECK is the
    name of a watch or of a check. HOST is ROLE.ENVIRONMENT for a watch that runs once per role.
    """
    with console.status(f"resolving {environment}"):
        plan, _ = workspace.plan(environment)
    found = find_host(plan, host)
    if found is None:
        raise CannotDo(f"{environment} has no host {host!r}{did_you_mean(host, [one.name for one in plan.hosts])}.")
    if check is None:
        index = PlanIndex(plan)
        if as_json:
            console.print_json(host_text.data(index, found))
            return
        for line in host_text.lines(index, found):
            console.echo(console.escape(line))
        return
    own = [entry for entry in plan.entries if host in entry.hosts]
    entries = [entry for entry in own if entry.name == check] or [entry for entry in own if entry.check == check]
    off = [one for one in plan.off if host in one.hosts and one.name == check]
    if off and not entries:
        if as_json:
            console.print_json([_plain_off(one, found) for one in off])
        for one in () if as_json else off:
            console.echo(f"{one.name} is switched off on {host} in {environment}, by the override at {one.origin}:")
            console.echo(one.why)
        return
    if not entries:
        names = sorted(entry.name for entry in own)
        guess = did_you_mean(check, names)
        raise CannotDo(f"Nothing called {check!r} watches {host}{guess}; its watches are {', '.join(names) or 'none'}.")
    engines = _cloudwatch(workspace, environment, plan, entries)
    if as_json:
        console.print_json([_plain(plan, entry, found) | _plain_engines(entry, engines) for entry in entries])
        return
    for entry in entries:
        _explain(plan, entry, found, engines)


def _cloudwatch(workspace: Workspace, environment: str, plan: Plan, entries: list[Entry]) -> list[Alarm]:
    """Return the alarms that CloudWatch has of these entries; no teams with topics, no alarms."""
    owners = {team.name for team in plan.teams if team.sns}
    if not any(entry.owner in owners for entry in entries):
        return []
    from checkwright.aws.alarms import alarms
    from checkwright.aws.aws_watches import aws_watches
    from checkwright.registry.planning import judged

    found = list(aws_watches(judged(str(workspace.project), environment)))
    return alarms(found, plan).alarms


def _alarms_of(entry: Entry, engines: list[Alarm]) -> dict[str, list[str]]:
    """Return the names of an entry's alarms by gauge."""
    found: dict[str, list[str]] = {}
    for alarm in engines:
        if alarm.watch.partition(" ")[0] == entry.id:
            found.setdefault(alarm.gauge, []).append(alarm.name)
    return found


def _plain_engines(entry: Entry, engines: list[Alarm]) -> dict[str, object]:
    return {"alarms": found} if (found := _alarms_of(entry, engines)) else {}


def _explain(plan: Plan, entry: Entry, host: Host, engines: list[Alarm]) -> None:
    console.echo(f"{entry.name} on {host.name} in {plan.environment}: {entry.summary or entry.plugin}")
    console.echo(f"declared at {entry.origin} for the role {entry.role}, owned by {entry.owner}")
    account = f" as {entry.run_as}" if entry.run_as else ""
    console.echo(f"runs{account} {shlex.join(entry_argv(plan, entry, host))}")
    for part in entry.parts:
        console.echo(console.escape(part_text(part)))
    if pool_line := _pool_line(plan, entry, host):
        console.echo(pool_line)
    if steps := _escalations(plan, entry):
        console.echo(f"a page that nobody acknowledges goes {', '.join(steps)}")
    if entry.hooks:
        console.echo(f"hooks of a Sensu agent: {', '.join(_hooks(plan, entry))}")
    for gauge, names in _alarms_of(entry, engines).items():
        console.echo(f"{gauge} is watched by Nagios or Sensu, and by CloudWatch: {', '.join(names)}")
    for window in _maintenance(plan, entry, host):
        console.echo(f"nobody is notified {window}")
    for downtime in _downtimes(plan, entry, host):
        console.echo(f"in downtime {downtime}")
    console.echo()
    console.print_table(("what", "value", "from", "where", "why"), _rows(entry))


def _pool(entry: Entry, host: Host) -> str:
    return entry.pool or (host.pool if entry.transport == "nrpe" else "")


def _pool_line(plan: Plan, entry: Entry, host: Host) -> str:
    """Return a line about the pool whose workers run the entry or query the machine's NRPE, "" without a pool."""
    pool = next((pool for pool in plan.pools if pool.name == _pool(entry, host)), None)
    if pool is None:
        return ""
    how = "run in" if entry.pool else "queried over NRPE from"
    return f"{how} the pool {pool.name} ({pool.origin}), by {', '.join(pool.workers)} on the queue {pool.queues[0]}"


def _escalations(plan: Plan, entry: Entry) -> list[str]:
    """Return steps such as `after 30m to platform`."""
    owner = next(team for team in plan.teams if team.name == entry.owner)
    steps = owner.escalations if entry.notify == "page" else ()
    return [f"after {durations.format_seconds(step.after)} to {step.to}" for step in steps]


def _hooks(plan: Plan, entry: Entry) -> list[str]:
    """Return hooks such as `biggest (critical)`."""
    hooks = {hook.name: hook for role in plan.roles if role.name == entry.role for hook in role.hooks}
    return [f"{name} ({', '.join(hooks[name].on)})" for name in entry.hooks]


def _maintenance(plan: Plan, entry: Entry, host: Host) -> list[str]:
    """Return windows such as `from 2026-12-01 22:00 to 2026-12-02 02:00, maintenance at FILE:LINE: new disks`."""
    return [
        f"from {window.begin} to {window.end}, maintenance at {window.origin}: {window.why}".replace("T", " ", 2)
        for window in plan.maintenance
        for covered in window.entries
        if _covers(covered, entry, host)
    ]


def _downtimes(plan: Plan, entry: Entry, host: Host) -> list[str]:
    """Return downtimes such as `first sunday 02:00 for 3h, declared at FILE:LINE: backup`."""
    return [
        f"{one.when} for {durations.format_seconds(one.length)}, declared at {one.origin}: {one.why}"
        for one in plan.downtimes
        if host.name in one.hosts or any(_covers(covered, entry, host) for covered in one.entries)
    ]


def _covers(covered: Covered, entry: Entry, host: Host) -> bool:
    same = (covered.entry, covered.variant) == (entry.id, entry.variant)
    return same and (not covered.hosts or host.name in covered.hosts)


def _rows(entry: Entry) -> list[tuple[str, str, str, str, str]]:
    limits = [
        (
            f"{limit.gauge}{f' of {limit.items}' if limit.items else ''}",
            _ends(limit),
            _LEVELS[limit.level],
            str(limit.origin),
            limit.why,
        )
        for limit in entry.limits
    ]
    words = [
        (
            f"{meaning.verdict}{f' of {meaning.items}' if meaning.items else ''}",
            meaning_text(meaning),
            _LEVELS[meaning.level],
            str(meaning.origin),
            meaning.why,
        )
        for meaning in entry.meanings
    ]
    settings = [
        (setting.name, setting.value, _LEVELS[setting.level], str(setting.origin), setting.why)
        for setting in entry.settings
    ]
    return limits + words + settings


def _ends(limit: Limit) -> str:
    """Return the ends that this declaration sets. The value of the other end comes from another declaration."""
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
        "command": list(entry_argv(plan, entry, host)),
        "pool": _pool(entry, host),
        "escalations": _escalations(plan, entry),
        "maintenance": _maintenance(plan, entry, host),
        "downtimes": _downtimes(plan, entry, host),
        **({"parts": [part_text(part) for part in entry.parts]} if entry.parts else {}),
        "values": [dict(zip(columns, row, strict=True)) for row in _rows(entry)],
    }
