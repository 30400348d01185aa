"""What Nagios or NRPE could not be told of a plan, found before anything is rendered: N001 to N016, N018, N019, N030.

Every rule is a generator of findings with the registry's file and line.
N017, about the names of the finished objects, is in render.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from checkwright.registry.findings import Finding
from checkwright.registry.plan import PLACEHOLDERS, Entry, Origin, Placeholder, Plan
from nagios_cfg import sudoers
from nagios_cfg.maintenance import window_fault
from nagios_cfg.names import AGENT, nrpe_command
from nagios_cfg.nrpe import lines
from nagios_cfg.objects import circles, name_fault
from nagios_cfg.quote import STRIPPED, Unquotable, label_fault
from nagios_cfg.services import Lines
from nagios_cfg.timeperiods import time_fault

Rule = Callable[[Plan], Iterator[Finding]]

# No quote and no dollar: the address of a runbook stands in the command that notifies.
_URL = re.compile(r"https?://[A-Za-z0-9\[][A-Za-z0-9\-._~:/?#\[\]@!&()*+,=%;]*")
_RECIPIENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(@[A-Za-z0-9][A-Za-z0-9.-]*)?")
_ADDRESS = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_.:%-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def findings(plan: Plan) -> tuple[Finding, ...]:
    """Return what the rules have to say, up to the first stage that finds an error."""
    found: list[Finding] = []
    for stage in _STAGES:
        found += (finding for rule in stage for finding in rule(plan))
        if any(finding.severity == "error" for finding in found):
            break
    return tuple(found)


def names(plan: Plan) -> Iterator[Finding]:
    """N001: a name that Nagios, NRPE or the name of a file cannot have."""
    for what, name, origin in _named(plan):
        fault = name_fault(name)
        if not fault and what in ("environment", "role", "host") and ("/" in name or name.startswith(".")):
            fault = "holds '/' or begins with '.', and it becomes the name of a file"
        if fault:
            yield _error("N001", origin, f"the {what} name {name!r} {fault}", "rename it")


def _named(plan: Plan) -> Iterator[tuple[str, str, Origin | None]]:
    """All names, with what has them and where."""
    yield "environment", plan.environment, None
    yield from (("team", team.name, team.origin) for team in plan.teams)
    yield from (("role", role.name, role.origin) for role in plan.roles)
    yield from (("host", host.name, host.origin) for host in plan.hosts)
    yield from (("hours", hours.name, hours.origin) for hours in plan.hours)
    for entry in plan.entries:
        yield "watch", entry.name, entry.origin
        yield "watch", nrpe_command(entry), entry.origin
        if entry.family:
            yield "family", entry.family, entry.origin


def references(plan: Plan) -> Iterator[Finding]:
    """N002: something that the plan names but does not hold."""
    for who, known, kind, targets, origin in _wanted(plan):
        for target in () if known.issuperset(targets) else targets:
            if target not in known:
                yield _error("N002", origin, f"{who} names the {kind} {target!r}, which the plan does not hold")


def _wanted(plan: Plan) -> Iterator[tuple[str, set[str], str, tuple[str, ...], Origin]]:
    """Who names what: the names that there are, their kind, those that are named, and where."""
    teams = {team.name for team in plan.teams}
    roles = {role.name for role in plan.roles}
    hosts = {host.name for host in plan.hosts}
    hours = {period.name for period in plan.hours}
    pools = {pool.name for pool in plan.pools}
    for team in plan.teams:
        if team.office_hours:
            yield f"team {team.name!r}", hours, "hours", (team.office_hours,), team.origin
        told = tuple(step.to for step in team.escalations)
        yield f"team {team.name!r}", teams, "team", told, team.origin
    for role in plan.roles:
        yield f"role {role.name!r}", teams, "team", (role.owner,), role.origin
        yield f"role {role.name!r}", hosts, "host", role.hosts, role.origin
    for host in plan.hosts:
        yield f"host {host.name!r}", roles, "role", host.roles, host.origin
        yield f"host {host.name!r}", hosts, "host", host.parents, host.origin
        yield f"host {host.name!r}", pools, "pool", (host.pool,) if host.pool else (), host.origin
    for entry in plan.entries:
        if (
            entry.owner in teams
            and entry.role in roles
            and hosts.issuperset(entry.hosts)
            and hours.issuperset(entry.quiet)
            and (not entry.pool or entry.pool in pools)
        ):
            continue  # nearly all
        who = f"watch {entry.id!r}"
        yield who, teams, "team", (entry.owner,), entry.origin
        yield who, roles, "role", (entry.role,), entry.origin
        yield who, hosts, "host", entry.hosts, entry.origin
        yield who, hours, "hours", entry.quiet, entry.origin
        yield who, pools, "pool", (entry.pool,) if entry.pool else (), entry.origin
    ids = {entry.id for entry in plan.entries}
    for window in plan.maintenance:
        covered = tuple(covered.entry for covered in window.entries)
        named = (*window.hosts, *(host for one in window.entries for host in one.hosts))
        yield "a maintenance", ids, "watch", covered, window.origin
        yield "a maintenance", hosts, "host", named, window.origin


def duplicates(plan: Plan) -> Iterator[Finding]:
    """N003: two things of one name where Nagios has room for one."""
    for what, named in (
        ("team", [(team.name, team.origin) for team in plan.teams]),
        ("role", [(role.name, role.origin) for role in plan.roles]),
        ("host", [(host.name, host.origin) for host in plan.hosts]),
        ("hours", [(hours.name, hours.origin) for hours in plan.hours]),
    ):
        first: dict[str, Origin] = {}
        for name, origin in named:
            if name in first:
                message = f"there are two of the {what} {name!r}, first at {first[name]}"
                yield _error("N003", origin, message, "rename one of them")
            first.setdefault(name, origin)
    taken: dict[str, set[str]] = {}
    twice: dict[str, None] = {}
    for entry in plan.entries:
        on = taken.setdefault(entry.name, set())
        if not on.isdisjoint(entry.hosts):
            twice[entry.name] = None
        on.update(entry.hosts)
    for name in twice:
        yield from _services_twice(plan, name)


def _services_twice(plan: Plan, name: str) -> Iterator[Finding]:
    taken: dict[str, Entry] = {}
    for entry in plan.entries:
        for host in entry.hosts if entry.name == name else ():
            other = taken.setdefault(host, entry)
            if other is not entry:
                both = f"{entry.id!r} and {other.id!r} ({other.origin})"
                message = f"{both} bring the service {entry.name!r} to host {host!r}"
                yield _error("N003", entry.origin, message, 'give one of the watches a name="..."')


def reserved(plan: Plan) -> Iterator[Finding]:
    """N018: a watch that has the name of the service that stands for a host's NRPE daemon."""
    agents = {host for entry in plan.entries if entry.transport == "nrpe" for host in entry.hosts}
    for entry in plan.entries:
        if entry.name == AGENT and not agents.isdisjoint(entry.hosts):
            message = f"{entry.id!r} has the name of the service that is made for each NRPE daemon"
            yield _error("N018", entry.origin, message, 'leave the watch out, or give it another name="..."')


