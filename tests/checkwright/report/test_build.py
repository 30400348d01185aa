"""Facts of a report on a day whose truth is known."""

import random
from functools import cache

import pytest

from checkwright.core.errors import CannotDo
from checkwright.latency.counts import Counts, DuplicateCounts, Header
from checkwright.report.as_json import as_json
from checkwright.report.build import RoleFacts, Wishes, build
from checkwright.report.facts import Report, Scope
from checkwright.report.got_worse import changes
from checkwright.report.page import page
from checkwright.report.scopes import grouped
from checkwright.report.three_answers import answers
from checkwright.web.clock import Clock
from tests.support.shop_day import ENDPOINTS, MIDNIGHT, SLOWED, Day, shop_day

#: Each test reads a whole day of requests.
pytestmark = pytest.mark.slow

HOUR = 3_600
SLOWEST = "GET /api/export/{id}.csv"


@cache
def busy_day() -> Day:
    """Return a day until 18:00 on five machines, slower for 2 % of one endpoint from 15:00 on."""
    return shop_day(seed=6, rate=12, workers=5, connections=2, hours=18, machines=5)


@cache
def steady_day() -> Day:
    """Return a whole day with its evening ramp and without a change."""
    return shop_day(seed=1, rate=8, workers=4, connections=2, slow_from=None)


def report(day: Day, **wishes: object) -> Report:
    return build(grouped(day.parts), Wishes(**wishes))  # type: ignore[arg-type]


def scope(day: Day, **wishes: object) -> Scope:
    return report(day, **wishes).scopes[0]


def one_log(times: dict[str, dict[int, int]], *, hours: int = 3, cut: dict[int, int] | None = None) -> list[Counts]:
    """Return counts with the same times in each hour. cut: times of cut requests of all endpoints."""
    counts = Counts([Header("web-1", "api", "access.log", environment="production")])
    for hour in range(hours):
        slot = counts.slot(MIDNIGHT + hour * HOUR)
        for name, table in times.items():
            slot.cell(name, "2xx").times.update(table)
            slot.cell(name, "cut").times.update(cut or {})
    return [counts]


def test_slowest_endpoint_and_the_change_are_found_unasked() -> None:
    found = scope(busy_day())
    assert (found.requests, len(found.hosts)) == (sum(part.requests for part in busy_day().parts), 5)
    assert found.endpoints[0].name == SLOWEST
    (change,) = found.changes
    assert change.endpoint == SLOWED
    assert abs(change.at - (MIDNIGHT + 15 * HOUR)) <= 900
    assert change.before < 250 < 1_100 < change.after
    assert change.role_wide < 0.02 < change.share
    first, second, third = (str(answer) for answer in answers(found, Clock()))
    assert first.startswith(f"Worst p99: {SLOWEST}, ")
    assert second.startswith("Got worse at 1") and SLOWED in second
    assert third.startswith("At the peak (")


@pytest.mark.parametrize(("rate", "share"), [(0.1, 0.3), (0.03, 1.0)])
def test_change_at_little_traffic_is_found(rate: float, share: float) -> None:
    """25 and 7 requests an hour are too few to compare one hour with the two before."""
    (change,) = scope(shop_day(seed=100, rate=rate, workers=2, slow_share=share)).changes
    assert change.endpoint == SLOWED
    assert abs(change.at - (MIDNIGHT + 15 * HOUR)) <= 2 * HOUR
    assert change.before < 200 < 1_000 < change.after


@pytest.mark.parametrize("rate", [0.03, 0.1, 0.3])
def test_little_traffic_without_a_change_has_none(rate: float) -> None:
    for seed in range(300, 306):
        assert scope(shop_day(seed=seed, rate=rate, workers=2, slow_from=None)).changes == ()


