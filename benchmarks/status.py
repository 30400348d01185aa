"""Reading of status.dat, and the page, for a Nagios of 10,000 services with 500 problems."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks.table import table
from checkwright.status.present_problems import status
from checkwright.status.status_dat import parse
from checkwright.status.status_page import page
from checkwright.web.clock import Clock

sys.path.append(str(Path(__file__).parents[1] / "examples"))
from tests.checkwright.status.night import HTTP, NOW, PLAN, bad, status_text

#: Directives of a block that Nagios writes and nobody here reads, so that a file has its real size.
_FURTHER = {f"unused_directive_{number}": "0.000000" for number in range(40)}


def status_of_nagios(services: int = 10_000, problems: int = 500, rounds: int = 5) -> str:
    """Return the table."""
    hosts = tuple(f"web-{number}" for number in range(services // 20))
    watches = [f"watch-{number}" for number in range(20)]
    plan = replace(
        PLAN,
        hosts=tuple(replace(PLAN.hosts[1], name=name, parents=()) for name in hosts),
        entries=tuple(replace(HTTP, id=f"web:{name}", name=name, hosts=hosts) for name in watches),
    )
    keys = [(host, name) for host in hosts for name in watches]
    fields = {key: bad(2 if number < problems else 0) | _FURTHER for number, key in enumerate(keys)}
    text = status_text(fields)
    snapshot = parse(text)
    found = status([plan], [snapshot], [], NOW)
    rows = [
        (what, f"{1_000 * _seconds(work, rounds):.0f}")
        for what, work in (
            ("parse status.dat", lambda: parse(text)),
            ("match it with the plan", lambda: status([plan], [snapshot], [], NOW)),
            ("the page", lambda: page(found, Clock("UTC"))),
        )
    ]
    title = f"Status of {services:,} services, {problems} of them with problems ({len(text) / 1e6:.0f} MB)"
    return table(title, ("", "cpu ms"), rows)


def _seconds(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return median(times)