def parents(plan: Plan) -> Iterator[Finding]:
    """N004: hosts that are their own parents."""
    origins = {host.name: host.origin for host in plan.hosts}
    for circle in circles({host.name: host.parents for host in plan.hosts}):
        yield _error("N004", origins[circle[0]], f"hosts are their own parents: {' -> '.join(circle)}")


def addresses(plan: Plan) -> Iterator[Finding]:
    """N005: a host whose address is missing or could not stand in a command."""
    for host in plan.hosts:
        if not host.address and not host.virtual:
            yield _error("N005", host.origin, f"host {host.name!r} has no address", "give it an IP address or a name")
        elif host.address and not _ADDRESS.fullmatch(host.address):
            message = f"the address {host.address!r} of host {host.name!r} is neither an IP address nor a host name"
            yield _error("N005", host.origin, message)


def labels(plan: Plan) -> Iterator[Finding]:
    """N006: a label whose value Nagios would change on its way into a command."""
    for host in plan.hosts:
        for name, value in sorted(host.labels.items()):
            fault = label_fault(value)
            if fault:
                hint = f"labels cannot hold {STRIPPED}"
                yield _error("N006", host.origin, f"label {name!r} of host {host.name!r}: {value!r} {fault}", hint)


def recipients(plan: Plan) -> Iterator[Finding]:
    """N007: a team that cannot be written to."""
    for team in plan.teams:
        if not team.email:
            yield _error("N007", team.origin, f"team {team.name!r} has no e-mail address")
        for what, value in (("e-mail address", team.email), ("pager", team.page)):
            if value and not _RECIPIENT.fullmatch(value):
                message = f"the {what} {value!r} of team {team.name!r} is not one that a mail program can be given"
                yield _error("N007", team.origin, message, "name@example.com, or the name of a local alias")


