"""Batches of CloudWatch queries: concurrent queries share a request, and nothing else."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checks.aws._cloudwatch import MetricQuery, MetricReader
from checkwright.core.errors import CannotTell
from tests.support.current_run import current_run

HERE = ("eu-west-1", None)


class CloudWatch:
    """Fake CloudWatch. The age of queue `N` is N seconds, `nothing` has no datapoint."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, tuple[str, str | None], int]] = []
        self.refuses: set[str] = set()
        self.seconds = 0.0
        self.pages = False

    def __call__(self, about: str, endpoint: tuple[str, str | None], **parameters: Any) -> dict[str, Any]:
        queries = parameters["MetricDataQueries"]
        self.requests.append((about, endpoint, len(queries)))
        time.sleep(self.seconds)
        if about in self.refuses:
            raise CannotTell(f"AWS refused cloudwatch:GetMetricData on {about}")
        now = datetime.now(UTC)
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


def age(name: str) -> MetricQuery:
    return MetricQuery("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": name})


def together(
    metrics: MetricReader, names: list[str], endpoint: tuple[str, str | None] = HERE
) -> list[float | str | None]:
    """Return the answer of each name's own run, all started at once."""
    found: dict[int, float | str | None] = {}
    start = threading.Barrier(len(names))

    def work(position: int, name: str) -> None:
        with current_run(seconds=20):
            start.wait()
            try:
                found[position] = metrics.latest(age(name), name, endpoint)
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
        assert MetricReader(cloud).latest(age("7"), "7", HERE) == 7
        assert MetricReader(cloud).latest(age("nothing"), "nothing", HERE) is None
    assert cloud.requests == [("7", HERE, 1), ("nothing", HERE, 1)]


def test_concurrent_queries_share_a_request() -> None:
    cloud = CloudWatch()
    names = [str(number) for number in range(40)] + ["nothing"]
    assert together(MetricReader(cloud, 1.0), names) == [*map(float, range(40)), None]
    assert [count for _, _, count in cloud.requests] == [41]


def test_later_query_starts_another_request() -> None:
    cloud = CloudWatch()
    metrics = MetricReader(cloud, 0.05)
    assert together(metrics, ["1", "2"]) == [1, 2]
    before = len(cloud.requests)
    assert together(metrics, ["1", "2"]) == [1, 2]
    assert len(cloud.requests) > before


def test_query_during_a_request_starts_another_one() -> None:
    cloud = CloudWatch()
    cloud.seconds = 1.0
    metrics = MetricReader(cloud, 0.05)
    thread = threading.Thread(target=together, args=(metrics, ["1"]))
    thread.start()
    while not cloud.requests:
        time.sleep(0.01)
    assert together(metrics, ["1"]) == [1]
    thread.join()
    assert [count for _, _, count in cloud.requests] == [1, 1]


def test_regions_and_endpoints_are_separate() -> None:
    cloud = CloudWatch()
    metrics = MetricReader(cloud, 0.5)
    first = threading.Thread(target=together, args=(metrics, ["1", "2"], ("us-east-1", "http://127.0.0.1:9")))
    first.start()
    assert together(metrics, ["3", "4"]) == [3, 4]
    first.join()
    assert sorted((endpoint, count) for _, endpoint, count in cloud.requests) == [
        (HERE, 2),
        (("us-east-1", "http://127.0.0.1:9"), 2),
    ]


def test_refusal_names_the_queue_of_each_run() -> None:
    cloud = CloudWatch()
    names = ["1", "2", "3"]
    cloud.refuses = set(names)
    answers = together(MetricReader(cloud, 0.5), names)
    assert answers == [f"AWS refused cloudwatch:GetMetricData on {name}" for name in names]


def test_queries_beyond_the_limit_are_split() -> None:
    cloud = CloudWatch()
    metrics = MetricReader(cloud, 1.5)
    names = [str(number) for number in range(510)]
    assert together(metrics, names) == [*map(float, range(510))]
    assert sorted(count for _, _, count in cloud.requests) == [10, 500]


def test_answer_in_pages_is_complete() -> None:
    cloud = CloudWatch()
    cloud.pages = True
    assert together(MetricReader(cloud, 0.5), ["5", "6", "7"]) == [5, 6, 7]


def test_run_with_little_time_does_not_wait() -> None:
    cloud = CloudWatch()
    with current_run(seconds=1):
        began = time.monotonic()
        assert MetricReader(cloud, 60).latest(age("1"), "1", HERE) == 1
        assert time.monotonic() - began < 30


@pytest.mark.parametrize("unchanged", [True, False])
def test_clients_are_replaced_when_credential_files_change(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, unchanged: bool
) -> None:
    from checks.aws.source import Aws
    from tests.support.aws import forget_credentials

    forget_credentials(monkeypatch)
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = FIRST\naws_secret_access_key = one\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    aws = Aws()
    first = aws._client("sqs", "eu-west-1", "http://127.0.0.1:9", 1.0)
    if not unchanged:
        file.write_text("[default]\naws_access_key_id = ANOTHER\naws_secret_access_key = two\n")
    second = aws._client("sqs", "eu-west-1", "http://127.0.0.1:9", 1.0)
    assert (first is second) == unchanged
    assert aws._session.get_credentials().access_key == ("FIRST" if unchanged else "ANOTHER")
    aws.close()


ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "no results": ({}, "has no result for 1 of 1 queries"),
    "results of other queries": ({"MetricDataResults": [{"Id": "q7"}]}, "has no result for 1 of 1 queries"),
    "a failed query": (
        {"MetricDataResults": [{"Id": "q0", "StatusCode": "InternalError"}]},
        "GetMetricData for x is InternalError",
    ),
    "pages without end": ({"MetricDataResults": [{"Id": "q0"}], "NextToken": "more"}, "has more than 50 pages"),
}


@pytest.mark.parametrize(("answer", "why"), ANSWERS.values(), ids=ANSWERS)
def test_half_an_answer_is_no_answer(answer: dict[str, Any], why: str) -> None:
    reader = MetricReader(lambda _about, _endpoint, **_parameters: answer)
    with current_run(), pytest.raises(CannotTell, match=why):
        reader.latest(age("5"), "x", HERE)
