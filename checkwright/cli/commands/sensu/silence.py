"""`checkctl sensu silence ENV TARGET DURATION`: silences in a Sensu Go, by its API."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Callable, Sequence
from typing import Any

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_environments, complete_targets
from checkwright.cli.moments import Moments
from checkwright.cli.nagios_server import author, listed, reason
from checkwright.cli.sensu_key import KEY, sensu_key
from checkwright.cli.targets import Selection, select, with_children
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.core.text import clean
from checkwright.registry.plan import Plan, without_business_services
from checkwright.status.observed import Unreadable
from checkwright.status.sensu_connection import SensuConnection
from sensu.silences import Silence, covers, silences, single_silences

_FAILED = 1
#: Seconds for a list of silences.
_PATIENCE = 20.0
_DEFAULT = "http://127.0.0.1:8080"


@click.command("silence")
@click.argument("environment", shell_complete=complete_environments)
@click.argument("words", nargs=-1, metavar="[TARGET... DURATION]", shell_complete=complete_targets)
@click.option("--why", default="", help="The reason, which Sensu shows.")
@click.option("--at", "begin", default="", metavar="TIME", help="Start: 22:00, 2026-12-01 22:00, or 30m from now.")
@click.option("--until-resolved", "resolve", is_flag=True, help="End at the recovery, or after DURATION at the latest.")
@click.option("--children", is_flag=True, help="Also all hosts behind these hosts.")
@click.option("--zone", default="", metavar="NAME", help="Time zone, such as Europe/Berlin.  [default: this machine's]")
@click.option("--list", "show", is_flag=True, help="Print the silences of TARGETs, or of the namespace.")
@click.option("--cancel", is_flag=True, help="Delete the silences of TARGETs.")
@click.option("--sensu", "url", default=_DEFAULT, show_default=True, metavar="URL", help="API of a Sensu backend.")
@click.option(
    "--sensu-key", "key_file", metavar="FILE", help=f"File with an API key for it; default: the variable {KEY}."
)
@click.option("--dry-run", is_flag=True, help="Print the resources for `sensuctl create`, and send nothing.")
@console.json_option
@pass_workspace
def command(
    workspace: Workspace,
    environment: str,
    words: tuple[str, ...],
    why: str,
    begin: str,
    resolve: bool,
    children: bool,
    zone: str,
    show: bool,
    cancel: bool,
    url: str,
    key_file: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Silence TARGETs for DURATION (2h, or until 06:00), list silences, or delete them.

    A TARGET is a role, a host, a watch, HOST/WATCH, or a pattern such as 'web-*'. Sensu ends a silence itself. A
    silence with the same name is replaced. Exits with 1 if Sensu does not show the change.
    """
    if show and cancel:
        raise BadUsage("--list and --cancel exclude each other")
    if as_json and not show:
        raise BadUsage("--json belongs to --list")
    if cancel and not words:
        raise BadUsage("name the TARGETs whose silences --cancel deletes")
    if not show and not cancel and len(words) < 2:
        raise BadUsage("name TARGET and DURATION, such as: checkctl sensu silence production web-3 2h --why kernel")
    moments = Moments(zone)
    with console.status("resolving"):
        plan, _ = workspace.plan(environment)
    plan = without_business_services(plan)
    *targets, duration = (*words, "") if show or cancel else words
    selection = select(plan, targets)
    if children:
        selection = with_children(plan, selection)
    found = _silences(plan, selection, single_silences if resolve else silences)
    api = SensuConnection(url, "" if dry_run else sensu_key(key_file))
    try:
        if show or cancel:
            every = (*found, *_silences(plan, selection, single_silences))
            names = {one.name for one in every}
            known = [one for one in _known(api, environment) if not words or covers(_name(one), selection.hosts, names)]
            return _delete(api, environment, known) if cancel else _print(known, moments, as_json=as_json)
        start = moments.start(begin)
        specs = [
            silence.spec(
                environment,
                why=f"{reason(why)} ({author()})",
                creator=author(),
                begin=start if begin else 0,
                expire=moments.end(duration, start) - start,
                resolve=resolve,
            )
            for silence in found
        ]
        if dry_run:
            for spec in specs:
                console.print_json(_resource(spec))
            return 0
        return _create(api, environment, specs, moments)
    except Unreadable as error:
        raise CannotDo(f"{error}.") from None


