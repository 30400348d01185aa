"""Who is meant by lists of names: groups within groups, exclusions, `*`, regular expressions where switched on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from checkwright.registry.plan import Origin
from nagios_cfg.reader.config_text import CannotRead
from nagios_cfg.reader.templates import Whole, split

#: By one of these Nagios knows a regular expression, unless all names are some.
_SIGNS = ("*", "?", "+", "\\.")


class Matcher:
    """Names as Nagios compares them."""

    def __init__(self, patterns: bool = False, all_patterns: bool = False) -> None:
        self._patterns = patterns
        self._all = all_patterns

    def find(self, text: str, among: Iterable[str], what: str, origin: Origin) -> frozenset[str]:
        """The names that a list means: those named, less those with `!`. Raises CannotRead for an unknown one."""
        known = frozenset(among)
        taken: set[str] = set()
        left_out: set[str] = set()
        for name in split(text):
            wanted = name.removeprefix("!").strip()
            (left_out if name.startswith("!") else taken).update(self._one(wanted, known, what, origin))
        return frozenset(taken - left_out)

    def parts(self, text: str, among: Iterable[str], what: str, origin: Origin) -> tuple[set[str], set[str]]:
        """What a list takes, and what it leaves out."""
        known = frozenset(among)
        taken: set[str] = set()
        left_out: set[str] = set()
        for name in split(text):
            side = left_out if name.startswith("!") else taken
            side |= self._one(name.removeprefix("!").strip(), known, what, origin)
        return taken, left_out

    def _one(self, name: str, known: frozenset[str], what: str, origin: Origin) -> frozenset[str]:
        if name == "*":
            return known
        if self._patterns and (self._all or any(sign in name for sign in _SIGNS)):
            try:
                pattern = re.compile(name)
            except re.error as error:
                raise CannotRead(f"{name!r} is no regular expression: {error}", origin) from None
            return frozenset(one for one in known if pattern.search(one))
        if name not in known:
            raise CannotRead(f"this names the {what} {name!r}, which is not defined", origin)
        return frozenset((name,))


def grouped(
    groups: Iterable[Whole],
    name: str,
    inner: str,
    known: Iterable[str],
    joining: Mapping[str, tuple[tuple[str, ...], Origin]],
    matcher: Matcher,
) -> dict[str, frozenset[str]]:
    """The members of groups by name: those listed, those of groups within, those that join by themselves.

    name, inner: the directives of the group's name and of the groups within it. known: names that may be members.
    joining: for each name the groups that it says to be in. Raises CannotRead.
    """
    what = name.removesuffix("group_name")
    by_name = {group.get(name): group for group in groups}
    names = frozenset(known)
    direct: dict[str, set[str]] = {}
    without: dict[str, set[str]] = {}
    for group_name, group in by_name.items():
        direct[group_name], without[group_name] = matcher.parts(group.get("members"), names, what, group.origin)
    for member, (wanted, origin) in joining.items():
        for group_name in matcher.find(",".join(wanted), by_name, f"{what}group", origin):
            direct[group_name].add(member)
    done: dict[str, frozenset[str]] = {}

    def members(group_name: str, path: tuple[str, ...]) -> frozenset[str]:
        if group_name in done:
            return done[group_name]
        if group_name in path:
            circle = " -> ".join((*path[path.index(group_name) :], group_name))
            raise CannotRead(f"groups contain each other: {circle}", by_name[group_name].origin)
        group = by_name[group_name]
        found = set(direct[group_name])
        for nested in matcher.find(group.get(inner), by_name, f"{what}group", group.origin):
            found |= members(nested, (*path, group_name))
        done[group_name] = frozenset(found - without[group_name])
        return done[group_name]

    return {group_name: members(group_name, ()) for group_name in by_name}
