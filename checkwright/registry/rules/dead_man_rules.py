"""Rule about dead man's switches: somebody outside notices when monitoring ends."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.findings import Finding
from checkwright.registry.rules.role_rules import has_pager
from checkwright.registry.rules.subject import RegistryRule, Subject

_CHECK = "dead_mans_switch"


class NoDeadMansSwitch(RegistryRule):
    """An environment pages somebody, but nothing outside notices if its monitoring stops.

    If Nagios, its worker or its network is down, no check runs and nobody is paged. A watch with the check
    `dead_mans_switch` reports to an outside service every minute, which notifies if the reports stop. Teams whose pages
    go only to an e-mail address do not count. If something else watches this monitoring, say so: `Site(watched_by="the
    Nagios of the other site")`.

    Wrong:
        shop = Role(
            "shop",
            owner=storefront,
            runbook="https://wiki.example.com/shop",
            watches=(Watch(Disk()),),
        )

    Right:
        shop = Role(
            "shop",
            owner=storefront,
            runbook="https://wiki.example.com/shop",
            watches=(
                Watch(Disk()),
                Watch(
                    DeadMansSwitch(url="https://hc-ping.com", key=Secret(file="healthchecks")),
                    where="central",
                    per="role",
                    notify="ticket",
                ),
            ),
        )
    """

    id = "R083"
    severity = "warning"
    hint = "add a watch with DeadMansSwitch(...), or name what watches it: Site(watched_by=...)"

    def find(self, subject: Subject) -> Iterator[Finding]:
        if subject.environment.site.watched_by:
            return
        entries = subject.resolved.plan.entries
        phones = {team.name for team in subject.resolved.plan.teams if team.page or has_pager(team)}
        paging = next((entry for entry in entries if entry.notify == "page" and entry.owner in phones), None)
        if paging and not any(entry.check == _CHECK for entry in entries):
            message = f"{subject.environment.name} pages {paging.owner}, and has no dead man's switch"
            yield self.finding(subject.environment.origin, message)
