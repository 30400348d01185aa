"""Batches of CloudWatch queries: concurrent queries share a request, and nothing else."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checks.aws._cloudwatch import MetricReader
from checks.aws.source import Points, Series, Where
from checkwright.core.errors import CannotTell
from tests.support.current_run import current_run

HERE = Where(region="eu-west-1")
ELSEWHERE = Where(region="us-east-1", endpoint="http://127.0.0.1:9")


class CloudWatch:
    """Fake CloudWatch. The age of queue `N` is N seconds, `nothing` has no datapoint."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Where, int]] = []
        self.refuses: set[str] = set()
        self.seconds = 0.0
        self.pages = False

    def __call__(self, _service: str, _operation: str, about: str, where: Where, **parameters: Any) -> dict[str, Any]:
        queries = parameters["MetricDataQueries"]
        self.requests.append((about, where, len(queries)))
        time.sleep(self.seconds)
        if about in self.refuses:
            raise CannotTell(f"AWS refused cloudwatch:GetMetricData on {about}")
        now = datetime.now(UTC) - timedelta(seconds=90)
        found = []
        for query in queries:
            value = query["MetricStat"]["Metric"]["Dimensions"][0]["Value"]
            times, values = [now, now - timedelta(seconds=60)], [float(value) if value.isdigit() else 0.0, 9999.0]
            empty = value == "nothing"
            found.append({"Id": query["Id"], "Timestamps": [] if empty else times, "Values": [] if empty else values})
        if not self.pages:
            return {"MetricDataResults": found}
        if "NextToken" in parameters:
            return {"MetricDataResults": found[1:]}
        return {"MetricDataResults": found[:1], "NextToken": "more"}


def age(name: str) -> Series:
    return Series("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": name}, "Maximum", settle=0)


class Reader:
    """The reader of metrics, with the function that sends its requests."""

    def __init__(self, send: Callable[..., dict[str, Any]], window: float = 0.0) -> None:
        self._send = send
        self._reader = MetricReader(window)

    def read(self, about: str, where: Where, *series: Series) -> dict[tuple[Series, str], Points]:
        return self._reader.read(self._send, about, where, *series)


def newest(metrics: Reader, name: str, where: Where = HERE) -> float | None:
    series = age(name)
    return metrics.read(name, where, series)[series, "Maximum"].newest()


def together(metrics: Reader, names: list[str], where: Where = HERE) -> list[float | str | None]:
    """Return the answer of each name's own run, all started at once."""
    found: dict[int, float | str | None] = {}
    start = threading.Barrier(len(names))

    def work(position: int, name: str) -> None:
        with current_run(seconds=20):
            start.wait()
            try:
                found[position] = newest(metrics, name, where)
            except CannotTell as error:
                found[position] = str(error)

    threads = [threading.Thread(target=work, args=one) for one in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[position] for position in range(len(names))]


def test_single_run_sends_at_once() -> None:
    cloud = CloudWatch()
    with current_run():
        assert newest(Reader(cloud), "7") == 7
        assert newest(Reader(cloud), "nothing") is None
    assert cloud.requests == [("7", HERE, 1), ("nothing", HERE, 1)]


@pytest.mark.slow
def test_concurrent_queries_share_a_request() -> None:
    cloud = CloudWatch()
    names = [str(number) for number in range(40)] + ["nothing"]
    assert together(Reader(cloud, 1.0), names) == [*map(float, range(40)), None]
    assert [count for _, _, count in cloud.requests] == [41]


def test_later_query_starts_another_request() -> None:
    cloud = CloudWatch()
    metrics = Reader(cloud, 0.05)
    assert together(metrics, ["1", "2"]) == [1, 2]
    before = len(cloud.requests)
    assert together(metrics, ["1", "2"]) == [1, 2]
    assert len(cloud.requests) > before


