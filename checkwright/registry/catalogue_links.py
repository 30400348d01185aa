"""Addresses of the pages of `checkctl catalogue`. They follow from names, so that alerts can link to them.

A page's folder is its kind, so that an environment may have the name of a team or a check.
"""

from __future__ import annotations

from urllib.parse import quote

from checkwright.registry.plan import Plan


def page_name(name: str) -> str:
    """Return a name as a part of a path, equal in a URL and in a file system. Names of a registry do not change."""
    if not name.strip("."):  # "." and ".." are folders
        return name.replace(".", "~2E")
    return quote(name, safe="").replace("~", "%7E").replace("%", "~")


def host_path(environment: str, host: str) -> str:
    """Return the path of a host's page in the catalogue. The name of a watch is an anchor in it."""
    return f"host/{page_name(environment)}/{page_name(host)}.html"


def host_macro_url(plan: Plan, host: str, watch: str) -> str:
    """Return the URL of a watch on a host's page with two macros of Nagios, "" for a site without a catalogue."""
    if not plan.site.catalogue:
        return ""
    return f"{plan.site.catalogue}/host/{page_name(plan.environment)}/{host}.html#{watch}"


def role_path(environment: str, role: str) -> str:
    """Return the path of a role's page in the catalogue. The name of a watch is an anchor in it."""
    return f"role/{page_name(environment)}/{page_name(role)}.html"


def host_url(plan: Plan, host: str) -> str:
    """Return the URL of a host's page, "" for a site without a catalogue."""
    return f"{plan.site.catalogue}/{host_path(plan.environment, host)}" if plan.site.catalogue else ""


def host_annotation(plan: Plan, host: str) -> dict[str, str]:
    """Return {"catalogue": URL of the host's page}, nothing for a site without a catalogue."""
    return {"catalogue": url} if (url := host_url(plan, host)) else {}


def watch_url(plan: Plan, role: str, watch: str) -> str:
    """Return the URL of a watch on the page of its role, "" for a site without a catalogue."""
    if not plan.site.catalogue:
        return ""
    return f"{plan.site.catalogue}/{role_path(plan.environment, role)}#{quote(watch, safe='')}"
