"""`checkctl status ENV...`: present problems, as Nagios or Sensu knows them, with what the registry says about each."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.atomic_write import write_file
from checkwright.cli.completion import complete_environments
from checkwright.cli.sensu_key import KEY, sensu_key
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.plan import Plan
from checkwright.status import status_dat
from checkwright.status.observed import Snapshot, Unreadable
from checkwright.status.present_problems import Source, Status
from checkwright.status.present_problems import status as status_of
from checkwright.status.sensu_events import SensuApi
from checkwright.status.status_json import as_json as status_data
from checkwright.status.status_page import page
from checkwright.status.status_server import StatusServer, address_of, is_local
from checkwright.status.status_text import lines
from checkwright.web.clock import Clock


@click.command("status")
@click.argument("environments", nargs=-1, required=True, shell_complete=complete_environments)
@click.option("--nagios", "files", multiple=True, metavar="FILE", help="status.dat of a Nagios. Repeatable.")
@click.option("--sensu", "url", default="", metavar="URL", help="API of a Sensu backend.")
@click.option(
    "--sensu-key", "key_file", metavar="FILE", help=f"File with an API key for it; default: the variable {KEY}."
)
@click.option("--team", default="", help="Only problems of this team.")
@click.option("--role", default="", help="Only problems of this role.")
@click.option("--html", type=click.Path(path_type=Path), help="Write one HTML page.")
@click.option("--serve", "listen", default="", metavar="ADDRESS:PORT", help="Serve the page until stopped.")
@click.option("--allow-network", is_flag=True, help="Let --serve listen on an address that other machines can reach.")
@click.option("--name", "names", multiple=True, help="Host name that a proxy uses for --serve. Repeatable.")
@click.option(
    "--refresh", type=click.IntRange(5, 3_600), default=30, help="Seconds between reloads of the page.  [default: 30]"
)
@click.option("--zone", default="UTC", help="Time zone of the displayed times, such as Europe/Berlin.  [default: UTC]")
@console.json_option
@pass_workspace
def command(
    workspace: Workspace,
    environments: tuple[str, ...],
    files: tuple[str, ...],
    url: str,
    key_file: str | None,
    team: str,
    role: str,
    html: Path | None,
    listen: str,
    allow_network: bool,
    names: tuple[str, ...],
    refresh: int,
    zone: str,
    as_json: bool,
) -> None:
    """Show the present problems of ENVIRONMENTS by team, role and environment.

    Each problem is shown with its runbook, the reasons of overrides, and its acknowledgement or downtime. The states
    come from Nagios's status.dat, by default in one of the usual places, or from the API of a Sensu backend.

    --serve has no login and shows the output of checks, so put a proxy with a login in front of it.
    """
    if listen and (html is not None or as_json):
        raise BadUsage("--serve has the page at / and the data at /status.json: leave out --html and --json")
    address = _address(listen, allow_network=allow_network) if listen else None
    clock = Clock(zone)
    with console.status("resolving"):
        plans = [workspace.plan(environment)[0] for environment in dict.fromkeys(environments)]
    _require(plans, team, role)
    sensu = SensuApi(url, sensu_key(key_file)) if url else None
    nagios = files or (() if url else (_usual_place(),))
    read = _reader(plans, nagios, sensu, team, role)
    if address is not None:
        _serve(address, read, clock, refresh, names)
        return
    with console.status("reading"):
        found = read()
    if all(source.problem for source in found.sources):
        raise CannotDo(f"{'. '.join(source.problem for source in found.sources)}.")
    if as_json:
        console.print_json(status_data(found))
    else:
        for line in lines(found, clock):
            console.echo(line)
    if html is not None:
        write_file(html, page(found, clock))
        console.note(f"The page: {html.absolute()}")


def _reader(
    plans: list[Plan], files: tuple[str, ...], sensu: SensuApi | None, team: str, role: str
) -> Callable[[], Status]:
    """Return a function that reads all sources."""

    def read() -> Status:
        snapshots: list[Snapshot] = []
        unread: list[Source] = []
        for path in files:
            try:
                snapshots.append(status_dat.read(path))
            except Unreadable as error:
                unread.append(Source(name=path, kind="nagios", problem=str(error)))
        for plan in plans if sensu is not None else ():
            assert sensu is not None  # noqa: S101 - for mypy
            try:
                snapshots.append(sensu.snapshot(plan.environment))
            except Unreadable as error:
                unread.append(Source(name=sensu.name, kind="sensu", problem=str(error)))
        return status_of(plans, snapshots, unread, time.time(), team=team, role=role)

    return read


def _address(listen: str, *, allow_network: bool) -> tuple[str, int]:
    address, port = address_of(listen)
    if not is_local(address) and not allow_network:
        raise BadUsage(
            f"other machines reach {address}, and the page has no login: serve 127.0.0.1 behind a proxy, or add "
            "--allow-network"
        )
    return address, port


def _serve(
    address: tuple[str, int], read: Callable[[], Status], clock: Clock, refresh: int, names: tuple[str, ...]
) -> None:
    host, port = address
    ends = (signal.SIGINT, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # in the threads of the server too: this one waits for them
    try:
        server = StatusServer(host, port, read, clock, refresh=refresh, names=names)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CannotDo(f"Cannot listen on {host} port {port}: {reason}.") from None
    if not is_local(host):
        console.note(f"Warning: every machine that reaches {host} reads this page, since it has no login.")
    shown = f"[{host}]" if ":" in host else host
    console.note(f"Serving http://{shown}:{server.port}/ until Ctrl-C.")
    try:
        signal.sigwait(ends)
    finally:
        server.close()


def _usual_place() -> str:
    for place in status_dat.PLACES:
        if os.path.exists(place):
            return place
    raise CannotDo("No status.dat in the usual places: name it with --nagios FILE, or a Sensu with --sensu URL.")


def _require(plans: list[Plan], team: str, role: str) -> None:
    """Raise CannotDo for a team or role that no plan has."""
    for kind, name, known in (
        ("team", team, {one.name for plan in plans for one in plan.teams}),
        ("role", role, {one.name for plan in plans for one in plan.roles}),
    ):
        if name and name not in known:
            raise CannotDo(f"There is no {kind} {name!r}{did_you_mean(name, sorted(known))}.")
