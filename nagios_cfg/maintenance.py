"""Maintenance: dated timeperiods that the hours of notification leave out, and which services and hosts need them.

Declared windows are excluded times and no downtimes: they are verified, compared, deployed and rolled back with all
else, and no command has to reach the right Nagios at the right time. Downtimes remain for what nobody declared.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from checkwright.registry.plan import Entry, Maintenance, Plan
from nagios_cfg.names import Names
from nagios_cfg.objects import Definition


class Windows:
    """The windows of a plan, by what they cover. A window's name is that of its timeperiod, without environment."""

    def __init__(self, plan: Plan) -> None:
        self._of_entry: dict[tuple[str, str], list[tuple[str, frozenset[str]]]] = {}
        self._of_host: dict[str, list[str]] = {}
        for window in plan.maintenance:
            name = window_name(window)
            for covered in window.entries:
                named = (name, frozenset(covered.hosts))
                self._of_entry.setdefault((covered.entry, covered.variant), []).append(named)
            for host in window.hosts:
                self._of_host.setdefault(host, []).append(name)

    def of_entry(self, entry: Entry) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """The windows that an entry's hosts share, and these hosts; every host of it is in one of the groups."""
        windows = self._of_entry.get((entry.id, entry.variant))
        if windows is None:
            return [((), entry.hosts)]
        groups: dict[tuple[str, ...], list[str]] = {}
        for host in entry.hosts:
            mine = tuple(dict.fromkeys(name for name, hosts in windows if not hosts or host in hosts))
            groups.setdefault(mine, []).append(host)
        return [(names, tuple(groups[names])) for names in sorted(groups)]

    def of_host(self, host: str) -> tuple[str, ...]:
        """The windows in which a machine may itself be down."""
        return tuple(dict.fromkeys(self._of_host.get(host, ())))


def definitions(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield a timeperiod for each window."""
    whys: dict[str, list[Maintenance]] = {}
    for window in plan.maintenance:
        whys.setdefault(window_name(window), []).append(window)
    for name, windows in whys.items():
        first = windows[0]
        times = f"Maintenance from {first.begin.replace('T', ' ')} to {first.end.replace('T', ' ')}"
        settings = {"timeperiod_name": names.hours(name), "alias": times} | _days(first)
        whom = tuple(f"Why: {window.why} ({window.origin})" for window in windows)
        yield Definition("timeperiod", settings, first.origin, whom)


def window_name(window: Maintenance) -> str:
    """Such as maintenance-20261201T2200-20261202T0200."""
    begin, end = (text.replace("-", "").replace(":", "") for text in (window.begin, window.end))
    return f"maintenance-{begin}-{end}"


def window_fault(window: Maintenance) -> str:
    """Say what is wrong with a window's times; "" when nothing."""
    for text in (window.begin, window.end):
        try:
            if f"{datetime.fromisoformat(text):%Y-%m-%dT%H:%M}" == text:
                continue
        except ValueError:
            pass
        return f"{text!r} is no moment such as 2026-12-01T22:00"
    return "" if window.begin < window.end else f"it ends at {window.end}, which is not after {window.begin}"


def _days(window: Maintenance) -> dict[str, str]:
    """A directive for each day, because Nagios's times end with their day."""
    begin, end = datetime.fromisoformat(window.begin), datetime.fromisoformat(window.end)
    days = {}
    day = begin.replace(hour=0, minute=0)
    while day < end:
        following = day + timedelta(days=1)
        until = "24:00" if end >= following else f"{end:%H:%M}"
        days[f"{day:%Y-%m-%d}"] = f"{max(begin, day):%H:%M}-{until}"
        day = following
    return days
