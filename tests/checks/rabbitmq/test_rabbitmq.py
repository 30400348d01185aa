"""Check rabbitmq against canned and recorded answers. test_real.py has the real RabbitMQ."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.rabbitmq.rabbitmq import _NODE, Rabbitmq
from checkwright.core.errors import Down
from checkwright.sources.http import Reply
from checkwright.testing import FakeHttp, Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.checks.rabbitmq.stub import failed, recorded, replies, served
from tests.support.sample import Sample

OVERVIEW = "/api/overview?columns=object_totals,message_stats"
ALARMS = "/api/health/checks/alarms"
NODES = f"/api/nodes?columns={_NODE}"
QUORUM = "/api/health/checks/node-is-quorum-critical"


def node(name: str, **more: object) -> dict[str, object]:
    return {
        "name": name,
        "running": True,
        "partitions": [],
        "mem_used": 100_000_000,
        "mem_limit": 400_000_000,
        "disk_free": 30_000_000_000,
        "fd_used": 100,
        "fd_total": 20_000,
        "sockets_used": 20,
        "sockets_total": 18_000,
        **more,
    }


WELL: dict[str, object] = {
    OVERVIEW: {
        "object_totals": {"connections": 12, "channels": 15},
        "message_stats": {"drop_unroutable": 3, "return_unroutable": 0},
    },
    ALARMS: {"status": "ok"},
    NODES: [node("rabbit@a"), node("rabbit@b")],
    QUORUM: {"status": "ok", "reason": "single node cluster"},
}
STOPPED = {"name": "rabbit@b", "running": False, "partitions": []}
VARIANTS: dict[str, dict[str, object]] = {
    "recorded": {
        OVERVIEW: recorded("overview"),
        NODES: recorded("nodes"),
        ALARMS: Reply(503, json.dumps(recorded("alarms")), reason="Service Unavailable"),
    },
    "unlisted": {ALARMS: failed("There are alarms in effect", alarms=[])},
    "unnamed": {ALARMS: failed("There are alarms in effect")},
    "blind": {NODES: []},
    "stopped": {NODES: [node("rabbit@a"), STOPPED]},
    "partition": {NODES: [node("rabbit@a", partitions=["rabbit@b"]), node("rabbit@b", partitions=["rabbit@a"])]},
    "quorum": {QUORUM: failed("There are 2 queues that would lose their quorum", queues=[])},
    "memory": {NODES: [node("rabbit@a", mem_used=390_000_000)]},
    "files": {NODES: [node("rabbit@a", fd_used=17_000)]},
    "later": {
        NODES: [{"name": "rabbit@a", "running": True, "partitions": []}],
        OVERVIEW: {"object_totals": {"connections": 0, "channels": 0}},
    },
    "new": {NODES: [{"name": "rabbit@a", "running": True}]},
    "unroutable": {
        OVERVIEW: {"object_totals": {"connections": 12, "channels": 15}, "message_stats": {"drop_unroutable": 9}}
    },
    "closed": {OVERVIEW: Reply(401, '{"error":"not_authorised","reason":"Login failed"}', reason="Unauthorized")},
    "old": {ALARMS: Reply(404, '{"error":"Object Not Found"}', reason="Object Not Found")},
    "proxy": {ALARMS: Reply(503, "<html>", reason="Service Unavailable")},
    "down": {OVERVIEW: Down("GET http://down.test: connection refused")},
}
HTTP = FakeHttp(
    {
        **replies(WELL),
        **{
            key: reply
            for name, more in VARIANTS.items()
            for key, reply in replies({**WELL, **more}, f"http://{name}.test").items()
        },
    }
)
CASES = {
    "all is well": ("", "OK"),
    "an alarm": ("-u http://recorded.test", "CRITICAL"),
    "an alarm without its kind": ("-u http://unlisted.test", "CRITICAL"),
    "an alarm in another form": ("-u http://unnamed.test", "CRITICAL"),
    "no node is listed": ("-u http://blind.test", "UNKNOWN"),
    "a node is down": ("-u http://stopped.test", "CRITICAL"),
    "a node was removed": ("--nodes-critical 3:", "CRITICAL"),
    "a partition": ("-u http://partition.test", "CRITICAL"),
    "one more node would be too many": ("-u http://quorum.test", "WARNING"),
    "near the watermark": ("-u http://memory.test", "CRITICAL"),
    "file descriptors": ("-u http://files.test", "WARNING"),
    "a later version": ("-u http://later.test", "OK"),
    "just started": ("-u http://new.test", "OK"),
    "unroutable messages": ("-u http://unroutable.test", "WARNING"),
    "a rejected account": ("-u http://closed.test", "UNKNOWN"),
    "an old version": ("-u http://old.test", "UNKNOWN"),
    "a proxy in front": ("-u http://proxy.test", "CRITICAL"),
    "not running": ("-u http://down.test", "CRITICAL"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_rabbitmq(command_line: str, state: str, golden: Golden) -> None:
    memory = FakeStateFile({"last": {"drop_unroutable": 3, "return_unroutable": 0}, "events": []})
    outcome = run(Rabbitmq, command_line, HTTP, memory)
    assert outcome.state == state
    golden(outcome)


@contextmanager
def sample(_folder: Path) -> Iterator[Sample]:
    with served(WELL) as url:
        yield Sample(f"--url {url}")