@pytest.mark.slow
def test_query_during_a_request_starts_another_one() -> None:
    cloud = CloudWatch()
    cloud.seconds = 1.0
    metrics = Reader(cloud, 0.05)
    thread = threading.Thread(target=together, args=(metrics, ["1"]))
    thread.start()
    while not cloud.requests:
        time.sleep(0.01)
    assert together(metrics, ["1"]) == [1]
    thread.join()
    assert [count for _, _, count in cloud.requests] == [1, 1]


def test_regions_and_endpoints_are_separate() -> None:
    cloud = CloudWatch()
    metrics = Reader(cloud, 0.5)
    first = threading.Thread(target=together, args=(metrics, ["1", "2"], ELSEWHERE))
    first.start()
    assert together(metrics, ["3", "4"]) == [3, 4]
    first.join()
    assert {(where, count) for _, where, count in cloud.requests} == {(HERE, 2), (ELSEWHERE, 2)}


def test_refusal_names_the_queue_of_each_run() -> None:
    cloud = CloudWatch()
    names = ["1", "2", "3"]
    cloud.refuses = set(names)
    answers = together(Reader(cloud, 0.5), names)
    assert answers == [f"AWS refused cloudwatch:GetMetricData on {name}" for name in names]


@pytest.mark.slow
def test_queries_beyond_the_limit_are_split() -> None:
    cloud = CloudWatch()
    metrics = Reader(cloud, 1.5)
    names = [str(number) for number in range(510)]
    assert together(metrics, names) == [*map(float, range(510))]
    assert sorted(count for _, _, count in cloud.requests) == [10, 500]


def test_answer_in_pages_is_complete() -> None:
    cloud = CloudWatch()
    cloud.pages = True
    assert together(Reader(cloud, 0.5), ["5", "6", "7"]) == [5, 6, 7]


def test_run_with_little_time_does_not_wait() -> None:
    cloud = CloudWatch()
    with current_run(seconds=1):
        began = time.monotonic()
        assert newest(Reader(cloud, 60), "1") == 1
        assert time.monotonic() - began < 30


@pytest.fixture
def run() -> Iterator[None]:
    with current_run():
        yield


def reading(answer: dict[str, Any], *series: Series) -> dict[tuple[Series, str], Points]:
    return Reader(lambda *_words, **_parameters: answer).read("x", HERE, *(series or (age("5"),)))


HALVES: dict[str, tuple[dict[str, Any], str]] = {
    "no results": ({}, "has no result for ApproximateAgeOfOldestMessage$"),
    "results of other queries": ({"MetricDataResults": [{"Id": "q7"}]}, "has no result for"),
    "only a message": (
        {"Messages": [{"Code": "Maintenance", "Value": "try later"}]},
        r"has no result for .* \(Maintenance: try later\)$",
    ),
    "a failed query": (
        {"MetricDataResults": [{"Id": "q0", "StatusCode": "InternalError"}]},
        r"GetMetricData for x is InternalError for .* \(CloudWatch failed\)$",
    ),
    "a forbidden query": (
        {"MetricDataResults": [{"Id": "q0", "StatusCode": "Forbidden", "Messages": [{"Code": "No", "Value": "way"}]}]},
        r"is Forbidden for .* \(these credentials may not read the metric; No: way\)$",
    ),
    "a part": ({"MetricDataResults": [{"Id": "q0", "StatusCode": "PartialData"}]}, "is PartialData .* a part of"),
    "pages without end": ({"MetricDataResults": [{"Id": "q0"}], "NextToken": "more"}, "has more than 50 pages"),
}


@pytest.mark.parametrize(("answer", "why"), HALVES.values(), ids=HALVES)
@pytest.mark.usefixtures("run")
def test_half_an_answer_is_no_answer(answer: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotTell, match=why):
        reading(answer)


