"""Alerts that recorded values would have made: thresholds, intervals, retries and attempts."""

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from checkwright.backtest.alert_hours import Calendar
from checkwright.backtest.alert_replay import CRITICAL, WARNING, Alert, replay, thresholds
from checkwright.backtest.backtest_results import backtest
from checkwright.backtest.backtest_text import rows, sentences, span
from checkwright.history.series import Series
from checkwright.registry.plan import Entry, Hours, Limit, Origin, Plan, Site, Team

HERE = Origin("fleet/web.py", 3)
START = 1_795_910_400.0  # Sunday, 29 November 2026, 00:00 UTC


def limit(warn: str | None, crit: str | None, items: str = "", gauge: str = "busy") -> Limit:
    return Limit(gauge, items, warn, crit, "watch", HERE)


CPU = Entry(
    id="web:cpu",
    name="cpu",
    role="web",
    check="cpu",
    command=(("/opt/check",), ("cpu",)),
    limits=(limit("80", "90"),),
    interval=60,
    retry=30,
    attempts=3,
    owner="web",
    origin=HERE,
    hosts=("web-1",),
)


def series(
    values: list[float], every: float = 60, label: str = "busy", watch: str = "cpu", host: str = "web-1"
) -> Series:
    return Series(
        environment="production",
        role="web",
        host="web-1",
        watch=watch,
        check="cpu",
        label=label,
        points=tuple((START + number * every, value) for number, value in enumerate(values)),
        resolution=every,
        source="results of the batch",
    )


def alerts(values: list[float], entry: Entry = CPU, every: float = 60) -> list[tuple[float, float, int]]:
    """Return (minute of the begin, minutes, worst) of each alert."""
    found = replay(entry, "web-1", [series(values, every)]).alerts
    return [((one.begin - START) / 60, one.seconds / 60, one.worst) for one in found]


GOOD = [10.0] * 5
CASES: dict[str, tuple[list[float], list[tuple[float, float, int]]]] = {
    "good values": (GOOD * 4, []),
    "one bad value is no alert: its retries are good": ([*GOOD, 95, *GOOD], []),
    "two bad values are bad at all three attempts": ([*GOOD, 95, 95, *GOOD], [(6, 1, CRITICAL)]),
    "a long problem is one alert": ([*GOOD, *[85.0] * 30, *GOOD], [(6, 29, WARNING)]),
    "the worst state counts": ([*GOOD, 85, 85, 95, 85, *GOOD], [(6, 3, CRITICAL)]),
    "two problems": ([*GOOD, 95, 95, 95, *GOOD, 95, 95, 95, *GOOD], [(6, 2, CRITICAL), (14, 2, CRITICAL)]),
    "a problem that lasts": ([*GOOD, 95, 95, 95, 95], [(6, 2, CRITICAL)]),
    "no values": ([], []),
}  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), CASES.values(), ids=CASES)
def test_replay(values: list[float], expected: list[tuple[float, float, int]]) -> None:
    assert alerts(values) == expected


def test_attempts_decide() -> None:
    values = [*GOOD, 95, *GOOD, *[95.0] * 10, *GOOD]
    counts = {number: len(alerts(values, replace(CPU, attempts=number))) for number in (1, 3, 20, 40)}
    assert counts == {1: 2, 3: 1, 20: 1, 40: 0}


def test_slower_watch_misses_short_problems() -> None:
    values = [*GOOD, 95, 95, 95, *GOOD * 4]
    assert len(alerts(values)) == 1
    assert alerts(values, replace(CPU, interval=300, attempts=1)) == [(5, 5, CRITICAL)]
    assert alerts([10.0, *values], replace(CPU, interval=600, attempts=1)) == []


def test_values_of_retries_are_used() -> None:
    # The batch ran at 0, 60, then every 30 s: bad, good, good.
    points = ((0, 10), (60, 95), (90, 10), (150, 10), (210, 10))
    recorded = replace(series([]), points=tuple((START + at, float(value)) for at, value in points))
    assert replay(CPU, "web-1", [recorded]).alerts == ()
    assert replay(replace(CPU, attempts=1), "web-1", [recorded]).alerts[0].seconds == 60


def test_gap_is_no_problem_and_is_counted() -> None:
    points = [(START, 10.0), (START + 60, 10.0), (START + 7_200, 10.0), (START + 7_260, 10.0)]
    found = replay(CPU, "web-1", [replace(series([]), points=tuple(points))])
    assert found.alerts == ()
    assert 6_600 < found.gaps < 7_200


def test_last_limit_that_matches_an_item_counts_for_each_threshold() -> None:
    limits = (limit("80", "90"), limit(None, "97", "/srv*"), limit("~:", None, "/srv/tmp"), limit("1", "2", gauge="x"))
    assert [thresholds(limits, "busy", item) for item in ("/", "/srv", "/srv/tmp")] == [
        ("80", "90"),
        ("80", "97"),
        ("~:", "97"),
    ]


def test_any_item_of_a_watch_makes_its_alert() -> None:
    found = replay(CPU, "web-1", [series(GOOD * 2, label="busy:a"), series([*GOOD, *[95.0] * 5], label="busy:b")])
    assert [alert.label for alert in found.alerts] == ["busy:b"]


PLAN = Plan(
    project="shop",
    environment="production",
    site=Site(),
    teams=(
        Team(name="web", email="web@example.com", office_hours="office", origin=HERE),
        Team(name="resting", email="web@example.com", office_hours="holiday-office", origin=HERE),
    ),
    hours=(
        Hours(name="office", times=(("monday", "09:00-17:00"), ("sunday", "09:00-10:00,11:00-12:00")), origin=HERE),
        Hours(
            name="holiday-office",
            times=(("monday", "09:00-17:00"), ("sunday", "09:00-10:00")),
            origin=HERE,
            without=("november 29",),
        ),
        Hours(name="holiday-backup", times=(("sunday", "00:00-01:00"),), origin=HERE, without=("2026-11-29",)),
        Hours(name="backup", times=(("sunday", "00:00-01:00"),), origin=HERE),
    ),
    entries=(CPU,),
)


