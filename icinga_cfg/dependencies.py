"""Dependencies: on parents of hosts, on NRPE daemons, and on services that others need.

They suppress notifications of what depends on a fault, so that it is one alert. Those on NRPE daemons and on services
without which others cannot work suppress its checks as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.plan import Entry, Plan
from icinga_cfg.dsl import Object, Raw
from nagios_cfg import nrpe_daemons
from nagios_cfg.names import AGENT

_WORKS = Raw("[ OK, Warning ]")


def objects(plan: Plan) -> Iterator[Object]:
    """Yield all dependencies."""
    yield from _on_parents(plan)
    for entry in nrpe_daemons.entries_of(plan):
        for host in entry.hosts:
            yield _on_service(f"{host}.{entry.name}.needs-{AGENT}", entry, host, host, AGENT)
    yield from _on_needed(plan)


def _on_parents(plan: Plan) -> Iterator[Object]:
    for host in plan.hosts:
        for parent in host.parents:
            attributes: dict[str, object] = {
                "parent_host_name": parent,
                "child_host_name": host.name,
                "states": Raw("[ Up ]"),
                "disable_notifications": True,
            }
            if len(host.parents) > 1:
                attributes["redundancy_group"] = "parents"  # one of them is enough
            yield Object("Dependency", f"{host.name}.behind-{parent}", attributes, host.origin)


def _on_needed(plan: Plan) -> Iterator[Object]:
    by_id: dict[str, list[Entry]] = {}
    for entry in plan.entries:
        by_id.setdefault(entry.id, []).append(entry)
    for entry in plan.entries:
        for needed, checks in (*((one, True) for one in entry.needs), *((one, False) for one in entry.held_by)):
            masters = by_id.get(needed, [])
            proving = tuple(dict.fromkeys(host for master in masters for host in master.hosts))
            for host in entry.hosts:
                # What explains a problem on a machine is the watch there, if that machine has it.
                for parent_host in (host,) if not checks and host in proving else proving:
                    name = f"{host}.{entry.name}.needs-{parent_host}.{masters[0].name}"
                    yield _on_service(name, entry, host, parent_host, masters[0].name, disable_checks=checks)


def _on_service(
    name: str, entry: Entry, host: str, parent_host: str, parent: str, *, disable_checks: bool = True
) -> Object:
    attributes = {
        "parent_host_name": parent_host,
        "parent_service_name": parent,
        "child_host_name": host,
        "child_service_name": entry.name,
        "states": _WORKS,
        "disable_checks": disable_checks,
        "disable_notifications": True,
    }
    return Object("Dependency", name, attributes, entry.origin)
