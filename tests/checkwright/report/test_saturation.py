"""Resources against the load: the one that runs out first is named, others are not believed."""

from collections.abc import Sequence

import pytest

from checkwright.history.series import Series
from checkwright.latency.counts import Counts, Header
from checkwright.report.build import Wishes, build
from checkwright.report.saturation import fitted, limit_of, saturation
from checkwright.report.scopes import grouped
from checkwright.report.three_answers import answers
from checkwright.web.clock import Clock
from tests.support.recorded_day import FIRST, RESOURCES, values
from tests.support.shop_day import MIDNIGHT, shop_day

#: Each test reads a whole day of requests.
pytestmark = pytest.mark.slow


def series(
    label: str, points: Sequence[tuple[float, float]], unit: str = "%", crit: str = "", check: str = "x"
) -> Series:
    return Series(
        environment="production",
        role="api",
        host="web-1",
        watch="",
        check=check,
        label=label,
        unit=unit,
        crit=crit,
        points=tuple(points),
    )


def counts_with(requests: list[int]) -> Counts:
    counts = Counts([Header("web-1", "api", "access.log", environment="production")])
    for number, one in enumerate(requests):
        counts.slot(MIDNIGHT + number * 300).cell("GET /", "2xx").times[20] = one
    return counts


RISING = [300 * (1 + number) for number in range(48)]


def points(requests: list[int], base: float, slope: float) -> list[tuple[float, float]]:
    return [(MIDNIGHT + n * 300 + 60, base + slope * one / 300) for n, one in enumerate(requests)]


def test_line_of_least_squares() -> None:
    line = fitted([(1, 3), (2, 5), (3, 7)])
    assert line is not None
    assert (line.base, line.slope, line.fit) == (1, 2, 1)
    noisy = fitted([(1, 3), (2, 7), (3, 5)])
    assert noisy is not None and 0 < noisy.fit < 0.5
    assert fitted([]) is None
    assert fitted([(2, 1), (2, 5)]) is None


def test_first_to_run_out_is_first() -> None:
    counts = counts_with(RISING)
    near, far = series("near", points(RISING, 10, 1)), series("far", points(RISING, 10, 0.5))
    first, second = saturation(counts, [far, near])
    peak = sum(range(37, 49)) / 12
    assert (first.resource, second.resource) == ("near", "far")
    assert first.times == pytest.approx(90 / peak, abs=0.001)
    assert first.at_peak == pytest.approx(10 + peak)
    assert (first.fit, first.limit, first.points) == (1, 100, 48)


def test_what_does_not_follow_the_load_is_listed_only_near_its_limit() -> None:
    counts = counts_with(RISING)
    flat = [(moment, 60 + number % 7) for number, (moment, _) in enumerate(points(RISING, 0, 0))]
    (found,) = saturation(counts, [series("high", flat), series("low", [(m, v - 55) for m, v in flat])])
    assert (found.resource, found.times, found.at_peak) == ("high", None, 66)


def test_resource_that_falls_with_the_load_runs_out_of_nothing() -> None:
    found = saturation(counts_with(RISING), [series("idle", points(RISING, 99, -2))])
    assert [one.times for one in found] == [None]


NO_ANSWER = {
    "an even load": ([300] * 48, points([300] * 48, 10, 1)),
    "too few values": (RISING, points(RISING[:20], 10, 1)),
    "values of another day": (RISING, [(moment + 86_400, value) for moment, value in points(RISING, 10, 1)]),
}


@pytest.mark.parametrize(("requests", "values"), NO_ANSWER.values(), ids=NO_ANSWER)
def test_too_little_gives_no_answer(requests: list[int], values: list[tuple[float, float]]) -> None:
    assert saturation(counts_with(requests), [series("cpu", values)]) == ()


def test_answer_times_are_no_resource() -> None:
    found = saturation(counts_with(RISING), [series("p99", points(RISING, 1, 1), "s", "50", check="api_latency")])
    assert found == ()


#: Critical ranges, with the limit of a percentage and of bytes.
LIMITS = {
    "": (100, None),
    "~:": (100, None),
    "80": (80, 80),
    "10:80": (80, 80),
    "~:80": (80, 80),
    "80:": (None, None),
    "@10:20": (None, None),
    "bad": (None, None),
}


@pytest.mark.parametrize("crit", LIMITS)
def test_limit_is_the_upper_end_of_the_critical_range(crit: str) -> None:
    assert (limit_of(series("used", [], "%", crit)), limit_of(series("used", [], "B", crit))) == LIMITS[crit]


def test_report_names_the_resource_of_a_day() -> None:
    day = shop_day(seed=1, rate=4, slow_from=None)
    recorded = [
        series(f"{resource[1]} {resource[3]}", [(s, v) for s, r, v in values(day.parts[0]) if r is resource])
        for resource in RESOURCES
    ]
    (scope,) = build(grouped(day.parts), Wishes(), series=recorded).scopes
    assert scope.saturation[0].resource == FIRST[1]
    assert "First to run out: postgresql connections of web-1, at most 1." in answers(scope, Clock())[2].detail
