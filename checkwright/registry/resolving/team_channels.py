"""Channels of a team, as a plan holds them: with names and with the paths of their secrets."""

from __future__ import annotations

from collections import Counter

from checkwright.registry import plan
from checkwright.registry.model import Team
from checkwright.registry.registry import Registry


def channels(registry: Registry, team: Team, site: plan.Site) -> tuple[plan.Channel, ...]:
    """Return the channels in declared order, one for each recipient. Names are TEAM.KIND-NUMBER."""
    numbers: Counter[str] = Counter()
    found = []
    for channel in team.channels:
        for each in channel.settings:
            numbers[channel.kind] += 1
            settings = dict(each)
            if channel.kind == "mail":
                settings.setdefault("to", team.email)
            settings |= {name: _path(file, site) for name, file in channel.secrets.items()}
            found.append(
                plan.Channel(
                    name=f"{team.name}.{channel.kind}-{numbers[channel.kind]}",
                    kind=channel.kind,
                    levels=channel.levels(),
                    settings=tuple(sorted(settings.items())),
                    origin=registry.relative(channel.origin),
                )
            )
    return tuple(found)


def _path(file: str, site: plan.Site) -> str:
    return file if file.startswith("/") else f"{site.secrets}/{file}"
