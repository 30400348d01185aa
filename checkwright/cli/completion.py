"""Values that a shell completes: environments, roles, hosts, watches and checks. Errors complete to nothing."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterable
from functools import wraps

import click

from checkwright.cli.workspace import Workspace

_Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def _completer(values: Callable[[click.Context, Workspace], Iterable[str]]) -> _Complete:
    """Make a click completer from a function that returns all values. Its failures and its output are dropped."""

    @wraps(values)
    def complete(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                workspace = context.find_object(Workspace) or Workspace(None)
                return sorted({value for value in values(context, workspace) if value.startswith(incomplete)})
        except (Exception, SystemExit):  # a project that does not load: its fleet may raise anything
            return []

    return complete


@_completer
def complete_environments(_context: click.Context, workspace: Workspace) -> Iterable[str]:
    """Complete the environments of the project."""
    from checkwright.registry.loader import load

    return (environment.name for environment in load(str(workspace.project)).environments)


@_completer
def complete_hosts(context: click.Context, workspace: Workspace) -> Iterable[str]:
    """Complete the hosts of the environment that the command line names before."""
    plan, _ = workspace.plan(context.params["environment"])
    return (host.name for host in plan.hosts)


@_completer
def complete_targets(context: click.Context, workspace: Workspace) -> Iterable[str]:
    """Complete the roles, hosts and watches of the environment that the command line names before."""
    plan, _ = workspace.plan(context.params["environment"])
    parts = (plan.roles, plan.hosts, plan.entries)
    return (one.name for part in parts for one in part)


@_completer
def complete_watches(context: click.Context, workspace: Workspace) -> Iterable[str]:
    """Complete the names of the watches of the host that the command line names before."""
    plan, _ = workspace.plan(context.params["environment"])
    host = context.params["host"]
    switched_off = [off.name for off in plan.off if host in off.hosts]
    return [*switched_off, *(entry.name for entry in plan.entries if host in entry.hosts)]


@_completer
def complete_checks(_context: click.Context, workspace: Workspace) -> Iterable[str]:
    """Complete the checks of the library, of the project and of installed packages."""
    from checkwright.core.catalog import all_checks

    return (found.name for found in all_checks(str(workspace.optional_project or "")))
