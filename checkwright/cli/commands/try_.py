"""`checkctl try ENV [HOST]`: run the checks of an environment or a host here and now."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict

import click
from rich.live import Live
from rich.table import Table
from rich.text import Text

from checkwright.cli import console
from checkwright.cli.entry_command import host_of
from checkwright.cli.session import Session, pass_session
from checkwright.cli.trying import Tried, attempt
from checkwright.core.errors import CannotDo
from checkwright.core.outcome import STATES, worst
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.plan import Entry, Host, Plan

_AT_ONCE = 8
#: Hosts that are named to who asked for one that is not there.
_NAMED = 20


@click.command("try")
@click.argument("environment")
@click.argument("host", required=False)
@console.as_json_option
@pass_session
def command(session: Session, environment: str, host: str | None, as_json: bool) -> int:
    """Run the checks of HOST, or of all hosts of ENVIRONMENT, on this machine and now.

    What the real runs remember is read and left as it is. Ends with the worst state: 0 OK, 1 WARNING, 2 CRITICAL,
    3 UNKNOWN.
    """
    with console.working(f"resolving {environment}"):
        plan, warnings = session.plan(environment)
    console.findings(warnings)
    jobs = _jobs(plan, host)
    if not jobs:
        raise CannotDo(f"Nothing is watched {f'on {host}' if host else 'there'} in {environment}.")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = [pool.submit(attempt, plan, entry, one, session.project) for entry, one in jobs]
        try:
            done = _shown(jobs, futures, quiet=as_json)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if as_json:
        console.as_json([asdict(tried) for tried in done])
    others = sorted({entry.run_as for entry, _ in jobs} - {"", _account()})
    if others:
        console.note(f"what runs as {', '.join(others)} on its machine ran as {_account()} here")
    counts = [(state, sum(tried.state == state for tried in done)) for state in STATES]
    console.note(", ".join(f"{number} {state}" for state, number in counts if number))
    return STATES.index(worst(tried.state for tried in done))


def _account() -> str:
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # as in a container that was given any number
        return str(number)


def _jobs(plan: Plan, name: str | None) -> list[tuple[Entry, Host]]:
    if name is not None and host_of(plan, name) is None:
        names = [host.name for host in plan.hosts]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        guess = did_you_mean(name, names)
        raise CannotDo(f"{plan.environment} has no host {name!r}{guess}; it has {', '.join(names[:_NAMED])}{more}.")
    hosts = {host.name: host for host in plan.hosts if name in (None, host.name)}
    jobs = [(entry, hosts[host]) for entry in plan.entries for host in entry.hosts if host in hosts]
    return sorted(jobs, key=lambda job: (job[1].name, job[0].name))


def _shown(jobs: Sequence[tuple[Entry, Host]], futures: Sequence[Future[Tried]], *, quiet: bool) -> list[Tried]:
    if quiet:
        return [future.result() for future in futures]
    if console.on_terminal():
        return _live(jobs, futures)
    return list(_lines(futures))


def _lines(futures: Sequence[Future[Tried]]) -> Iterator[Tried]:
    for future in futures:
        tried = future.result()
        console.say(f"{tried.state:<8}  {tried.host}  {tried.watch}: {tried.text}")
        yield tried


def _live(jobs: Sequence[tuple[Entry, Host]], futures: Sequence[Future[Tried]]) -> list[Tried]:
    with Live(_table(jobs, futures), console=console.out(), vertical_overflow="visible") as live:
        for _ in as_completed(futures):
            live.update(_table(jobs, futures))
    return [future.result() for future in futures]


def _table(jobs: Sequence[tuple[Entry, Host]], futures: Sequence[Future[Tried]]) -> Table:
    table = Table("host", "check", "state", "", header_style="bold", box=None, pad_edge=False)
    for (entry, host), future in zip(jobs, futures, strict=True):
        tried = future.result() if future.done() else None
        state = Text(tried.state, style=console.STYLES[tried.state]) if tried else Text("...", style="dim")
        table.add_row(Text(host.name), Text(entry.name), state, Text(tried.text if tried else ""))
    return table