def hours(plan: Plan) -> Iterator[Finding]:
    """N008: times of the week that Nagios would read otherwise or never match."""
    for period in plan.hours:
        for day, ranges in period.times:
            fault = time_fault(day, ranges)
            if fault:
                yield _error("N008", period.origin, f"hours {period.name!r}: {fault}")
    for window in plan.maintenance:
        if fault := window_fault(window):
            yield _error("N008", window.origin, f"a maintenance: {fault}")


def runbooks(plan: Plan) -> Iterator[Finding]:
    """N009: a runbook that is no URL."""
    for what, name, url, origin in (
        *(("role", role.name, role.runbook, role.origin) for role in plan.roles),
        *(("watch", entry.id, entry.runbook, entry.origin) for entry in plan.entries),
    ):
        if url and not _URL.fullmatch(url):
            message = f"the runbook {url!r} of {what} {name!r} is not a URL that Nagios can carry"
            yield _error("N009", origin, message, "http:// or https://, with a quote as %27 and a dollar as %24")


def numbers(plan: Plan) -> Iterator[Finding]:
    """N010: times and counts that Nagios refuses."""
    for entry in plan.entries:
        for what, value in (
            ("interval", entry.interval),
            ("retry interval", entry.retry),
            ("number of attempts", entry.attempts),
            ("deadline", entry.deadline),
        ):
            if value < 1:
                yield _error("N010", entry.origin, f"the {what} of {entry.id!r} is {value} and must be at least 1")
    if not 1 <= plan.site.nrpe_port <= 65535:
        yield _error("N010", None, f"the site's NRPE port is {plan.site.nrpe_port} and must be from 1 to 65535")


def office_hours(plan: Plan) -> Iterator[Finding]:
    """N011: notify="office-hours" for a team that has none."""
    without = {team.name for team in plan.teams if not team.office_hours}
    for entry in plan.entries:
        if entry.notify == "office-hours" and entry.owner in without:
            message = f"{entry.id!r} notifies in office hours, and team {entry.owner!r} has none"
            yield _error("N011", entry.origin, message, "give the team office_hours, or choose another level")


def secrets(plan: Plan) -> Iterator[Finding]:
    """N012: a secret in an environment variable, which neither Nagios nor NRPE can set without showing it, nor sudo."""
    for entry in plan.entries:
        for secret in entry.secrets:
            if secret.kind == "env" and (entry.transport != "passive" or entry.run_as):
                source = f"its {secret.option} from the environment variable {secret.where}"
                why = "Nagios sets none" if entry.transport != "passive" else f"sudo to {entry.run_as} takes it away"
                message = f"{entry.id!r} takes {source}, and {why}"
                yield _error("N012", entry.origin, message, f'{secret.option}=Secret(file="{plan.site.secrets}/...")')


def placeholders(plan: Plan) -> Iterator[Finding]:
    """N013: a placeholder that has no value on a host that the entry covers."""
    hosts = {host.name: host for host in plan.hosts}
    #: By the command, which many entries share and the plan keeps alive.
    used: dict[int, list[str]] = {}
    for entry in plan.entries:
        if id(entry.command) not in used:
            parts = {part for word in entry.command for part in word}
            used[id(entry.command)] = sorted(part.name for part in parts if isinstance(part, Placeholder))
        for name in used[id(entry.command)]:
            label = name.removeprefix("label.")
            if label == name and name not in PLACEHOLDERS:
                hint = "{" + "}, {".join(PLACEHOLDERS) + "} or {label.NAME}"
                yield _error("N013", entry.origin, f"{entry.id!r} holds {{{name}}}, which is no placeholder", hint)
                continue
            covered = [hosts[name] for name in entry.hosts]
            lacking = [host for host in covered if label != name and label not in host.labels]
            if lacking:
                first = f"host {lacking[0].name!r} ({lacking[0].origin})"
                more = f" and {len(lacking) - 1} more of its hosts lack" if lacking[1:] else " lacks"
                message = f"{entry.id!r} needs the label {label!r}, which {first}{more}"
                yield _error("N013", entry.origin, message)
            homeless = [host.name for host in covered if name == "address" and not host.address]
            if homeless:
                message = f"{entry.id!r} needs the address of {homeless[0]!r}, a role without machines"
                yield _error("N013", entry.origin, message)