def at(hours: float, length: float = 0.5) -> Alert:
    return Alert("web-1", "cpu", START + hours * 3_600, START + (hours + length) * 3_600, CRITICAL, "busy")


NOTIFIED = {
    "a page at once": (CPU, at(3), 3),
    "nobody": (replace(CPU, notify="nobody"), at(3), None),
    "a ticket at once": (replace(CPU, notify="ticket"), at(3), 3),
    "office hours: it is over before they begin": (replace(CPU, notify="office-hours"), at(3), None),
    "office hours: when they begin": (replace(CPU, notify="office-hours"), at(8, 3), 9),
    "office hours: in a break": (replace(CPU, notify="office-hours"), at(10.25, 3), 11),
    "quiet hours put it off": (replace(CPU, quiet=("backup",)), at(0.5, 2), 1),
    "a holiday: when the hours of the next day begin": (
        replace(CPU, notify="office-hours", owner="resting"),
        at(8, 30),
        33,
    ),
    "quiet hours do not apply on a holiday": (replace(CPU, quiet=("holiday-backup",)), at(0.5, 2), 0.5),
    "quiet hours hide a short one": (replace(CPU, quiet=("backup",)), at(0.2, 0.2), None),
}


@pytest.mark.parametrize(("entry", "alert", "hour"), NOTIFIED.values(), ids=NOTIFIED)
def test_hours_decide_who_is_notified(entry: Entry, alert: Alert, hour: float | None) -> None:
    moment = Calendar(PLAN, UTC).notified(entry, alert)
    assert (None if moment is None else round((moment - START) / 3_600, 1)) == hour


def test_nights_are_local_and_belong_to_their_evening() -> None:
    utc, berlin = Calendar(PLAN, UTC), Calendar(PLAN, ZoneInfo("Europe/Berlin"))
    moments = [START + hours * 3_600 for hours in (3, 12, 21.5, 23)]
    assert [utc.night(moment) for moment in moments] == ["2026-11-28", None, None, "2026-11-29"]
    assert [berlin.night(moment) for moment in moments] == ["2026-11-28", None, "2026-11-29", "2026-11-29"]


def two_nights() -> list[Series]:
    """Return three days with a problem of ten minutes at 03:00 in two nights, and at noon."""
    values = [10.0] * (3 * 1_440)
    for minute in (180, 1_440 + 180, 2 * 1_440 + 720):
        values[minute : minute + 10] = [95.0] * 10
    return [series(values)]


def test_alerts_by_hour_and_team() -> None:
    found = backtest(PLAN, two_nights(), UTC)
    (watch,), (team,) = found.watches, found.teams
    assert (watch.hosts, len(watch.alerts), watch.longest) == (1, 3, 540)
    assert (team.notifications, team.pages, team.nights) == (3, 3, ("2026-11-28", "2026-11-29"))
    assert (found.by_hour[3], found.by_hour[12], sum(found.by_hour)) == (2, 1, 3)
    assert found.sources == ("results of the batch",)


def test_change_of_a_plan_shows_before_and_after() -> None:
    calmer = replace(PLAN, entries=(replace(CPU, limits=(limit("97", "99"),)),))
    before, now = backtest(PLAN, two_nights(), UTC), backtest(calmer, two_nights(), UTC)
    assert rows(now, before) == [("web:cpu", "1", "3 -> 0", "3 -> 0", "9m -> 0s", "27m -> 0s")]
    text = "\n".join(sentences(now, before))
    assert "web: 3 -> 0 notifications, 3 -> 0 pages, 2 -> 0 nights with a page (22:00-06:00)" in text


def test_words_and_errors_of_results_are_replayed_as_they_were() -> None:
    bad = replace(series([0.0] * 5 + [3.0] * 4 + [2.0] * 4 + [0.0] * 5), label="")
    (alert,) = replay(CPU, "web-1", [series([10.0] * 18), bad]).alerts
    assert (alert.worst, alert.label, alert.seconds) == (CRITICAL, "", 7 * 60)
    assert backtest(PLAN, [series([10.0] * 18), bad], UTC).alerts == 1


def test_averages_and_missing_values_are_named() -> None:
    other = replace(CPU, id="web:load", name="load", check="load")
    averaged = [replace(one, averaged=True, resolution=1_800, source="RRD files") for one in two_nights()]
    text = "\n".join(sentences(backtest(replace(PLAN, entries=(CPU, other)), averaged, UTC), None))
    assert "at least as many alerts" in text
    assert "Only thresholds of numbers are replayed" in text
    assert "Values: RRD files; the coarsest has one each 30m." in text
    assert "No values of web:load." in text


def test_pattern_chooses_watches() -> None:
    other = replace(CPU, id="web:load", name="load", check="load")
    plan = replace(PLAN, entries=(CPU, other))
    values = [*two_nights(), series(GOOD, watch="load")]
    for pattern, ids in (("", 2), ("cpu", 1), ("web:*", 2), ("*:load", 1), ("disk", 0)):
        assert len(backtest(plan, values, UTC, pattern).watches) == ids


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (89, "89s"), (90, "2m"), (5_400, "1.5h"), (200_000, "2.3d")])
def test_durations_are_short(seconds: float, text: str) -> None:
    assert span(seconds) == text
