"""Rules about hours."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry import holidays
from checkwright.registry.findings import Finding
from checkwright.registry.rules.host_rules import hours_of
from checkwright.registry.rules.subject import RegistryRule, Subject


class PastHolidays(RegistryRule):
    """All days that hours leave out are in the past.

    Nobody has added this year's holidays, so they are ordinary days. Days without a year recur.

    Wrong:
        office = Hours("office", "monday-friday 09:00-17:00", without=("2019-04-19", "2019-04-22"))
        shop = Team("shop", email="shop@example.com", office_hours=office)

    Right:
        office = Hours("office", "monday-friday 09:00-17:00", without=("2099-04-10", "2099-04-13"))
        shop = Team("shop", email="shop@example.com", office_hours=office)
    """

    id = "R084"
    severity = "warning"
    hint = "add the next holidays, or remove these"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for hours in hours_of(subject):
            last = holidays.last_day(hours.without)
            if last and last < subject.today:
                yield self.finding(hours.origin, f"the hours {hours.name!r} leave out no day after {last}")
