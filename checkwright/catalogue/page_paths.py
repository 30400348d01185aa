"""Paths of the catalogue's pages. `checkwright.registry.catalogue_links` has those that alerts link to."""

from __future__ import annotations

from urllib.parse import quote

from checkwright.registry.catalogue_links import host_path, page_name, role_path

__all__ = [
    "check_path",
    "environment_path",
    "fragment",
    "host_list_path",
    "host_path",
    "member_list_path",
    "role_path",
    "team_path",
    "to_root",
    "watch_path",
]

INDEX = "index.html"
CHECKS = "checks.html"
EXCEPTIONS = "exceptions.html"
PARITY = "parity.html"
STYLE = "assets/style.css"
SEARCH = "assets/search.js"
ROWS = "assets/index.js"


def environment_path(environment: str) -> str:
    """Return the page of an environment."""
    return f"environment/{page_name(environment)}.html"


def host_list_path(environment: str, number: int) -> str:
    """Return a further page of an environment's list of hosts; the first one is on the page of the environment."""
    return f"hosts/{page_name(environment)}/{number}.html" if number > 1 else environment_path(environment)


def member_list_path(environment: str, role: str, number: int) -> str:
    """Return a further page of a role's list of hosts; the first one is on the page of the role."""
    return (
        f"members/{page_name(environment)}/{page_name(role)}/{number}.html"
        if number > 1
        else role_path(environment, role)
    )


def team_path(team: str) -> str:
    """Return the page of a team."""
    return f"team/{page_name(team)}.html"


def check_path(name: str) -> str:
    """Return the page of a check, or of a foreign plugin by its absolute path."""
    if name.startswith("/"):
        return f"plugin/{'/'.join(page_name(part) for part in name.split('/') if part)}.html"
    return f"check/{page_name(name)}.html"


def watch_path(environment: str, role: str, watch: str) -> str:
    """Return a watch on the page of its role."""
    return f"{role_path(environment, role)}{fragment(watch)}"


def fragment(watch: str) -> str:
    """Return the part of a link that leads to a watch on a page."""
    return f"#{quote(watch, safe='')}"


def to_root(path: str) -> str:
    """Return the relative link from a page to the folder of the catalogue: `../../`, or "" for a page in it."""
    return "../" * path.count("/")
