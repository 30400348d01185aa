"""Members of lists of names: nested groups, exclusions, `*`, and regular expressions where they are enabled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from checkwright.registry.plan import Origin
from nagios_cfg.reader.config_text import CannotRead, Faults
from nagios_cfg.reader.templates import ResolvedObject, split_list

#: Nagios reads a name with one of these as a regular expression, unless all names are regular expressions.
_PATTERN_SIGNS = ("*", "?", "+", "\\.")


class Matcher:
    """Comparison of names with the settings of a main file."""

    def __init__(self, patterns: bool = False, all_patterns: bool = False, faults: Faults | None = None) -> None:
        """faults: collects unknown names instead of raising."""
        self._faults = faults
        self._patterns = patterns
        self._all = all_patterns

    def find(self, text: str, known: Iterable[str], kind: str, origin: Origin) -> frozenset[str]:
        """Return the names that a list selects, without those after `!`. Raises CannotRead for an unknown name."""
        included, excluded = self.parts(text, known, kind, origin)
        return frozenset(included - excluded)

    def parts(self, text: str, known: Iterable[str], kind: str, origin: Origin) -> tuple[set[str], set[str]]:
        """Return the names that a list includes, and those that it excludes. Raises CannotRead for an unknown name."""
        names = frozenset(known)
        included: set[str] = set()
        excluded: set[str] = set()
        for name in split_list(text):
            side = excluded if name.startswith("!") else included
            try:
                side |= self._one(name.removeprefix("!").strip(), names, kind, origin)
            except CannotRead as error:
                if self._faults is None:
                    raise
                self._faults.add(error)
        return included, excluded

    def _one(self, name: str, known: frozenset[str], kind: str, origin: Origin) -> frozenset[str]:
        if name == "*":
            return known
        if self._patterns and (self._all or any(sign in name for sign in _PATTERN_SIGNS)):
            try:
                pattern = re.compile(name)
            except re.error as error:
                raise CannotRead(f"{name!r} is not a valid regular expression: {error}", origin) from None
            return frozenset(one for one in known if pattern.search(one))
        if name not in known:
            is_pattern = not self._patterns and any(sign in name for sign in _PATTERN_SIGNS)
            hint = "; it may be a pattern: read the main file too, or import with --regexp" if is_pattern else ""
            raise CannotRead(f"this names the {kind} {name!r}, which is not defined{hint}", origin)
        return frozenset((name,))


def group_members(
    groups: Iterable[ResolvedObject],
    name: str,
    nested: str,
    known: Iterable[str],
    joining: Mapping[str, tuple[tuple[str, ...], Origin]],
    matcher: Matcher,
) -> dict[str, frozenset[str]]:
    """Return the members of each group: those that it lists, those of its nested groups, and those that name it.

    `name` and `nested` are the directives of a group's name and of its nested groups. `known` are the possible members.
    `joining` maps a member to the groups that it names, and its origin. Raises CannotRead.
    """
    kind = name.removesuffix("group_name")
    by_name = {group.get(name): group for group in groups}
    names = frozenset(known)
    direct: dict[str, set[str]] = {}
    without: dict[str, set[str]] = {}
    for group_name, group in by_name.items():
        direct[group_name], without[group_name] = matcher.parts(group.get("members"), names, kind, group.origin)
    for member, (named, origin) in joining.items():
        for group_name in matcher.find(",".join(named), by_name, f"{kind}group", origin):
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
        for inner in matcher.find(group.get(nested), by_name, f"{kind}group", group.origin):
            found |= members(inner, (*path, group_name))
        done[group_name] = frozenset(found - without[group_name])
        return done[group_name]

    return {group_name: members(group_name, ()) for group_name in by_name}
