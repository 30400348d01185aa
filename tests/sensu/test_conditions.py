"""Tests of the filters' JavaScript, compared with the same conditions in Python."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkwright.registry.plan import Hours
from sensu import conditions, expressions, zones
from tests.sensu.javascript import History, evaluated
from tests.sensu.plans import at

pytestmark = pytest.mark.slow

OFFICE = Hours(name="office", times=(("monday", "09:00-17:00"), ("tuesday", "09:00-12:00,13:00-17:00")), origin=at(1))
NIGHT = Hours(name="night", times=(("monday", "00:00-06:00"), ("sunday", "22:00-24:00")), origin=at(2))
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Monday, 2026-11-02, 00:00 UTC.
MONDAY = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())


def notifying(
    expression: str, statuses: list[int], *, start: int = MONDAY, interval: int = 60, attempts: int = 1
) -> list[int]:
    """Return the positions of the results that notify, after is_incident."""
    history = History(interval, attempts=str(attempts))
    events, incidents = [], []
    for number, status in enumerate(statuses):
        events.append(history.event(start + number * interval, status))
        incidents.append(history.is_incident())
    passed = evaluated(expression, events)
    assert {type(one) for one in passed} == {bool}  # Sensu accepts only true or false
    return [number for number, one in enumerate(passed) if one and incidents[number]]


@pytest.mark.parametrize(
    ("statuses", "attempts", "repeat", "expected"),
    [
        ([0, 2, 2, 2, 0], 1, 0, [1, 4]),
        ([0, 2, 2, 2, 2, 0], 3, 0, [3, 5]),
        ([0, 2, 2, 0, 0], 3, 0, []),
        ([0, 1, 1, 2, 2, 0], 2, 0, [2, 3, 5]),  # the second warning, the change to critical, the end
        ([0, 1, 1, 2, 2, 2, 2, 2, 0], 2, 120, [2, 3, 5, 7, 8]),  # repeats count from the change
        ([0, 1, 2, 1, 0], 3, 0, [3, 4]),  # bad results in a row count, whatever their severity
        ([0, *[1] * 30, *[2] * 70, 0], 3, 3_600, [3, 31, 91, 101]),  # the history shows neither beginning
        ([0, *[2] * 70, 0], 30, 1_800, [30, 60, 71]),
        ([0, 2, 2, 2, 2, 2, 2, 0], 2, 180, [2, 5, 7]),
        ([0, 2, 2, 2, 2], 1, 30, [1, 2, 3, 4]),  # more often than it runs is each time
        ([2, 2, 2], 2, 0, [1]),
        ([3, 0, 3, 0], 1, 0, [0, 1, 2, 3]),
    ],
)
def test_problem_notifies_once_then_repeatedly_then_at_its_end(
    statuses: list[int], attempts: int, repeat: int, expected: list[int]
) -> None:
    assert notifying(conditions.notifies(repeat=repeat), statuses, attempts=attempts) == expected


@settings(max_examples=60, deadline=None)
@given(
    statuses=st.lists(st.tuples(st.sampled_from((0, 0, 1, 2, 3)), st.integers(1, 30)), min_size=1, max_size=6).map(
        lambda runs: [0, *(status for status, length in runs for _ in range(length))]
    ),
    attempts=st.integers(1, 5),
    after=st.sampled_from((0, 600)),
    rounds=st.sampled_from((0, 1, 2, 7, 40)),
)
def test_filter_agrees_with_a_count_of_all_results(statuses: list[int], attempts: int, after: int, rounds: int) -> None:
    required = attempts + after // 60
    expected, count, first = [], 0, 0
    for number, status in enumerate(statuses):
        if status == 0:
            if count >= required:
                expected.append(number)
            count = 0
            continue
        count += 1
        changed = count > 1 and status != statuses[number - 1]
        if count == required or (changed and count > required):
            first = count
        if count >= required and (count == first or (rounds and (count - first) % rounds == 0)):
            expected.append(number)
    expression = conditions.notifies(repeat=60 * rounds, after=after)
    assert notifying(expression, statuses, attempts=attempts) == expected


def keepalives(expression: str, statuses: list[int], *, warning: int = 60) -> list[int]:
    """Return the positions of the keepalive events that notify, after is_incident."""
    history = History(20)
    events, incidents = [], []
    for number, status in enumerate(statuses):
        event = history.event(MONDAY + number * warning, status)
        event["check"] |= {"name": "keepalive", "timeout": warning, "ttl": 3 * warning, "annotations": None}
        events.append(event)
        incidents.append(history.is_incident())
    passed = evaluated(expression, events)
    return [number for number, one in enumerate(passed) if one and incidents[number]]


def test_dead_machine_notifies_once_then_repeatedly_then_when_it_is_back() -> None:
    dead = [0, 1, 1, *[2] * 9, 0, 0]
    assert keepalives(conditions.notifies(of_hosts=True), dead) == [3, 12]
    assert keepalives(conditions.notifies(of_hosts=True, repeat=240), dead) == [3, 7, 11, 12]
    assert keepalives(conditions.notifies(of_hosts=True, after=300), dead) == [8, 12]


def test_machine_that_is_back_before_the_critical_timeout_notifies_nobody() -> None:
    assert notifying(conditions.notifies(of_hosts=True), [0, 1, 1, 0, 0]) == []


def test_machine_notifies_once_whatever_its_severity_becomes() -> None:
    assert notifying(conditions.notifies(of_hosts=True), [0, 2, 2, 3, 2, 2, 0], attempts=2) == [2, 6]


def test_missing_results_are_counted_by_the_ttl() -> None:
    history = History(60)
    events = [history.event(MONDAY, 0)]
    for number in range(1, 8):
        event = history.event(MONDAY + number * 180, 1)
        event["check"] |= {"ttl": 180, "issued": 0}
        events.append(event)
    passed = evaluated(conditions.notifies(repeat=540), events)
    assert [number for number, one in enumerate(passed) if one and number] == [1, 4, 7]


@settings(max_examples=30, deadline=None)
@given(
    missed=st.sets(st.integers(25, 200), max_size=40),
    rounds=st.integers(2, 50),
)
def test_missed_rounds_never_stop_the_repeats(missed: set[int], rounds: int) -> None:
    history = History(60)
    moments = [number for number in range(200) if number not in missed]
    events = [history.event(MONDAY + 60 * number, 0 if number == 0 else 2) for number in moments]
    passed = evaluated(conditions.notifies(repeat=60 * rounds), events)
    notified = [moment for moment, one in zip(moments, passed, strict=True) if one and moment]
    assert notified[0] == 1
    gaps = [after - before for before, after in zip(notified, [*notified[1:], 200], strict=True)]
    assert max(gaps) <= rounds + len(missed) + 1


def test_escalation_waits_until_the_problem_has_lasted() -> None:
    expression = conditions.notifies(after=300)
    assert notifying(expression, [0, *[2] * 9, 0], attempts=2) == [7, 10]
    assert notifying(expression, [0, *[2] * 6, 0], attempts=2) == []


def test_problem_of_the_night_notifies_in_the_morning() -> None:
    expression = conditions.notifies(during=OFFICE)
    # Every half an hour from 06:00: the problem begins at 07:00, and the office opens at 09:00.
    start = MONDAY + 6 * 3_600
    assert notifying(expression, [0, 0, *[2] * 6, 0], start=start, interval=1_800) == [6, 8]
    assert notifying(expression, [0, 0, 2, 2, 0, 0, 0], start=start, interval=1_800) == []


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        (("2026-11-02",), [26]),  # the office opens on Tuesday at 09:00
        (("november 2",), [26]),
        (("2026-10-30..2026-11-02",), [26]),
        (("november 1..november 2",), [26]),
        (("2026-11-03", "2025-11-02", "december 2"), [2]),
        (("october 30..november 3", "2026-11-09"), []),
    ],
)
def test_office_is_closed_on_holidays(without: tuple[str, ...], expected: list[int]) -> None:
    expression = conditions.notifies(during=replace(OFFICE, without=without))
    # Every hour from Monday 07:00 to Tuesday 11:00.
    assert notifying(expression, [0, *[2] * 28], start=MONDAY + 7 * 3_600, interval=3_600) == expected


def test_quiet_hours_do_not_apply_on_their_days_off() -> None:
    quiet = replace(NIGHT, without=("november 2",))
    assert notifying(conditions.notifies(quiet=(quiet,)), [0, *[2] * 8], start=MONDAY + 3_600, interval=3_600) == [1]


def test_holidays_begin_at_local_midnight() -> None:
    all_week = Hours(name="all", times=tuple((day, "00:00-24:00") for day in DAYS), origin=at(3))
    closed = replace(all_week, without=("2026-11-03",))
    expression = conditions.notifies(during=closed, zone="Asia/Kolkata")  # five and a half hours ahead
    moment = MONDAY + 18 * 3_600 + 1_800  # Tuesday 00:00 there
    statuses = [0, 2, 2]
    assert notifying(expression, statuses, start=moment - 1_800, interval=900) == [1]
    assert notifying(expression, statuses, start=moment - 900, interval=900) == []
    assert notifying(expression, statuses, start=moment + 86_400 - 1_800, interval=900) == [2]


def test_problem_notifies_when_quiet_hours_end() -> None:
    expression = conditions.notifies(quiet=(NIGHT,))
    assert notifying(expression, [0, *[2] * 8], start=MONDAY + 3_600, interval=3_600) == [5]


def test_problem_of_maintained_checks_and_hosts_notifies_afterwards() -> None:
    begin, end = MONDAY + 120, MONDAY + 300
    for checks, hosts, expected in (
        ((), (), [5, 7]),
        (("web.disk", "web.load"), (), [5, 7]),
        (("web.disk",), ("web-1", "web-3"), [5, 7]),
        ((), ("web-1",), [5, 7]),
        (("web.disk",), ("web-2",), [2, 7]),
        (("web.load",), (), [2, 7]),
    ):
        expression = conditions.notifies(windows=(conditions.Window(begin, end, checks, hosts),))
        assert notifying(expression, [0, 0, 2, 2, 2, 2, 2, 0]) == expected


def test_problem_that_ends_with_maintenance_notifies_nobody() -> None:
    expression = conditions.notifies(windows=(conditions.Window(MONDAY + 60, MONDAY + 300),))
    assert notifying(expression, [0, 0, 2, 2, 0, 0, 0]) == []


def test_hours_are_local_before_and_after_the_change_to_winter_time() -> None:
    expression = conditions.notifies(during=OFFICE, zone="Europe/Berlin")
    for day, opening in ((19, 7), (26, 8)):  # of October 2026; the clocks are set back on the 25th
        moment = int(datetime(2026, 10, day, opening, tzinfo=UTC).timestamp())
        assert notifying(expression, [0, 2, 2], start=moment - 1_800, interval=900) == [2]


@settings(max_examples=12, deadline=None)
@given(
    zone=st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")),
    moments=st.lists(
        st.integers(
            int(datetime(2025, 1, 2, tzinfo=UTC).timestamp()), int(datetime(2040, 1, 1, tzinfo=UTC).timestamp())
        ),
        min_size=1,
        max_size=40,
    ),
)
def test_filter_agrees_with_python_about_local_time(zone: str, moments: list[int]) -> None:
    expression = conditions.notifies(during=OFFICE, quiet=(NIGHT,), zone=zone)
    wall = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

    def holds(hours: Hours, moment: int) -> bool:
        local = datetime.fromtimestamp(moment, ZoneInfo(zone))
        now = local.strftime("%H:%M")
        return any(
            day == wall[local.weekday()]
            and any(begin <= now < end for begin, end in (span.split("-") for span in spans.split(",")))
            for day, spans in hours.times
        )

    expected = [holds(OFFICE, moment) and not holds(NIGHT, moment) for moment in moments]
    assert evaluated(expression, [History().event(moment, 2) for moment in moments]) == expected


def test_offsets_change_when_the_zone_changes() -> None:
    spring, autumn = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
    changes = dict(zones.changes("Europe/Berlin"))
    assert (changes[0], changes[int(spring.timestamp())], changes[int(autumn.timestamp())]) == (60, 120, 60)
    assert len(changes) == 1 + 2 * (zones.LAST_YEAR - zones.FIRST_YEAR + 1)
    assert zones.changes("UTC") == ((0, 0),)
    assert zones.moment("Europe/Berlin", "2026-12-01T22:00") == int(datetime(2026, 12, 1, 21, tzinfo=UTC).timestamp())


@pytest.mark.parametrize("during", [None, OFFICE])
@pytest.mark.parametrize("repeat", [0, 3_600])
def test_every_expression_is_valid(during: Hours | None, repeat: int) -> None:
    window = conditions.Window(1, 2, ("a", "b"), ("c",))
    expression = conditions.notifies(
        repeat=repeat, after=60, during=during, quiet=(NIGHT,), windows=(window,), zone="Europe/Berlin"
    )
    assert expressions.error(expression) == ""
    assert not {"=>", "let ", "const ", "`"} & set(expression.split())  # ES5
