"""Addresses of graphs, from the URL of `Site(graphs=...)`."""

from __future__ import annotations

from urllib.parse import quote

from checkwright.registry.plan import Entry, Plan


def graph_url(plan: Plan, host: str, entry: Entry) -> str:
    """Return the URL of a watch's graphs on a host, "" for a site without graphs."""
    values = {"environment": plan.environment, "host": host, "role": entry.role, "watch": entry.name}
    url = plan.site.graphs
    for name, value in values.items():
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    return url
