"""Maintenance windows: dated timeperiods, excluded from the notification periods of the services and hosts concerned.

A window is an excluded time, not a downtime. So it is verified, compared, deployed and rolled back like everything
else, and no command has to reach the right Nagios at the right time. Use downtimes for unplanned work.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from checkwright.registry.plan import Entry, Maintenance, Plan
from nagios_cfg.names import Names
from nagios_cfg.objects import Definition


class Windows:
    """Windows of a plan, by entry and by host. The name of a window is its timeperiod's, without the environment."""

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
        """Return groups of an entry's hosts that have the same windows: (windows, hosts). Each host is in one group."""
        windows = self._of_entry.get((entry.id, entry.variant))
        if windows is None:
            return [((), entry.hosts)]
        groups: dict[tuple[str, ...], list[str]] = {}
        for host in entry.hosts:
            own = tuple(dict.fromkeys(name for name, hosts in windows if not hosts or host in hosts))
            groups.setdefault(own, []).append(host)
        return [(names, tuple(groups[names])) for names in sorted(groups)]

    def of_host(self, host: str) -> tuple[str, ...]:
        """Return the windows when a machine itself may be down."""
        return tuple(dict.fromkeys(self._of_host.get(host, ())))


def definitions(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield a timeperiod for each window."""
    by_name: dict[str, list[Maintenance]] = {}
    for window in plan.maintenance:
        by_name.setdefault(window_name(window), []).append(window)
    for name, windows in by_name.items():
        first = windows[0]
        times = f"Maintenance from {first.begin.replace('T', ' ')} to {first.end.replace('T', ' ')}"
        settings = {"timeperiod_name": names.hours(name), "alias": times} | days_of_window(first)
        comments = tuple(f"Why: {window.why} ({window.origin})" for window in windows)
        yield Definition("timeperiod", settings, first.origin, comments)


def window_name(window: Maintenance) -> str:
    """Return the name of a window, such as maintenance-20261201T2200-20261202T0200."""
    begin, end = (text.replace("-", "").replace(":", "") for text in (window.begin, window.end))
    return f"maintenance-{begin}-{end}"


def days_of_window(window: Maintenance) -> dict[str, str]:
    """Return a directive for each day, because times in Nagios end with their day."""
    begin, end = datetime.fromisoformat(window.begin), datetime.fromisoformat(window.end)
    days = {}
    day = begin.replace(hour=0, minute=0)
    while day < end:
        following = day + timedelta(days=1)
        until = "24:00" if end >= following else f"{end:%H:%M}"
        days[f"{day:%Y-%m-%d}"] = f"{max(begin, day):%H:%M}-{until}"
        day = following
    return days