def _silences(plan: Plan, selection: Selection, form: Callable[..., tuple[Silence, ...]]) -> tuple[Silence, ...]:
    try:
        return form(plan, selection.hosts, selection.watches)
    except KeyError as error:
        host, watch = error.args[0]
        raise CannotDo(f"Sensu has no check {watch} on {host}.") from None


def _resource(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a resource as sensuctl reads it."""
    rest = {name: value for name, value in spec.items() if name != "metadata"}
    return {"type": "Silenced", "api_version": "core/v2", "metadata": spec["metadata"], "spec": rest}


def _known(api: SensuConnection, namespace: str) -> list[dict[str, Any]]:
    return [
        one
        for one in api.all(f"namespaces/{namespace}/silenced", time.monotonic() + _PATIENCE)
        if isinstance(one, dict) and isinstance(one.get("metadata"), dict)
    ]


def _name(one: dict[str, Any]) -> str:
    return str(one["metadata"].get("name", ""))


def _path(namespace: str, name: str) -> str:
    return f"namespaces/{namespace}/silenced/{urllib.parse.quote(name, safe=':')}"


def _create(api: SensuConnection, namespace: str, specs: Sequence[dict[str, Any]], moments: Moments) -> int:
    for number, spec in enumerate(specs):
        try:
            api.put(_path(namespace, _name(spec)), spec)
        except Unreadable as error:
            made = listed([_name(one) for one in specs[:number]])
            raise Unreadable(f"{error}. Silenced before that: {made}" if made else str(error)) from None
    shown = {_name(one): one for one in _known(api, namespace)}
    if missing := [_name(spec) for spec in specs if shown.get(_name(spec), {}).get("reason") != spec["reason"]]:
        console.note(f"checkctl: {api.name} does not show {listed(missing)}")
        return _FAILED
    first = specs[0]
    begin = first["begin"] or moments.now()
    since = f"from {moments.text(begin)} " if first["begin"] else ""
    end = f"{moments.text(begin + first['expire'])}{', or recovery' if first['expire_on_resolve'] else ''}"
    console.echo(f"Silenced {since}until {end}: {clean(first['reason'])}")
    console.echo(listed([_name(spec) for spec in specs]))
    if not first["begin"]:
        console.note("Sensu reads new silences every 5 s: wait that long before you begin.")
    return 0


def _delete(api: SensuConnection, namespace: str, found: Sequence[dict[str, Any]]) -> int:
    names = [_name(one) for one in found]
    if not names:
        raise CannotDo("Sensu has no silence of these targets. Nothing was changed.")
    for name in names:
        api.delete(_path(namespace, name))
    left = {_name(one) for one in _known(api, namespace)}.intersection(names)
    if left:
        console.note(f"checkctl: {api.name} still shows {listed(sorted(left))}")
        return _FAILED
    console.echo(f"Deleted {listed(names)}")
    return 0


def _print(found: Sequence[dict[str, Any]], moments: Moments, *, as_json: bool) -> int:
    if as_json:
        console.print_json(found)
        return 0
    if not found:
        console.echo("no silences")
        return 0
    rows = [
        (
            _name(one),
            _moment(one.get("begin"), moments),
            _moment(one.get("expire_at"), moments) or ("recovery" if one.get("expire_on_resolve") else "never"),
            str(one.get("creator") or ""),
            str(one.get("reason") or ""),
        )
        for one in sorted(found, key=_name)
    ]
    console.print_table(("silence", "from", "until", "creator", "reason"), rows)
    return 0


def _moment(value: object, moments: Moments) -> str:
    return moments.text(value) if isinstance(value, int) and value > 0 else ""
