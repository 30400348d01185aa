"""Rules about inventories that `checkctl inventory pull` keeps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time

from checkwright.registry.findings import Finding
from checkwright.registry.inventory import inventory_path, pulled_as_of
from checkwright.registry.plan import Origin
from checkwright.registry.rules.subject import RegistryRule, Subject

_DAY = 86_400
_WEEK = 7 * _DAY


class OldInventory(RegistryRule):
    """The inventory of a source is older than its `max_age`.

    Machines that were added since then are not watched. The age is counted in whole days, from the time in the first
    line of the file. `max_age` is an argument of the source, 7 days by default; an inventory written by hand has no
    age.

    Wrong:
        # checkctl inventory pull: puppetdb, 2 of 2, facts as of 2025-01-07T06:47:00Z
        name,address,roles

    Right:
        # checkctl inventory pull: puppetdb, 2 of 2, facts as of 2099-01-07T06:47:00Z
        name,address,roles
    """

    id = "R065"
    severity = "warning"
    hint = "run checkctl inventory pull, and commit the file"
    language = "text"

    def find(self, subject: Subject) -> Iterator[Finding]:
        limits = {source.file: source.max_age for source in subject.environment.sources}
        now = datetime.combine(subject.today, time(), UTC)
        for file in subject.environment.inventory:
            path = inventory_path(subject.registry, subject.environment, file)
            try:
                header = pulled_as_of(path)
            except ValueError:
                continue  # reading the hosts has reported it
            if header is None:
                continue
            age = (now - header.time).total_seconds()
            limit = limits.get(file, _WEEK)
            if age > limit:
                days = int(age // _DAY)
                message = f"the inventory is {days} days old: its facts are of {header.time:%Y-%m-%d}, max_age is"
                yield self.finding(Origin(path, 1), f"{message} {limit / _DAY:g} days")
