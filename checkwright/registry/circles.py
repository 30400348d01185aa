"""Circles in relations such as parents of hosts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def circles(parents: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """Yield each circle of parents once, as a path whose first name is also its last."""
    done: set[str] = set()
    for start in parents:
        path: list[str] = []
        steps = [(start, iter(parents[start]))] if start not in done else []
        while steps:
            name, rest = steps[-1]
            if not path or path[-1] != name:
                path.append(name)
            following = next(rest, None)
            if following is None:
                steps.pop()
                path.pop()
                done.add(name)
            elif following in path:
                yield (*path[path.index(following) :], following)
            elif following not in done and following in parents:
                steps.append((following, iter(parents[following])))
