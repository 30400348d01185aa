"""Pages of environments: their roles and hosts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checkwright.catalogue import frame, host_lists, page_paths
from checkwright.catalogue.frame import Frame, link, text
from checkwright.catalogue.phrases import plural
from checkwright.catalogue.plan_index import PlanIndex
from checkwright.registry.plan import Host


def pages(index: PlanIndex, frame_: Frame) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of an environment's page, and of further pages of its list of hosts."""
    environment = index.plan.environment
    hosts = index.machines
    paths = [page_paths.host_list_path(environment, number) for number in range(1, host_lists.pages(hosts) + 1)]
    content = f"{_about(index)}{_roles(index)}<h2>{plural(len(hosts), 'host')}</h2>{_hosts(index, paths, 1)}"
    yield paths[0], frame_.page(paths[0], environment, (), content)
    for number, path in enumerate(paths[1:], 2):
        crumbs = [(environment, paths[0])]
        yield path, frame_.page(path, f"Hosts of {environment}, page {number}", crumbs, _hosts(index, paths, number))


def night_watches(index: PlanIndex) -> int:
    """Return the number of watches that may ring a pager at night."""
    return len({entry.id for entry in index.plan.entries if index.recipients.of(entry).at_night})


def _about(index: PlanIndex) -> str:
    plan = index.plan
    changes = len(plan.overrides)
    pairs = [
        ("Hosts", f"{len(index.machines):,}"),
        ("Watches", f"{len({entry.id for entry in plan.entries}):,}; {night_watches(index)} page at night"),
        ("Exceptions", link("../", page_paths.EXCEPTIONS, plural(changes, "override")) if changes else "none"),
        ("Pools", text(", ".join(pool.name for pool in plan.pools))),
        ("Times are in", text(plan.routes.time_zone) if plan.routes else "the zone of the monitoring server"),
    ]
    return frame.facts(pairs)


def _roles(index: PlanIndex) -> str:
    rows = []
    for role in index.plan.roles:
        watches = index.watches_of(role.name)
        cells = [
            ("Does", text(role.summary)),
            ("Team", link("../", page_paths.team_path(role.owner), role.owner)),
            ("Hosts", f"{len(role.hosts):,}"),
            ("Watches", f"{len(watches):,}"),
        ]
        rows.append(frame.row(link("../", page_paths.role_path(index.plan.environment, role.name), role.name), cells))
    return f"<h2>{plural(len(rows), 'role')}</h2>{frame.table(('Role', 'Does', 'Team', 'Hosts', 'Watches'), rows)}"


def _hosts(index: PlanIndex, paths: Sequence[str], number: int) -> str:
    root = page_paths.to_root(paths[number - 1])
    rows = [_host(index, host, root) for host in host_lists.part(index.machines, number)]
    return frame.table(("Host", "Address", "Roles"), rows) + host_lists.links(root, number, paths)


def _host(index: PlanIndex, host: Host, root: str) -> str:
    environment = index.plan.environment
    roles = ", ".join(link(root, page_paths.role_path(environment, name), name) for name in host.roles)
    cells = [("Address", f"<code>{text(host.address)}</code>"), ("Roles", roles)]
    return frame.row(link(root, page_paths.host_path(environment, host.name), host.name), cells)
