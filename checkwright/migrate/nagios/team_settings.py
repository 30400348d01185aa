"""Settings of notification that most watches of a team share: the team states them once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from checkwright.migrate.draft import DraftRole, DraftWatch, Pairs, Value
from checkwright.registry.plan import NOTIFY_ON

#: The defaults of the registry.
_USUAL: Mapping[str, Value] = {"renotify": "1h", "notify_after": "0s", "notify_on": NOTIFY_ON}


def team_settings(roles: Iterable[DraftRole]) -> tuple[tuple[DraftRole, ...], dict[str, Pairs]]:
    """Return the roles, and the settings of each team. Each watch of `roles` states all settings of notification.

    The watches that are returned state only those that differ from their team's.
    """
    everything = tuple(roles)
    counted: dict[str, dict[str, Counter[Value]]] = {}
    for role in everything:
        for watch in role.watches:
            stated = dict(watch.settings)
            for name in _USUAL:
                counted.setdefault(role.owner, {}).setdefault(name, Counter())[stated[name]] += 1
    chosen = {
        team: {name: _most(values, _USUAL[name]) for name, values in names.items()} for team, names in counted.items()
    }
    made = tuple(
        replace(role, watches=tuple(_without(watch, chosen[role.owner]) for watch in role.watches))
        for role in everything
    )
    return made, {
        team: tuple((name, value) for name, value in settings.items() if value != _USUAL[name])
        for team, settings in chosen.items()
    }


def _most(values: Counter[Value], usual: Value) -> Value:
    """Return the most frequent value; the registry's default wins a tie."""
    return max(values, key=lambda value: (values[value], value == usual))


def _without(watch: DraftWatch, of_team: Mapping[str, Value]) -> DraftWatch:
    kept = tuple(pair for pair in watch.settings if pair[0] not in of_team or of_team[pair[0]] != pair[1])
    return replace(watch, settings=kept)
