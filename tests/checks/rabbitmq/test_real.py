"""Checks rabbitmq and rabbitmq_queues against the real RabbitMQ, which takes long to start."""

from collections.abc import Iterator

import pytest

from checks.rabbitmq.rabbitmq import Rabbitmq
from checks.rabbitmq.rabbitmq_queues import RabbitmqQueues
from checkwright.core.check import Check
from checkwright.core.outcome import Outcome
from checkwright.core.world import World
from checkwright.testing import run
from checkwright.testing.fakes import FakeStateFile
from tests.support.daemons import wait_until
from tests.support.rabbitmq import Rabbitmq as Server
from tests.support.rabbitmq import rabbitmq

pytestmark = [pytest.mark.daemon, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as found:
        found.monitor("nagios", "pw")
        found.monitor("outsider", "pw", vhost="")
        found.monitor("manager", "pw", tags="management")
        yield found


@pytest.fixture(autouse=True)
def login(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("NAGIOS", "nagios:pw"), ("WRONG", "nagios:no"), ("OUT", "outsider:pw"), ("MAN", "manager:pw")):
        monkeypatch.setenv(name, value)


def check(
    kind: type[Check], server: Server, words: str = "", *, login: str = "NAGIOS", memory: FakeStateFile
) -> Outcome:
    return run(kind, f"-u {server.url} --auth-env {login} {words}", World(), memory)


def test_real_queues(server: Server) -> None:
    memory = FakeStateFile(seconds=60)

    def queues(words: str = "", login: str = "NAGIOS") -> Outcome:
        return check(RabbitmqQueues, server, words, login=login, memory=memory)

    assert queues().state == "OK"
    assert queues("-q invoices").summary.startswith("Queue invoices does not exist")
    server.api("PUT", "queues/%2F/invoices", {})
    server.api("PUT", "queues/%2F/mail", {})
    assert queues().state == "OK"
    assert queues("-q invoices").state == "OK"

    server.publish("invoices", 20)
    wait_until(lambda: queues().state == "CRITICAL", "the messages do not show")
    assert queues().summary.startswith("Queue invoices has messages and no consumer (20 ready)")
    assert queues("-q invoices").state == "CRITICAL"
    assert queues("-q mail").state == "OK"
    assert queues("--unwanted inv*").summary.startswith("Unwanted messages invoices 20 (above 0)")
    with server.consumer("invoices"):
        wait_until(lambda: queues().state == "OK", "the consumer does not show")
        outcome = queues("-v --consumers-critical 1:")
        values = {(one.gauge, one.item): one.value for one in outcome.readings}
        assert outcome.summary.startswith("Consumers mail 0 (below 1)")
        assert (values["ready", "invoices"], values["consumers", "invoices"]) == (0, 1)
        assert values["unacked", "invoices"] == 20
    wait_until(lambda: queues().state == "CRITICAL", "the end of the consumer does not show")
    server.api("DELETE", "queues/%2F/invoices/contents")
    wait_until(lambda: queues().state == "OK", "the queue stays full")


def test_real_accounts_that_see_too_little_are_unknown(server: Server) -> None:
    for kind in (RabbitmqQueues, Rabbitmq):
        memory = FakeStateFile()
        outcome = check(kind, server, login="WRONG", memory=memory)
        assert (outcome.state, "it rejects this account" in outcome.summary) == ("UNKNOWN", True)
    outcome = check(RabbitmqQueues, server, login="OUT", memory=memory)
    assert (outcome.state, "User not authorised to access virtual host" in outcome.summary) == ("UNKNOWN", True)
    outcome = check(RabbitmqQueues, server, "-q invoices", login="OUT", memory=memory)
    assert (outcome.state, "User not authorised to access virtual host" in outcome.summary) == ("UNKNOWN", True)
    outcome = check(Rabbitmq, server, login="MAN", memory=memory)
    assert (outcome.state, "it rejects this account" in outcome.summary) == ("UNKNOWN", True)


def test_real_node(server: Server) -> None:
    memory = FakeStateFile(seconds=121)

    def node(words: str = "") -> Outcome:
        return check(Rabbitmq, server, words, memory=memory)

    assert node().state == "OK"
    assert node("--nodes-critical 2:").state == "CRITICAL"
    server.publish("nowhere", 3)
    wait_until(lambda: node().state == "WARNING", "unroutable messages do not show")
    assert "Unroutable messages in 10 min 3 (above 0)" in node().summary
    wait_until(lambda: node().state == "OK", "unroutable messages do not leave the window")

    server.control("set_disk_free_limit", "99999GB")
    outcome = node()
    assert outcome.state == "CRITICAL"
    assert "disk space (publishers are blocked)" in outcome.summary
    server.control("set_disk_free_limit", "1MB")
    wait_until(lambda: node().state == "OK", "the alarm does not end")

    server.freeze()
    outcome = node("-t 1")
    assert (outcome.state, "no answer within" in outcome.summary) == ("CRITICAL", True)
    server.thaw()
    wait_until(lambda: node().state == "OK", "it does not recover")
    server.kill()
    assert node().state == "CRITICAL"
    wait_until(lambda: "connection refused" in node().summary, "its port stays open")
