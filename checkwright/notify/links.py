"""Runbooks and links of an incident, from the names in notify.json."""

from __future__ import annotations

from urllib.parse import quote

from checkwright.notify.notify_file import NotifyFile
from checkwright.registry.catalogue_links import host_path

_MOST_ROLES = 3


def runbooks(names: NotifyFile, host: str, watch: str, role: str, host_roles: str = "") -> tuple[str, ...]:
    """Return the runbook of a watch; for a host, or a watch of no role, those of the host's roles.

    host_roles: names, separated by commas.
    """
    if watch and names.knows(role, watch):
        found = names.watch(role, watch)
        url = found.runbooks.get(host, found.runbook)
        return (url,) if url else ()
    urls = [names.runbook_of_role(one) for one in (host_roles or role).split(",")]
    return tuple(dict.fromkeys(url for url in urls if url))[:_MOST_ROLES]


def links(names: NotifyFile, host: str, watch: str, role: str) -> tuple[tuple[str, str], ...]:
    """Return the pages of the catalogue and the graphs, as (title, URL)."""
    found = []
    if names.catalogue:
        anchor = f"#{quote(watch, safe='')}" if watch else ""
        found.append(("Catalogue", f"{names.catalogue}/{host_path(names.environment, host)}{anchor}"))
    if names.graphs and watch:
        url = names.graphs
        for name, value in (("environment", names.environment), ("host", host), ("role", role), ("watch", watch)):
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
        found.append(("Graph", url))
    return tuple(found)