def test_slow_clients_do_not_hide_a_change() -> None:
    """A log without the server's time has the clients' seconds in every p99, so the p95 shows the change."""
    usual = {20: 900, 60: 70, **dict.fromkeys((1_000, 2_000, 3_000, 4_000, 5_000, 5_900), 5)}
    names = ("GET /a", "GET /b", "GET /c", "GET /d")
    (counts,) = one_log(dict.fromkeys(names, usual), hours=24)
    for hour in range(15, 24):
        counts.slots[MIDNIGHT + hour * HOUR].cell("GET /c", "2xx").times.update({20: 870, 1_500: 30})
    (change,) = changes(counts)
    assert (change.endpoint, change.at, change.name) == ("GET /c", MIDNIGHT + 15 * HOUR, "p95")
    assert (change.before, change.after, change.share) == (60, 1_500, 0.06)
    found = build(grouped([counts]), Wishes())
    text = answers(found.scopes[0], Clock())[1]
    assert str(text) == "Got worse at 15:00: GET /c, p95 60 ms -> 1.50 s"
    assert text.detail == (
        "6.0 % of its requests take longer than 60 ms since then, 5.0 % did before; "
        "the same share of all other calls is 3.0 %"
    )
    assert "GET /c at 29 Nov 15:00: p95 60 ms to 1.50 s" in page(found)


def test_evening_ramp_is_no_change() -> None:
    found = scope(steady_day())
    assert found.changes == ()
    assert answers(found, Clock())[1].text == "nothing"


def test_change_near_a_mark_takes_its_moment_and_text() -> None:
    (change,) = scope(busy_day(), marks={MIDNIGHT + 15 * HOUR + 60: "deploy v412", MIDNIGHT: "another"}).changes
    assert (change.mark, change.at) == ("deploy v412", MIDNIGHT + 15 * HOUR)


def test_percentiles_are_exact_and_ranked() -> None:
    table = dict.fromkeys(range(1, 1_001), 1)
    found = scope(Day(one_log({"GET /a": table, "GET /b": {5: 300}}), {}))
    slow, fast = found.endpoints
    assert (slow.name, slow.p50, slow.p99, slow.requests) == ("GET /a", 500, 990, 3_000)
    assert slow.sure is not None and 980 <= slow.sure < 990
    assert (fast.p99, round(slow.share + fast.share, 9)) == (5, 1)


def test_cut_requests_make_a_lower_bound() -> None:
    found = scope(Day(one_log({"GET /a": {10: 500}}, cut={400: 20}), {}))
    assert (found.endpoints[0].p99, found.endpoints[0].p99_at_least) == (400, True)
    assert answers(found, Clock())[0].text == "GET /a, >= 400 ms"
    assert any(sentence.startswith("60 requests ended before the answer") for sentence in found.not_seen)


def test_endpoint_with_few_requests_is_listed_but_is_not_the_answer() -> None:
    found = scope(Day(one_log({"GET /rare": {9_000: 5}, "GET /often": {80: 400}}), {}))
    assert [one.name for one in found.endpoints] == ["GET /rare", "GET /often"]
    assert answers(found, Clock())[0].text == "GET /often, 80 ms"


def test_in_flight_is_what_the_queue_held() -> None:
    day = steady_day()
    found = scope(day).peak
    assert found is not None
    start = MIDNIGHT + 19 * HOUR
    assert all(start <= slot <= start + 2 * HOUR for slot in found.slots)
    # Workers are held while they work and while they wait for the database: little else is in flight.
    held = day.busy_by_hour[19] / HOUR, day.busy_by_hour[20] / HOUR
    assert min(held) * 0.8 <= found.in_flight <= max(held) * 1.6
    assert 0 < found.waiting < found.in_flight
    assert found.rate > 2 * found.quiet_rate


def test_long_requests_are_named_as_those_that_block_others() -> None:
    found = scope(steady_day()).peak
    assert found is not None
    blocking = {one.endpoint: one.blocking for one in found.endpoints}
    assert max(blocking, key=lambda name: blocking[name] or 0) == SLOWEST


def test_quiet_hours_that_queue_name_nobody_who_blocks() -> None:
    table = {10: 500, 200: 20}
    found = scope(Day(one_log({"GET /a": table, "GET /b": table}, hours=30), {})).peak
    assert found is not None
    assert {one.blocking for one in found.endpoints} == {None}


def test_order_of_machines_changes_nothing() -> None:
    parts = list(busy_day().parts)
    expected = page(build(grouped(parts), Wishes()))
    random.Random(3).shuffle(parts)
    assert page(build(grouped(parts), Wishes())) == expected


