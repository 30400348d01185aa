"""Events for the Sensu agent's API, on a server that holds the agent's rules."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from checkwright.batch.sink import Context, QueueSink, open_sink
from checkwright.batch.sinks import sensu
from checkwright.batch.tasks import Task
from checkwright.core.errors import BadUsage
from checkwright.registry.plan import Routes
from tests.checkwright.batch.plans import result, task
from tests.sensu.plans import at
from tests.support.ports import closed_port
from tests.support.sensu_api import Agent, Bad, agent_api, prepared


@pytest.fixture
def agent() -> Iterator[Agent]:
    with agent_api() as agent:
        yield agent


@pytest.fixture
def queue(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> Iterator[QueueSink]:
    monkeypatch.setattr(sensu, "PATIENCE", 0.5)
    with closing(sensu.make(agent.url, Context(False, print))) as queue:
        yield queue


def routed(found: Task, routes: Routes) -> Task:
    return replace(found, plan=replace(found.plan, routes=routes))


def three(queue: QueueSink) -> list[bytes]:
    return [queue.payload(result(f"OK {number}")) for number in range(3)]


def test_events_are_queued_in_order_on_one_connection(agent: Agent, queue: QueueSink) -> None:
    receipt = queue.send(three(queue))
    assert (receipt.delivered, receipt.refused, receipt.problem) == (3, (), "")
    assert agent.took() == [("web-1", "web.disk", 0, f"OK {number}\n") for number in range(3)]
    assert agent.connections == 1


def test_event_has_all_fields_of_the_check(agent: Agent, queue: QueueSink) -> None:
    found = result("SMTP CRITICAL: bad | 'a b'=1.5s;1;2 c=U", 2, of=task("smtp", interval=30, notify="ticket"))
    assert queue.send([queue.payload(found)]).delivered == 1
    (event,) = agent.events
    check = event["check"]
    assert (check["status"], check["interval"], check["timeout"], check["ttl"]) == (2, 30, 12, 102)
    assert (check["executed"], check["duration"], check["handlers"]) == (1_800_000_000, 0.5, ["ticket"])
    assert check["metadata"]["labels"]["role"] == "web"
    assert check["metadata"]["annotations"]["fatigue_check/occurrences"] == "3"
    assert "proxy_entity_name" not in check
    assert event["metrics"] == {
        "handlers": [],
        "points": [{"name": "a b", "value": 1.5, "timestamp": 1_800_000_000, "tags": []}],
    }
    assert event["pipelines"] == []


def test_event_has_the_pipelines_and_metric_handlers_of_the_routes(agent: Agent, queue: QueueSink) -> None:
    routes = Routes(page=("pager",), metrics=("store",), origin=at(30))
    found = result("OK | load1=0.5;1;2", of=routed(task("load"), routes))
    assert queue.send([queue.payload(found)]).delivered == 1
    (event,) = agent.events
    pipeline = {"api_version": "core/v2", "type": "Pipeline", "name": "page"}
    assert event["pipelines"] == event["check"]["pipelines"] == [pipeline]
    assert event["check"]["handlers"] == []
    assert event["metrics"]["handlers"] == ["store"]
    (point,) = event["metrics"]["points"]
    assert point["tags"] == [
        {"name": "check", "value": "web.load"},
        {"name": "environment", "value": "test"},
        {"name": "role", "value": "web"},
    ]


def test_output_is_that_of_the_agents_own_run(agent: Agent, queue: QueueSink) -> None:
    text = "DISK UNKNOWN: no answer | space:/=U;80;90;0;100 inodes:/=5%;80;90;0;100"
    ours = task("disk", check="disk")
    queue.send([queue.payload(result(text, 3, of=ours)), queue.payload(result(text, 3, of=task("mail")))])
    own, foreign = (event["check"]["output"] for event in agent.events)
    assert own == "DISK UNKNOWN: no answer | inodes:/=5%;80;90;0;100\n"
    assert foreign == f"{text}\n"


def test_event_without_values_reaches_the_metric_handlers_as_that_of_an_agent(agent: Agent, queue: QueueSink) -> None:
    routes = Routes(page=("pager",), metrics=("store",), origin=at(30))
    queue.send([queue.payload(result("DISK UNKNOWN: no answer", 3, of=routed(task(), routes)))])
    assert agent.events[0]["metrics"] == {"handlers": ["store"], "points": []}


def test_event_of_a_single_run_has_no_ttl(agent: Agent) -> None:
    with closing(sensu.make(agent.url, Context(True, print))) as queue:
        queue.send([queue.payload(result())])
    assert "ttl" not in agent.events[0]["check"]


def test_other_machine_is_a_proxy_entity(agent: Agent, queue: QueueSink) -> None:
    queue.send([queue.payload(result(of=task(host="web-2")))])
    assert agent.events[0]["check"]["proxy_entity_name"] == "web-2"


def test_refused_event_does_not_stop_the_others(agent: Agent, queue: QueueSink) -> None:
    bad = queue.payload(result(of=task("not a name")))
    first, second, third = three(queue)
    receipt = queue.send([first, bad, second, third])
    assert (receipt.delivered, receipt.problem) == (3, "")
    (why,) = receipt.refused
    assert why == (
        f"web.not a name of web-1: the agent at {agent.url} answered 400 "
        "check name must not be empty or have special characters"
    )


def test_full_agent_keeps_the_order(agent: Agent, queue: QueueSink) -> None:
    agent.mood = "full"
    receipt = queue.send(three(queue))
    assert receipt.settled == 0
    assert receipt.problem.startswith(f"the Sensu agent at {agent.url} cannot take events now: 500 error queueing")
    assert agent.attempts == 1
    agent.mood = "well"
    assert queue.send(three(queue)).delivered == 3


TROUBLES = {
    "drops": "cannot reach the Sensu agent at {url}: ",
    "drops after reading": "cannot reach the Sensu agent at {url}: ",
    "stalls": "the Sensu agent at {url} did not answer within",
    "drips": "the Sensu agent at {url} did not answer within",
    "other": "the server at {url} is not the API of a Sensu agent: 404 404 page not found",
}


@pytest.mark.parametrize(("mood", "sentence"), TROUBLES.items())
def test_failed_connection_is_reported_and_reopened(agent: Agent, queue: QueueSink, mood: str, sentence: str) -> None:
    payloads = three(queue)
    assert queue.send(payloads[:1]).delivered == 1
    agent.mood = mood  # type: ignore[assignment]
    receipt = queue.send(payloads[1:])
    assert receipt.settled == 0
    assert receipt.problem.startswith(sentence.format(url=agent.url))
    agent.mood = "well"
    assert queue.send(payloads[1:]).delivered == 2
    assert [output for *_, output in agent.took()] == ["OK 0\n", "OK 1\n", "OK 2\n"]


def test_missing_agent_is_one_sentence() -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    queue = sensu.make(url, Context(True, print))
    receipt = queue.send([queue.payload(result())])
    assert receipt.problem == f"no Sensu agent listens at {url}: connection refused"


@pytest.mark.parametrize(
    "url", ["agent", "https://127.0.0.1", "http://:80", "http://a:b", "http://a/events", "http://u:p@a"]
)
def test_wrong_url_is_one_sentence(url: str) -> None:
    with pytest.raises(
        BadUsage, match=re.escape("sensu needs the URL of an agent's API such as http://127.0.0.1:3031")
    ):
        open_sink(f"sensu:{url}", Context(True, print))


def test_double_of_the_agent_refuses_bad_events() -> None:
    good = json.loads(sensu.make("", Context(False, print)).payload(result()))
    prepared(json.loads(json.dumps(good)), "web-1")
    wrong = {
        "status": 1.0,
        "interval": -1,
        "ttl": 3,
        "handlers": "page",
        "output": None,
        "metadata": {"name": "a b"},
        "max_output_size": -1,
    }
    for field, value in wrong.items():
        with pytest.raises(Bad):
            prepared({**good, "check": {**good["check"], field: value}}, "web-1")
    with pytest.raises(Bad):
        prepared({"entity": good["entity"]}, "web-1")
    with pytest.raises(Bad):
        prepared({**good, "entity": {"metadata": {"name": "a b"}}}, "web-1")
