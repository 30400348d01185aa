"""`checkctl coverage [ENV...]`: machines, roles, ports, services and runbooks that nobody looks after."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.watch_example import example_watch
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.catalog import find
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.core.regular_file import read_regular
from checkwright.coverage.coverage_model import Item, Section
from checkwright.coverage.coverage_sections import Environment, as_of, sections
from checkwright.coverage.runbooks import ask_by_http, runbook_items
from checkwright.inventory.facts_file import Facts, FactsError, facts_path, loads_facts
from checkwright.parity.compare_with_roles import parity_of
from checkwright.registry.findings import FindingsError
from checkwright.registry.inventory import inventory_path
from checkwright.registry.loader import load
from checkwright.registry.planning import lint, plan_of
from checkwright.registry.registry import Registry
from checkwright.registry.rules.override_rules import ExpiredOverride

_REFERENCE = "production"
_LARGEST = 100_000_000
_SHOWN = 10
_SHOWN_HOSTS = 3
_SIGNS = {"finding": "-", "warning": "?", "note": " "}


@click.command("coverage")
@click.argument("environments", nargs=-1, metavar="[ENVIRONMENT]...", shell_complete=complete_environments)
@click.option("--live", is_flag=True, help="Also ask the servers of all runbooks.")
@click.option(
    "--reference",
    default="",
    metavar="ENV",
    shell_complete=complete_environments,
    help=f"Environment whose roles the others should have. Default: {_REFERENCE}.",
)
@click.option(
    "--ignore-port", "ports", type=click.IntRange(1, 65_535), multiple=True, help="Port to leave out. Repeatable."
)
@click.option("--all", "everything", is_flag=True, help="List all items, and all hosts of each.")
@click.option("--check", is_flag=True, help="Exit with 1 if there is a finding.")
@console.json_option
@pass_workspace
def command(
    workspace: Workspace,
    environments: tuple[str, ...],
    live: bool,
    reference: str,
    ports: tuple[int, ...],
    everything: bool,
    check: bool,
    as_json: bool,
) -> int:
    """Find gaps, such as machines, ports and checks that no watch covers. Default: all environments.

    It reads the registry and the snapshots that checkctl inventory pull wrote next to the inventories, and connects to
    nothing except, with --live, the servers of runbooks. A line that begins with - is a finding, and ? marks something
    to look at; the others are suggestions.
    """
    registry = load(str(workspace.project))
    names = list(environments or (one.name for one in registry.environments))
    reference = reference or (_REFERENCE if _REFERENCE in (one.name for one in registry.environments) else "")
    with console.status("resolving every environment"):
        findings = lint(str(workspace.project)).findings
        errors = tuple(one for one in findings if one.severity == "error" and one.id != ExpiredOverride.id)
        if errors:
            raise FindingsError(errors)
        covered = [Environment(plan_of(registry, name).plan, tuple(_snapshots(registry, name))) for name in names]
        compared = list(dict.fromkeys([*names, *([reference] if reference else [])]))
        found = sections(covered, findings, parity_of(registry, compared), reference, frozenset(ports))
    found.append(_runbooks(covered, live))
    if as_json:
        suggested = {
            check: _suggestion(workspace, check) for one in found for item in one.items for check in item.checks
        }
        console.print_json(
            {"facts": as_of(covered), "sections": [asdict(one) for one in found], "suggestions": suggested}
        )
    else:
        for line in _lines(workspace, covered, found, everything):
            console.echo(console.escape(line))
    return 1 if check and any(one.findings for one in found) else 0


def _snapshots(registry: Registry, name: str) -> Iterator[Facts]:
    environment = registry.environment(name)
    for file in environment.inventory:
        path = facts_path(inventory_path(registry, environment, file))
        if path.endswith(".facts.json") and os.path.exists(path):
            try:
                yield loads_facts(read_regular(path, _LARGEST).decode("utf-8"))
            except (FactsError, UnicodeDecodeError) as error:
                message = error if isinstance(error, FactsError) else "the snapshot is not text in UTF-8"
                raise CannotDo(f"{Path(path).relative_to(registry.folder)}: {message}.") from None
            except OSError as error:
                raise CannotDo(f"{path} cannot be read: {error.strerror}.") from None


def _runbooks(covered: Sequence[Environment], live: bool) -> Section:
    title = "Runbooks that do not answer"
    if not live:
        return Section("runbooks", title, unread="not asked for: --live asks their servers")
    with console.status("asking for runbooks"):
        return Section("runbooks", title, runbook_items([one.plan for one in covered], ask_by_http))


def _lines(
    workspace: Workspace, covered: Sequence[Environment], found: Sequence[Section], everything: bool
) -> Iterator[str]:
    for file, time in as_of(covered).items():
        yield f"{file}: facts as of {time}"
    # Sections with items first: an empty one is a line of its own.
    for section in sorted(found, key=lambda one: not one.items):
        number = f": {len(section.items)}" if not section.unread else f": {section.unread}"
        yield f"{section.title}{number}"
        shown = section.items if everything else section.items[:_SHOWN]
        for item in shown:
            yield from _item(workspace, item, everything)
        if len(section.items) > len(shown):
            yield f"  and {len(section.items) - len(shown)} more (--all lists them)"
        if section.items:
            yield ""


def _item(workspace: Workspace, item: Item, everything: bool) -> Iterator[str]:
    environment = f"{item.environment}: " if item.environment else ""
    hosts = item.hosts if everything else item.hosts[:_SHOWN_HOSTS]
    more = f" and {len(item.hosts) - len(hosts)} more" if len(item.hosts) > len(hosts) else ""
    names = f": {', '.join(hosts)}{more}" if hosts else ""
    place = f" ({item.place})" if item.place else ""
    yield f"  {_SIGNS[item.severity]} {environment}{item.text}{names}{place}"
    for check in item.checks:
        suggestion = _suggestion(workspace, check, item.port)
        if suggestion:
            yield f"      {suggestion}"


def _suggestion(workspace: Workspace, check: str, port: int = 0) -> str:
    """Return a watch to paste, such as `Watch(TcpPort(host="{address}", port=8443)),`, "" for an unknown check."""
    if check == "tcp_port" and port:
        return f'Watch(TcpPort(host="{{address}}", port={port}), where="central"),'
    try:
        return f"{example_watch(find(check, str(workspace.project)))},"
    except BadUsage:
        return ""
