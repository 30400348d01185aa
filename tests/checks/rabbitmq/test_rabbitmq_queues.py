"""Check rabbitmq_queues against canned and recorded answers. test_real.py has the real RabbitMQ."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.rabbitmq.rabbitmq_queues import _COLUMNS, RabbitmqQueues
from checkwright.core.errors import Down
from checkwright.sources.http import Reply
from checkwright.testing import FakeHttp, Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.checks.rabbitmq.stub import recorded, replies, served
from tests.support.sample import Sample


def path(name: str = "", vhost: str = "%2F") -> str:
    return f"/api/queues/{vhost}{'/' * bool(name)}{name}?columns={_COLUMNS}"


def queue(name: str, ready: int, consumers: int, **more: object) -> dict[str, object]:
    counts = {"messages_ready": ready, "messages_unacknowledged": 0, "consumers": consumers}
    return {"name": name, "type": "classic", "state": "running", "head_message_timestamp": None, **counts, **more}


SERVED = queue("invoices", 12, 3, messages_unacknowledged=9, message_stats={"publish": 700, "ack": 640})
QUEUES = [
    SERVED,
    queue("mail", 0, 0),
    queue("amq.gen-x", 5, 0),
    {"name": "new", "type": "classic"},
    queue("log", 5_000, 1, type="stream"),
]
REFUSED = Reply(
    401,
    '{"error":"not_authorised","reason":"User not authorised to access virtual host"}',
    reason="Unauthorized",
)
MISSING = Reply(404, '{"error":"Object Not Found","reason":"Not Found"}', reason="Object Not Found")
HTTP = FakeHttp(
    {
        **replies(
            {
                path(): QUEUES,
                path("invoices"): SERVED,
                path("mail"): queue("mail", 0, 0),
                path("none"): MISSING,
                path(vhost="stuck"): [queue("orders", 812, 0), queue("mail", 0, 1)],
                path(vhost="full"): [queue("orders", 12_000, 2), queue("mail", 1_500, 1)],
                path(vhost="dead"): [queue("orders", 0, 2), queue("orders.dead", 4, 0), queue("mail.dead", 0, 0)],
                path(vhost="lost"): [queue("orders", 0, 2, state="down"), queue("mail", 0, 2, state="flow")],
                path(vhost="old"): [queue("orders", 5, 2, head_message_timestamp=1_000_000_000)],
                path(vhost="a%2Fb"): [],
                path(vhost="recorded"): recorded("queues"),
                path(vhost="closed"): REFUSED,
                path("invoices", "closed"): REFUSED,
                path(vhost="gone"): MISSING,
            }
        ),
        **replies({path(): Down("GET http://down.test: connection refused")}, "http://down.test"),
        **replies({path("a"): Reply(404, "<html>", reason="Not Found")}, "http://other.test"),
    }
)
RECORDED_MESSAGE = 1_795_931_000
CASES = {
    "all is well": ("", "OK"),
    "named queues": ("-q invoices -q mail", "OK"),
    "a named queue without consumers": ("-q mail --consumers-critical 1:", "CRITICAL"),
    "a named queue does not exist": ("-q none", "CRITICAL"),
    "a named queue and a pattern": ("-q none -q 'inv*'", "CRITICAL"),
    "messages and no consumer": ("--vhost stuck", "CRITICAL"),
    "without those that wait on purpose": ("--vhost stuck -x orders", "OK"),
    "too many messages": ("--vhost full", "CRITICAL"),
    "a limit of its own": ("-q invoices --ready-warning invoices=10", "WARNING"),
    "dead letters": ("--vhost dead --unwanted '*.dead'", "CRITICAL"),
    "dead letters by themselves": ("--vhost dead", "CRITICAL"),
    "a queue is down": ("--vhost lost", "CRITICAL"),
    "no queue at all": ("--vhost a/b", "OK"),
    "no queue of the pattern": ("-q 'blog.*'", "UNKNOWN"),
    "no queue that must be empty": ("-q '*.dead' --unwanted '*.dead'", "OK"),
    "recorded": ("--vhost recorded", "CRITICAL"),
    "not permitted": ("--vhost closed", "UNKNOWN"),
    "not permitted to see a queue": ("--vhost closed -q invoices", "UNKNOWN"),
    "no such virtual host": ("--vhost gone", "UNKNOWN"),
    "not running": ("-u http://down.test", "CRITICAL"),
    "another server": ("-u http://other.test -q a", "UNKNOWN"),
    "an empty name": ("-q ''", "UNKNOWN"),
    "an empty virtual host": ("--vhost ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_rabbitmq_queues(command_line: str, state: str, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    # The recorded answer has a message of that time.
    monkeypatch.setattr("checkwright.sources.json_path.time.time", lambda: RECORDED_MESSAGE + 15 * 3600)
    memory = FakeStateFile()
    memory.remembered = {"waits": {"invoices": 300}, "rates": {"publish invoices": 100, "ack invoices": 100}}
    outcome = run(RabbitmqQueues, command_line, HTTP, memory)
    assert outcome.state == state
    golden(outcome)


def test_oldest_message_is_an_age() -> None:
    outcome = run(RabbitmqQueues, "--vhost old --oldest-critical 3600", HTTP, FakeStateFile())
    assert (outcome.state, outcome.summary.startswith("Oldest message orders ")) == ("CRITICAL", True)


def test_few_named_queues_are_requested_one_by_one() -> None:
    http = FakeHttp(HTTP.replies)
    run(RabbitmqQueues, "-q invoices -q mail", http, FakeStateFile())
    assert [url.partition("?")[0].rpartition("/")[2] for _, url in http.requests] == ["invoices", "mail"]


@contextmanager
def sample(_folder: Path) -> Iterator[Sample]:
    with served({path(): [SERVED]}) as url:
        yield Sample(f"--url {url}")