def test_counts_of_all_machines_are_added() -> None:
    alone = [scope(Day([part], {})) for part in busy_day().parts]
    together = {one.name: one.requests for one in scope(busy_day()).endpoints}
    for name, *_ in ENDPOINTS:
        assert together[name] == sum(one.requests for found in alone for one in found.endpoints if one.name == name)


def test_same_counts_twice_are_refused() -> None:
    part = busy_day().parts[0]
    with pytest.raises(DuplicateCounts, match="web-1"):
        grouped([part, part])


def test_less_than_two_hours_have_no_change_and_no_peak() -> None:
    found = scope(Day(one_log({"GET /a": {5: 10}}, hours=1), {}))
    assert (found.comparable, found.peak) == (False, None)
    assert [answer.text for answer in answers(found, Clock())][1:] == ["not known", "not known"]


def test_no_counts_of_an_environment_are_refused() -> None:
    with pytest.raises(CannotDo, match="No counts of staging to report on: they are of production"):
        report(busy_day(), environment="staging")
    with pytest.raises(CannotDo, match="there are none"):
        build([], Wishes())


def test_other_environments_stand_next_to_it() -> None:
    other = shop_day(rate=0.5, environment="qa", hours=3, slow_from=None)
    found = build(grouped([*busy_day().parts, *other.parts]), Wishes()).scopes
    assert [one.environment for one in found] == ["production"]
    (elsewhere,) = found[0].elsewhere
    assert elsewhere.environment == "qa"
    requests, p50, p99 = elsewhere.endpoints["GET /p/{slug}"]
    assert requests >= 20 and 0 < p50 <= p99


class Known(RoleFacts):
    """Facts of a role with two machines and two declared endpoints."""

    def hosts(self, environment: str, role: str) -> tuple[str, ...]:
        return ("web-1", "web-9")

    def declared(self, environment: str, role: str) -> tuple[str, ...]:
        return ("GET /a", "DELETE /a")


def test_gaps_are_named() -> None:
    counts = one_log({"GET /a": {5: 400}, "GET /learned": {5: 400}, "(no route)": {1: 7}}, hours=2)
    counts[0].headers[0] = Header("web-1", "api", "access.log", environment="production", learned=["GET /learned"])
    late = counts[0].slot(MIDNIGHT + 5 * HOUR)
    late.cell("GET /a", "2xx").untimed = 30
    late.lines, late.unreadable, late.skipped = 40, 10, 3_000_000
    text = "\n".join(build(grouped(counts), Wishes(), Known()).scopes[0].not_seen)
    for sentence in (
        "No counts came from web-9.",
        "10 lines of the logs (25 %) did not fit the format.",
        "3 MB of the logs were skipped",
        "3 hours without any counts, from 29 Nov 02:00, 29 Nov 03:00, 29 Nov 04:00.",
        "Learned from the log and not declared: 1 name, GET /learned.",
        "14 requests (0.9 %) fit no endpoint",
        "Declared, but never requested: DELETE /a.",
        "30 requests (1.8 %) have no time of the server",
    ):
        assert sentence in text


def test_silent_machine_is_named() -> None:
    first, second = one_log({"GET /a": {5: 400}}), one_log({"GET /a": {5: 400}}, hours=1)
    for host, part in (("web-1", first[0]), ("web-2", second[0])):
        part.headers[0] = Header(host, "api", "access.log", environment="production")
        part.sources[host, "access.log", "server"] = {(start, 300): host for start in part.slots}
    found = scope(Day([*first, *second], {}))
    assert "The counts of web-2 end at 29 Nov 00:05; those of other machines go on." in found.not_seen


def test_json_has_the_facts_and_the_answers() -> None:
    found = as_json(report(busy_day()))
    (one,) = found["scopes"]
    assert one["endpoints"][0]["name"] == SLOWEST
    assert one["answers"][1].startswith("Got worse at")
    assert one["peak"]["in_flight"] == pytest.approx(one["peak"]["working"] + one["peak"]["waiting"])