def executables(plan: Plan) -> Iterator[Finding]:
    """N014: a command that does not begin with an absolute path, or a variable that env(1) could not set."""
    if not plan.site.plugins.startswith("/") or not plan.site.plugins.isprintable():
        yield _error("N014", None, f"the site's folder of plugins, {plan.site.plugins!r}, is not an absolute path")
    for what, path in (("mail", plan.site.mail), ("page", plan.site.page)):
        if not path.startswith("/") or not path.isprintable():
            yield _error("N014", None, f"the site's program {what}, {path!r}, is not an absolute path")
    for entry in plan.entries:
        executable = entry.command[0] if entry.command else ()
        path = "".join(part for part in executable if isinstance(part, str))
        if not path.startswith("/"):
            message = f"{entry.id!r} runs {path!r}, and Nagios needs the absolute path of a program"
            yield _error("N014", entry.origin, message)
        for name, _ in entry.env:
            if not _VARIABLE.fullmatch(name):
                yield _error("N014", entry.origin, f"{entry.id!r} sets {name!r}, which is no environment variable")
        if entry.env and "=" in path:
            message = f"{entry.id!r} runs {path!r}, which env(1) would take for a variable"
            yield _error("N014", entry.origin, message, "rename the program, or set no environment variables")


def commands(plan: Plan) -> Iterator[Finding]:
    """N015: a command that cannot be handed over as it is, a NUL or a line that is too long."""
    central = Lines(plan)
    hosts = {host.name: host for host in plan.hosts}
    for entry in plan.entries:
        if entry.transport == "passive":
            continue
        try:
            central.of(entry)
            if entry.transport == "nrpe":
                list(lines(entry, plan, hosts))
        except Unquotable as fault:
            yield _error("N015", entry.origin, f"{entry.id!r} cannot be run by Nagios: {fault}")


def pools(plan: Plan) -> Iterator[Finding]:
    """N030: what a line of the broker module's configuration, or a worker's command line, could not hold."""
    for pool in plan.pools:
        words = (*pool.queues, *pool.servers, *pool.via, *pool.plugins, *((pool.key_file,) if pool.key_file else ()))
        for word in ("",) if not pool.queues or not pool.servers else words:
            if not word or not word.isprintable() or " " in word:
                message = f"the pool {pool.name!r} has {word!r}, which is no queue, server or path" if word else ""
                message = message or f"the pool {pool.name!r} has no queue or no server"
                yield _error("N030", pool.origin, message)


def accounts(plan: Plan) -> Iterator[Finding]:
    """N019: a command that runs as another account, and that sudo could not be told of to the letter."""
    hosts = {host.name: host for host in plan.hosts}
    for entry in plan.entries:
        try:
            list(sudoers.lines(entry, plan, hosts))
        except Unquotable as fault:
            yield _error("N019", entry.origin, f"{entry.id!r} cannot be run as {entry.run_as}: {fault}")


def empty(plan: Plan) -> Iterator[Finding]:
    """N016: nothing to watch."""
    if not any(entry.hosts for entry in plan.entries):
        message = f"nothing is watched in {plan.environment}, and Nagios does not start without a service"
        yield Finding("N016", "warning", None, message, "attach a role with watches to the environment")


# A stage runs when those before it found no error, because its rules follow names and placeholders.
_STAGES: tuple[tuple[Rule, ...], ...] = (
    (names, references, duplicates, reserved),
    (
        parents,
        addresses,
        labels,
        recipients,
        hours,
        runbooks,
        numbers,
        office_hours,
        secrets,
        placeholders,
        executables,
        pools,
        empty,
    ),
    (commands, accounts),
)


def _error(id: str, origin: Origin | None, message: str, hint: str = "") -> Finding:
    return Finding(id, "error", origin, message, hint)
