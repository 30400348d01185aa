"""Long lists of hosts, split into pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

#: Hosts on one page of a list.
HOSTS = 500


def pages(hosts: Sequence[object]) -> int:
    """Return the number of pages of a list, at least one."""
    return max(1, -(-len(hosts) // HOSTS))


def part(hosts: Sequence[T], number: int) -> Sequence[T]:
    """Return the hosts on a page. number: from 1."""
    return hosts[(number - 1) * HOSTS : number * HOSTS]


def links(root: str, number: int, paths: Sequence[str]) -> str:
    """Return links to the pages of a list, "" for one page. number: this page, from 1."""
    if len(paths) < 2:
        return ""
    shown = " ".join(
        f"<b>{one}</b>" if one == number else f'<a href="{root}{path}">{one}</a>' for one, path in enumerate(paths, 1)
    )
    return f'<nav class="pages" aria-label="Pages">Pages: {shown}</nav>'
