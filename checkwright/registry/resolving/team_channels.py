"""Channels of a team or person, as a plan holds them: with names and with the paths of their secrets."""

from __future__ import annotations

from collections import Counter

from checkwright.registry import plan
from checkwright.registry.model import Contact, Team
from checkwright.registry.registry import Registry


def channels(registry: Registry, owner: Team | Contact, site: plan.Site, name: str) -> tuple[plan.Channel, ...]:
    """Return the channels in declared order, one for each recipient. Names are NAME.KIND-NUMBER.

    name: of the team, or of the person as `person_name` returns it.
    """
    numbers: Counter[str] = Counter()
    found = []
    for channel in owner.channels:
        for each in channel.settings:
            numbers[channel.kind] += 1
            settings = dict(each)
            if channel.kind == "mail":
                settings.setdefault("to", owner.email)
            settings |= {name: _path(file, site) for name, file in channel.secrets.items()}
            found.append(
                plan.Channel(
                    name=f"{name}.{channel.kind}-{numbers[channel.kind]}",
                    kind=channel.kind,
                    levels=channel.levels(),
                    settings=tuple(sorted(settings.items())),
                    origin=registry.relative(channel.origin),
                )
            )
    return tuple(found)


def _path(file: str, site: plan.Site) -> str:
    return file if file.startswith("/") else f"{site.secrets}/{file}"
