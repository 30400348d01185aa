"""Questions to CloudWatch that come at the same time share a request, and nothing else."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checks.aws._cloudwatch import Metrics, Question
from checkwright.core.errors import CannotTell
from tests.support.current_run import current_run

HERE = ("eu-west-1", None)


class CloudWatch:
    """Answers the age of queue `N` with N seconds; `nothing` has no datapoint. Can be slow, refuse, or give pages."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, str | None], int]] = []
        self.refuses: set[str] = set()
        self.seconds = 0.0
        self.pages = False

    def __call__(self, about: str, where: tuple[str, str | None], **parameters: Any) -> dict[str, Any]:
        queries = parameters["MetricDataQueries"]
        self.asked.append((about, where, len(queries)))
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


def age(name: str) -> Question:
    return Question("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": name})


def together(metrics: Metrics, names: list[str], where: tuple[str, str | None] = HERE) -> list[float | str | None]:
    """What each name's own run is told, all asked at once."""
    found: dict[int, float | str | None] = {}
    start = threading.Barrier(len(names))

    def ask(place: int, name: str) -> None:
        with current_run(seconds=20):
            start.wait()
            try:
                found[place] = metrics.newest(age(name), name, where)
            except CannotTell as error:
                found[place] = str(error)

    threads = [threading.Thread(target=ask, args=one) for one in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[place] for place in range(len(names))]


def test_a_run_alone_asks_at_once() -> None:
    cloud = CloudWatch()
    with current_run():
        assert Metrics(cloud).newest(age("7"), "7", HERE) == 7
        assert Metrics(cloud).newest(age("nothing"), "nothing", HERE) is None
    assert cloud.asked == [("7", HERE, 1), ("nothing", HERE, 1)]


def test_those_who_ask_at_the_same_time_share_a_request() -> None:
    cloud = CloudWatch()
    names = [str(number) for number in range(40)] + ["nothing"]
    assert together(Metrics(cloud, 1.0), names) == [*map(float, range(40)), None]
    assert [count for _, _, count in cloud.asked] == [41]


def test_who_asks_later_asks_anew() -> None:
    cloud = CloudWatch()
    metrics = Metrics(cloud, 0.05)
    assert together(metrics, ["1", "2"]) == [1, 2]
    asked = len(cloud.asked)
    assert together(metrics, ["1", "2"]) == [1, 2]
    assert len(cloud.asked) > asked


def test_who_asks_while_a_request_is_under_way_is_not_answered_by_it() -> None:
    cloud = CloudWatch()
    cloud.seconds = 1.0
    metrics = Metrics(cloud, 0.05)
    thread = threading.Thread(target=together, args=(metrics, ["1"]))
    thread.start()
    while not cloud.asked:
        time.sleep(0.01)
    assert together(metrics, ["1"]) == [1]
    thread.join()
    assert [count for _, _, count in cloud.asked] == [1, 1]


def test_other_regions_and_endpoints_are_asked_apart() -> None:
    cloud = CloudWatch()
    metrics = Metrics(cloud, 0.5)
    first = threading.Thread(target=together, args=(metrics, ["1", "2"], ("us-east-1", "http://127.0.0.1:9")))
    first.start()
    assert together(metrics, ["3", "4"]) == [3, 4]
    first.join()
    assert sorted((where, count) for _, where, count in cloud.asked) == [
        (HERE, 2),
        (("us-east-1", "http://127.0.0.1:9"), 2),
    ]


def test_a_refusal_is_told_to_each_about_its_own() -> None:
    cloud = CloudWatch()
    names = ["1", "2", "3"]
    cloud.refuses = set(names)
    told = together(Metrics(cloud, 0.5), names)
    assert told == [f"AWS refused cloudwatch:GetMetricData on {name}" for name in names]


def test_more_than_one_request_holds() -> None:
    cloud = CloudWatch()
    metrics = Metrics(cloud, 1.5)
    names = [str(number) for number in range(510)]
    assert together(metrics, names) == [*map(float, range(510))]
    assert sorted(count for _, _, count in cloud.asked) == [10, 500]


def test_an_answer_in_pages() -> None:
    cloud = CloudWatch()
    cloud.pages = True
    assert together(Metrics(cloud, 0.5), ["5", "6", "7"]) == [5, 6, 7]


def test_a_run_with_little_time_waits_for_nobody() -> None:
    cloud = CloudWatch()
    with current_run(seconds=1):
        began = time.monotonic()
        assert Metrics(cloud, 60).newest(age("1"), "1", HERE) == 1
        assert time.monotonic() - began < 30


@pytest.mark.parametrize("stays", [True, False])
def test_clients_are_made_anew_when_the_files_of_credentials_change(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, stays: bool
) -> None:
    from checks.aws.source import Aws
    from tests.support.aws import forget_credentials

    forget_credentials(monkeypatch)
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = FIRST\naws_secret_access_key = one\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    aws = Aws()
    first = aws._client("sqs", "eu-west-1", "http://127.0.0.1:9", 1.0)
    if not stays:
        file.write_text("[default]\naws_access_key_id = ANOTHER\naws_secret_access_key = two\n")
    second = aws._client("sqs", "eu-west-1", "http://127.0.0.1:9", 1.0)
    assert (first is second) == stays
    assert aws._session.get_credentials().access_key == ("FIRST" if stays else "ANOTHER")
    aws.close()
