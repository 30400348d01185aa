"""Sums of counts by environment and role."""

import pytest

from checkwright.latency.counts import HOUR, STEP, Counts, DuplicateCounts, Header
from checkwright.report.scopes import Gathered
from tests.support.shop_day import MIDNIGHT


def part(host: str, starts: list[int], step: int = STEP, role: str = "api", measure: str = "server") -> Counts:
    """Return counts of one log with 100 requests in each slot."""
    header = Header(host, role, "access.log", environment="production", measure=measure, step=step)
    found = Counts([header], step)
    for start in starts:
        found.slot(start).cell("GET /", "2xx").times[20] = 100
    found.sources[host, "access.log", measure] = {(start, step): host for start in starts}
    return found


OLD = [MIDNIGHT - hours * HOUR for hours in (1, 2, 3)]
NEW = [MIDNIGHT + number * STEP for number in range(24)]


def gathered(*parts: Counts) -> Gathered:
    found = Gathered()
    for one in parts:
        found.add(one)
    return found


def test_hours_make_five_minutes_as_coarse_only_where_both_are_used() -> None:
    found = gathered(part("web-1", OLD, HOUR), part("web-1", NEW), part("web-2", NEW))
    (whole,), (last,) = found.groups(), found.groups(last=2 * HOUR)
    assert (whole.server.step, whole.server.requests) == (HOUR, 300 + 4_800)
    assert (last.server.step, last.server.requests, last.hosts) == (STEP, 4_800, ("web-1", "web-2"))
    assert found.groups()[0].server.requests == 5_100


def test_same_slots_twice_are_refused_in_both_lengths() -> None:
    with pytest.raises(DuplicateCounts):
        gathered(part("web-1", NEW), part("web-1", NEW[:1]))
    with pytest.raises(DuplicateCounts):
        gathered(part("web-1", NEW), part("web-1", [MIDNIGHT], HOUR)).groups()


def test_roles_are_apart_and_totals_stand_next_to_the_servers_time() -> None:
    totals = part("web-1", NEW, measure="total"), part("lb-1", NEW, role="edge", measure="total")
    found = gathered(part("web-1", NEW), *totals)
    edge, api = sorted(found.groups(), key=lambda group: group.role, reverse=True)
    assert (api.role, api.total is not None, api.only_total) == ("api", True, False)
    assert (edge.role, edge.total, edge.only_total, edge.server.requests) == ("edge", None, True, 2_400)
    assert [group.role for group in found.groups(role="edge")] == ["edge"]
    assert found.roles == ["api", "edge"]


def test_learned_names_are_learned_again_over_all_parts() -> None:
    parts = []
    for number, name in enumerate(("GET /a", "GET /b")):
        one = part(f"web-{number}", NEW)
        one.headers[0] = Header(f"web-{number}", "api", "access.log", environment="production", learned=[name])
        one.slots[NEW[0]].cell(name, "2xx").times[20] = 7
        parts.append(one)
    (group,) = gathered(*parts).groups(lambda hits: dict.fromkeys(hits, "GET /{name}"))
    assert group.server.answers()["GET /{name}"] == {"2xx": 14}
    assert group.server.learned == {"GET /{name}"}
