"""Command line that an entry of a plan runs for one host."""

from __future__ import annotations

from checkwright.registry.plan import Entry, Host, Plan
from nagios_cfg.quote import argv_on_host, fill_shared


def find_host(plan: Plan, name: str) -> Host | None:
    return next((host for host in plan.hosts if host.name == name), None)


def entry_argv(plan: Plan, entry: Entry, host: Host) -> tuple[str, ...]:
    """Return the entry's argv with the host's values in it. Rule R012 ensures that a plan has all of them."""
    return argv_on_host(host, fill_shared(entry.command, plan.environment, entry.role))
