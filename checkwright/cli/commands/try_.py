"""`checkctl try ENV [HOST]`: run the checks of an environment or a host on this machine."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict
from ipaddress import ip_address

import click
from rich.live import Live
from rich.table import Table
from rich.text import Text

from checkwright.cli import console
from checkwright.cli.completion import complete_environments, complete_hosts
from checkwright.cli.entry_command import find_host
from checkwright.cli.local_run import LocalResult, run_entry
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import CannotDo
from checkwright.core.outcome import STATES, worst
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.plan import Entry, Host, Plan

_AT_ONCE = 8
#: Most hosts that an error lists.
_LISTED = 20
#: Mark of results that the real run measures on another machine.
_ELSEWHERE = "*"


@click.command("try")
@click.argument("environment", shell_complete=complete_environments)
@click.argument("host", required=False, shell_complete=complete_hosts)
@console.json_option
@pass_workspace
def command(workspace: Workspace, environment: str, host: str | None, as_json: bool) -> int:
    """Run the checks of HOST, or of all hosts of ENVIRONMENT, on this machine.

    Local checks such as disk measure this machine, even for other hosts; a * marks those results. State that real runs
    keep is read but not changed. Exits with the worst state: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
    """
    with console.status(f"resolving {environment}"):
        plan, warnings = workspace.plan(environment)
    console.print_findings(warnings, err=True)
    jobs = _jobs(plan, host)
    if not jobs:
        raise CannotDo(f"Nothing is watched {f'on {host}' if host else 'there'} in {environment}.")
    console.note(f"running the checks of {host or environment} on this machine, {socket.gethostname()}")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = [pool.submit(run_entry, plan, entry, one, workspace.project) for entry, one in jobs]
        try:
            results = _print_results(jobs, futures, quiet=as_json)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if as_json:
        rows = zip(results, jobs, strict=True)
        console.print_json([{**asdict(result), "elsewhere": _runs_elsewhere(*job)} for result, job in rows])
    if any(_runs_elsewhere(*job) for job in jobs):
        console.note(f"{_ELSEWHERE} measured this machine; the real check runs on the host")
    accounts = sorted({entry.run_as for entry, _ in jobs} - {"", _account()})
    if accounts:
        console.note(f"checks that run as {', '.join(accounts)} on their hosts ran as {_account()} here")
    counts = [(state, sum(result.state == state for result in results)) for state in STATES]
    console.note(", ".join(f"{number} {state}" for state, number in counts if number))
    return STATES.index(worst(result.state for result in results))


def _account() -> str:
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # as in a container with an arbitrary user id
        return str(number)


def _jobs(plan: Plan, name: str | None) -> list[tuple[Entry, Host]]:
    """Return the entries to run with their hosts, by host. Raises CannotDo for an unknown host."""
    if name is not None and find_host(plan, name) is None:
        names = [host.name for host in plan.hosts]
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        hint = did_you_mean(name, names)
        raise CannotDo(f"{plan.environment} has no host {name!r}{hint}; it has {', '.join(names[:_LISTED])}{more}.")
    hosts = {host.name: host for host in plan.hosts if name in (None, host.name)}
    jobs = [(entry, hosts[host]) for entry in plan.entries for host in entry.hosts if host in hosts]
    return sorted(jobs, key=lambda job: (job[1].name, job[0].name))


def _runs_elsewhere(entry: Entry, host: Host) -> bool:
    """Return True for an entry that runs on its host, if that is another machine than this one."""
    return entry.where == "host" and not _is_this_machine(host)


def _is_this_machine(host: Host) -> bool:
    try:
        address = ip_address(host.address)
    except ValueError:
        return socket.gethostname() in (host.name, host.address) or host.address == "localhost"
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))  # the kernel binds addresses of this machine only
    except OSError:
        return False
    return True


def _print_results(
    jobs: Sequence[tuple[Entry, Host]], futures: Sequence[Future[LocalResult]], *, quiet: bool
) -> list[LocalResult]:
    if quiet:
        return [future.result() for future in futures]
    if console.is_terminal():
        return _live_table(jobs, futures)
    return list(_lines(jobs, futures))


def _lines(jobs: Sequence[tuple[Entry, Host]], futures: Sequence[Future[LocalResult]]) -> Iterator[LocalResult]:
    for job, future in zip(jobs, futures, strict=True):
        result = future.result()
        console.echo(f"{result.state:<8}  {result.host}  {_marked(*job)}: {result.text}")
        yield result


def _live_table(jobs: Sequence[tuple[Entry, Host]], futures: Sequence[Future[LocalResult]]) -> list[LocalResult]:
    with Live(_table(jobs, futures), console=console.rich_console(), vertical_overflow="visible") as live:
        for _ in as_completed(futures):
            live.update(_table(jobs, futures))
    return [future.result() for future in futures]


def _table(jobs: Sequence[tuple[Entry, Host]], futures: Sequence[Future[LocalResult]]) -> Table:
    table = Table("host", "check", "state", "", header_style="bold", box=None, pad_edge=False)
    for (entry, host), future in zip(jobs, futures, strict=True):
        result = future.result() if future.done() else None
        state = Text(result.state, style=console.STYLES[result.state]) if result else Text("...", style="dim")
        table.add_row(Text(host.name), Text(_marked(entry, host)), state, Text(result.text if result else ""))
    return table


def _marked(entry: Entry, host: Host) -> str:
    return f"{entry.name}{_ELSEWHERE}" if _runs_elsewhere(entry, host) else entry.name
