"""The command that an entry of a plan runs for one host."""

from __future__ import annotations

from checkwright.registry.plan import Entry, Host, Plan
from nagios_cfg.quote import argv_on_host, fill_shared


def host_of(plan: Plan, name: str) -> Host | None:
    return next((host for host in plan.hosts if host.name == name), None)


def argv_for(plan: Plan, entry: Entry, host: Host) -> tuple[str, ...]:
    """The entry's argv with the host's own values in it. A plan has them all: rule R012 saw to it."""
    return argv_on_host(host, fill_shared(entry.command, plan.environment, entry.role))
