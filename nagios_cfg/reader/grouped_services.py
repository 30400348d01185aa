"""Members of servicegroups."""

from __future__ import annotations

from nagios_cfg.reader.live import Live


def grouped_services(live: Live) -> dict[str, set[tuple[str, str]]]:
    """Return the services of each servicegroup, as (host, description): listed, named by a service, or nested."""
    declared = [one for one in live.objects if one.kind == "servicegroup" and not one.template]
    members: dict[str, set[tuple[str, str]]] = {}
    for one in declared:
        words = one.listed("members")
        members[one.get("servicegroup_name")] = set(zip(words[::2], words[1::2], strict=False))
    for service in live.services:
        for group in service.settings.get("servicegroups", "").split(","):
            if group.strip() in members:
                members[group.strip()].add((service.host, service.name))
    for _ in declared:  # as often as groups can be nested
        for one in declared:
            for inner in one.listed("servicegroup_members"):
                members[one.get("servicegroup_name")] |= members.get(inner, set())
    return members