@pytest.mark.usefixtures("run")
def test_partial_page_is_completed_by_the_next() -> None:
    now = datetime.now(UTC) - timedelta(seconds=90)
    pages: list[dict[str, Any]] = [
        {
            "MetricDataResults": [{"Id": "q0", "StatusCode": "PartialData", "Timestamps": [now], "Values": [4.0]}],
            "NextToken": "more",
        },
        {
            "MetricDataResults": [
                {"Id": "q0", "StatusCode": "Complete", "Timestamps": [now - timedelta(60)], "Values": [3.0]}
            ]
        },
    ]
    reader = Reader(lambda *_words, **_parameters: pages.pop(0))
    assert newest(reader, "5") == 4
    assert not pages


def test_refused_query_fails_for_its_own_run_only() -> None:
    class Closed(CloudWatch):
        def __call__(
            self, _service: str, _operation: str, about: str, where: Where, **parameters: Any
        ) -> dict[str, Any]:
            answer = super().__call__(_service, _operation, about, where, **parameters)
            answer["MetricDataResults"][1] |= {"StatusCode": "Forbidden", "Timestamps": [], "Values": []}
            return answer

    cloud = Closed()
    answers = together(Reader(cloud, 0.5), ["1", "2", "3"])
    assert [count for _, _, count in cloud.requests] == [3]
    assert sum("is Forbidden" in str(answer) for answer in answers) == 1
    assert sum(isinstance(answer, float) for answer in answers) == 2


def answered(*ages: float) -> dict[str, Any]:
    """Return an answer with datapoints that began so many seconds ago, with their ages as values."""
    now = time.time()
    times = [datetime.fromtimestamp(now - 0.5 - age, UTC) for age in ages]
    return {"MetricDataResults": [{"Id": "q0", "Timestamps": times, "Values": list(ages)}]}


@pytest.mark.usefixtures("run")
def test_unsettled_and_old_points_do_not_count() -> None:
    traffic = Series("AWS/ApplicationELB", "RequestCount", {}, "Sum", period=300, back=1200, settle=60)
    points = reading(answered(100, 350, 370, 900, 1300), traffic)[traffic, "Sum"]
    assert [value for _, value in points.points] == [370, 900]
    assert points.sum() == 1270
    assert (points.highest(), points.lowest()) == (900, 370)
    assert points.age() == 70


def test_missing_points_have_no_values() -> None:
    none = Points([], 60, 1e9)
    assert not none
    assert (none.newest(), none.sum(), none.highest(), none.lowest(), none.age()) == (None,) * 5


@pytest.mark.usefixtures("run")
def test_daily_metric_is_not_asked_for_beside_those_of_minutes() -> None:
    cloud = CloudWatch()
    daily = Series("AWS/S3", "BucketSizeBytes", {"BucketName": "5"}, "Average", period=86_400, back=3 * 86_400)
    found = Reader(cloud).read("x", HERE, age("1"), daily, age("2"))
    assert sorted(count for _, _, count in cloud.requests) == [1, 2]
    assert set(found) == {(age("1"), "Maximum"), (age("2"), "Maximum"), (daily, "Average")}


@pytest.mark.usefixtures("run")
def test_same_series_is_asked_for_once() -> None:
    cloud = CloudWatch()
    Reader(cloud).read("x", HERE, age("1"), age("1"))
    assert [count for _, _, count in cloud.requests] == [1]


IMPOSSIBLE: dict[str, tuple[tuple[str, ...], dict[str, int], str]] = {
    "no statistic": ((), {}, "one to 5 statistics, not 0"),
    "six statistics": (("p50", "p90", "p95", "p99", "Sum", "Average"), {}, "not 6"),
    "two periods": (("Sum",), {"period": 300, "back": 600}, "less than three periods of 300 s"),
}


@pytest.mark.parametrize(("stats", "times", "why"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_impossible_series_is_a_mistake_of_its_author(stats: tuple[str, ...], times: dict[str, int], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Series("AWS/SQS", "Age", {}, *stats, **times)
