"""Aws against moto's server, and against a server that refuses requests as AWS does."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checks.aws.source import Aws, Where
from checkwright.core.current import Current, current, enter, leave
from checkwright.core.errors import CannotTell, CheckError, Down
from checkwright.core.secret import mask
from tests.support.aws import (
    REGION,
    SECRET_KEY,
    TOKEN,
    Refusals,
    client,
    forget_credentials,
    give_credentials,
    moto,
    refusing,
)
from tests.support.clock import Clock, still_clock


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def refusals() -> Iterator[Refusals]:
    with refusing() as server:
        yield server


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)


@pytest.fixture
def aws() -> Iterator[Aws]:
    source = Aws.open()
    yield source
    source.close()


@pytest.fixture
def clock() -> Iterator[Clock]:
    with still_clock() as clock:
        yield clock


@pytest.fixture
def run(clock: Clock) -> Iterator[Current]:
    """Make a run the current one. Its timeouts count real seconds, so there are many."""
    token = enter(Current("test", "test", clock.now + 60))
    yield current()
    leave(token)


def at(address: str) -> Where:
    return Where(region=REGION, endpoint=address)


def make_queue(address: str, name: str, *, messages: int = 0) -> Any:
    sqs = client("sqs", address)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    for number in range(messages):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    return url


def put_age(address: str, name: str, seconds: float, *, minutes_ago: float) -> None:
    client("cloudwatch", address).put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": name}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=minutes_ago),
                "Value": seconds,
                "Unit": "Seconds",
            }
        ],
    )


def test_counts_come_from_the_queue(aws: Aws, server: str) -> None:
    url = make_queue(server, "counted", messages=5)
    client("sqs", server).receive_message(QueueUrl=url, MaxNumberOfMessages=2)
    queue = aws.queue("counted", at(server))
    assert (queue.depth(), queue.in_flight()) == (3, 2)


def test_idle_queue_has_no_age(aws: Aws, server: str) -> None:
    make_queue(server, "idle")
    assert aws.queue("idle", at(server)).oldest_seconds() is None


def test_latest_datapoint_is_the_age(aws: Aws, server: str) -> None:
    make_queue(server, "aged")
    put_age(server, "aged", 4000, minutes_ago=9)
    put_age(server, "aged", 1234.5, minutes_ago=3)
    put_age(server, "other", 9, minutes_ago=1)
    assert aws.queue("aged", at(server)).oldest_seconds() == 1234.5


def test_old_datapoint_is_ignored(aws: Aws, server: str) -> None:
    make_queue(server, "stale")
    put_age(server, "stale", 4000, minutes_ago=60)
    assert aws.queue("stale", at(server)).oldest_seconds() is None


@pytest.mark.slow
def test_missing_queue_is_down(aws: Aws, server: str) -> None:
    with pytest.raises(Down, match=r"^the queue nowhere in eu-west-1 does not exist"):
        aws.queue("nowhere", at(server))


def test_clients_are_kept(aws: Aws, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_queue(server, "kept")
    aws.queue("kept", at(server)).depth()
    monkeypatch.setattr("botocore.session.Session.create_client", lambda *_, **__: pytest.fail("a second client"))
    assert aws.queue("kept", at(server)).depth() == 0


def test_missing_credentials_are_reported(aws: Aws, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_credentials(monkeypatch)
    with pytest.raises(CannotTell, match=r"^no AWS credentials for sqs:GetQueueUrl"):
        aws.queue("any", at(server))


def test_incomplete_credentials_are_reported(aws: Aws, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_credentials(monkeypatch)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    with pytest.raises(CannotTell, match=r"not complete.*AWS_SECRET_ACCESS_KEY"):
        aws.queue("any", at(server))


def test_missing_profile_is_reported(aws: Aws, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(CannotTell, match="nobody"):
        aws.queue("any", at(server))


def test_refused_action_is_named(aws: Aws, refusals: Refusals) -> None:
    refusals.answer(QueueUrl="http://127.0.0.1/1/orders")
    refusals.refuse("AccessDenied", "User: arn:aws:iam::1:user/checks is not authorized", 403)
    queue = aws.queue("orders", at(refusals.address))
    with pytest.raises(CannotTell) as caught:
        queue.depth()
    assert str(caught.value) == (
        "AWS refused sqs:GetQueueAttributes on the queue orders in eu-west-1: "
        "User: arn:aws:iam::1:user/checks is not authorized"
    )


REFUSED_CREDENTIALS = {
    "InvalidClientTokenId": "does not know the access key",
    "SignatureDoesNotMatch": "secret key does not belong",
    "ExpiredToken": "expired",
    "RequestExpired": "clock",
}


@pytest.mark.parametrize(("code", "words"), REFUSED_CREDENTIALS.items(), ids=REFUSED_CREDENTIALS)
def test_refused_credentials_are_reported_without_the_message_of_aws(
    aws: Aws, refusals: Refusals, code: str, words: str
) -> None:
    refusals.refuse(code, f"x-amz-security-token:{TOKEN} is what you sent", 403)
    with pytest.raises(CannotTell, match=words) as caught:
        aws.queue("orders", at(refusals.address))
    assert TOKEN not in str(caught.value)


def test_throttled_request_is_repeated(aws: Aws, refusals: Refusals, run: Current, clock: Clock) -> None:
    for code in ("RequestThrottled", "ThrottlingException"):
        refusals.refuse(code, "Rate exceeded")
    refusals.refuse("InternalError", "We encountered an internal error", 500)
    refusals.answer(QueueUrl="http://127.0.0.1/1/orders")
    aws.queue("orders", at(refusals.address))
    assert refusals.operations == ["AmazonSQS.GetQueueUrl"] * 4
    assert clock.pauses == [0.2, 0.4, 0.8]


@pytest.mark.slow
def test_endless_throttling_is_reported_before_the_deadline(
    aws: Aws, refusals: Refusals, run: Current, clock: Clock
) -> None:
    refusals.refuse("ThrottlingException", "Rate exceeded")
    with pytest.raises(CannotTell, match=r"too busy for sqs:GetQueueUrl on the queue orders in eu-west-1"):
        aws.queue("orders", at(refusals.address))
    assert clock.now < run.end
    assert len(refusals.operations) == len(clock.pauses) + 1 > 2


def test_other_errors_are_not_repeated(aws: Aws, refusals: Refusals) -> None:
    refusals.refuse("InvalidAddress", "The address is not valid")
    with pytest.raises(CannotTell, match=r"answered sqs:GetQueueUrl .* with InvalidAddress: The address is not valid"):
        aws.queue("orders", at(refusals.address))
    assert len(refusals.operations) == 1


def test_closed_endpoint_is_reported(aws: Aws) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CannotTell, match=f"cannot reach AWS for sqs:GetQueueUrl .*{address}"):
            aws.queue("orders", at(address))


@pytest.mark.slow
@pytest.mark.parametrize(("left", "creation", "timeout"), [(0.6, 0, 0.5), (3, 2.3, 0.5), (0.1, 0, 0.5)])
def test_silent_endpoint_is_reported_in_time(
    aws: Aws,
    run: Current,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    left: float,
    creation: float,
    timeout: float,
) -> None:
    """left: seconds of the run. creation: seconds that it takes to make a client. timeout: that of the request."""
    from botocore.config import Config
    from botocore.session import Session

    timeouts: list[float] = []
    real: Any = Session.create_client

    def make_client(self: Any, *words: Any, config: Any, **more: Any) -> Any:
        clock.now += creation if not timeouts else 0
        timeouts.append(config.connect_timeout + config.read_timeout)
        # A slow machine needs longer to connect, and the answer never comes.
        return real(self, *words, config=config.merge(Config(connect_timeout=60, read_timeout=0.1)), **more)

    monkeypatch.setattr(Session, "create_client", make_client)
    run.end = clock.now + left
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(CannotTell, match="did not answer sqs:GetQueueUrl"),
    ):
        aws.queue("orders", at(f"http://127.0.0.1:{silent.getsockname()[1]}"))
    assert timeouts[-1] == timeout


BAD_PLACES: dict[str, tuple[str, str | None, str]] = {
    "no address": (REGION, "127.0.0.1", "Invalid endpoint: 127.0.0.1"),
    "no region": ("not a region", None, "write a region such as eu-west-1"),
}


@pytest.mark.parametrize(("region", "address", "words"), BAD_PLACES.values(), ids=BAD_PLACES)
def test_impossible_region_or_endpoint_is_refused(aws: Aws, region: str, address: str | None, words: str) -> None:
    with pytest.raises(CheckError, match=words):
        aws.queue("orders", Where(region=region, endpoint=address))


NONSENSE = {
    "not SQS": ({}, "has no QueueUrl"),
    "a number": ({"QueueUrl": 5}, "has no QueueUrl"),
}


@pytest.mark.parametrize(("answer", "words"), NONSENSE.values(), ids=NONSENSE)
def test_answer_of_another_service_is_reported(
    aws: Aws, refusals: Refusals, answer: dict[str, object], words: str
) -> None:
    refusals.answer(**answer)
    with pytest.raises(CannotTell, match=words):
        aws.queue("orders", at(refusals.address))


def test_missing_counts_are_reported(aws: Aws, refusals: Refusals) -> None:
    refusals.answer(QueueUrl="http://127.0.0.1/1/orders")
    refusals.answer(Attributes={"ApproximateNumberOfMessages": "3"})
    queue = aws.queue("orders", at(refusals.address))
    assert queue.depth() == 3
    with pytest.raises(CannotTell, match="has no ApproximateNumberOfMessagesNotVisible"):
        queue.in_flight()


@pytest.mark.slow
def test_credentials_are_masked_in_the_output(aws: Aws, server: str, run: Current) -> None:
    make_queue(server, "masked")
    aws.queue("masked", at(server))
    assert mask(f"{SECRET_KEY} and {TOKEN}") == "*** and ***"


def test_timeout_can_name_the_request(aws: Aws, server: str, run: Current) -> None:
    make_queue(server, "waited")
    aws.queue("waited", at(server)).depth()
    assert run.doing == "sqs:GetQueueAttributes for the queue waited in eu-west-1"
