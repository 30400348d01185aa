"""Check opensearch against answers in the documented form, some of them from a web server of the test."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.opensearch.opensearch import _STATS, Opensearch
from checkwright.core.errors import Down
from checkwright.core.world import World
from checkwright.sources.http import Reply
from checkwright.testing import FakeHttp, Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.sample import Sample
from tests.support.servers import Page, web_server

RECORDED = Path(__file__).with_name("recorded")
URL = "http://127.0.0.1:9200"
HEALTH = "/_cluster/health?timeout=5s&master_timeout=5s"
BLOCKS = "/_cluster/state/blocks?filter_path=blocks.indices"
STATS = f"/_nodes/_all/stats/jvm,fs,thread_pool,breaker,indices?timeout=5s&filter_path={_STATS}"


def recorded(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((RECORDED / f"{name}.json").read_text())
    return found


def node(name: str, *, free: int = 60, heap: int = 50, rejected: int = 31, tripped: int = 2) -> dict[str, object]:
    return {
        "name": name,
        "jvm": {"mem": {"heap_used_percent": heap}},
        "fs": {"total": {"total_in_bytes": 100_000, "available_in_bytes": free * 1_000}},
        "thread_pool": {"search": {"rejected": rejected}, "write": {"rejected": 0}},
        "breakers": {"parent": {"tripped": tripped}, "request": {"tripped": 0}},
        "indices": {"search": {"query_total": 2_000, "query_time_in_millis": 9_000}},
    }


def nodes(*some: dict[str, object]) -> dict[str, object]:
    """Return the statistics of three nodes, some of them as given."""
    found = (*some, *(node(name) for name in "abc"[len(some) :]))
    return {"nodes": {f"id-{number}": one for number, one in enumerate(found)}}


GREEN = recorded("cluster-health-green")
YELLOW = recorded("cluster-health-yellow-delayed")
ALONE = {**GREEN, "number_of_nodes": 1}
WELL: dict[str, object] = {HEALTH: GREEN, BLOCKS: {}, STATS: nodes(node("a"), node("b"), node("c"))}
FLOOD = {"blocks": {"indices": {"logs": {"12": {"description": "read-only / allow delete"}}, "old": {"8": {}}}}}
NO_MASTER = Reply(503, (RECORDED / "no-master-503.json").read_bytes(), reason="Service Unavailable")
REFUSED = Reply(403, '{"error":{"type":"security_exception"},"status":403}', reason="Forbidden")
VARIANTS: dict[str, dict[str, object]] = {
    "yellow": {HEALTH: YELLOW},
    "one": {HEALTH: {**YELLOW, "number_of_nodes": 1}},
    "red": {HEALTH: {**GREEN, "status": "red", "unassigned_shards": 4}},
    "flood": {BLOCKS: FLOOD},
    "full": {STATS: nodes(node("a", free=9), node("b", free=18))},
    "heap": {STATS: nodes(node("a", heap=97))},
    "rejected": {STATS: nodes(node("a", rejected=40, tripped=5))},
    "slow": {HEALTH: {**GREEN, "task_max_waiting_in_queue_millis": 45_000}},
    "leaderless": {HEALTH: NO_MASTER},
    "closed": {HEALTH: Reply(401, "", reason="Unauthorized")},
    "narrow": {STATS: REFUSED},
    "later": {HEALTH: Reply(400, "{}"), HEALTH.replace("master_timeout", "cluster_manager_timeout"): GREEN},
    "client": {HEALTH: ALONE, STATS: {"nodes": {"x": {"name": "client"}}}},
    "silent": {STATS: {"nodes": {"x": node("a"), "y": node("b")}}},
    "empty": {STATS: {"nodes": {}}},
    "recorded": {HEALTH: ALONE, STATS: recorded("nodes-stats")},
    "logs": {HEALTH.replace("health", "health/logs-*"): YELLOW},
    "local": {STATS.replace("_all", "_local"): {"nodes": {"x": node("a", free=5)}}},
    "down": {HEALTH: Down("GET http://down.test: connection refused")},
    "other": {HEALTH: Reply(404, "<html>", reason="Not Found")},
}


def reply(page: object) -> Reply | Down:
    return page if isinstance(page, Reply | Down) else Reply(200, json.dumps(page))


HTTP = FakeHttp(
    {
        f"{url}{path}": reply(page)
        for url, pages in [(URL, WELL), *((f"http://{name}.test", {**WELL, **more}) for name, more in VARIANTS.items())]
        for path, page in pages.items()
    }
)
CASES = {
    "all is well": ("", "OK"),
    "yellow": ("-u http://yellow.test", "WARNING"),
    "yellow of two nodes": ("-u http://yellow.test --single", "WARNING"),
    "yellow of one node": ("-u http://one.test --single", "OK"),
    "red": ("-u http://red.test", "CRITICAL"),
    "read-only indices": ("-u http://flood.test", "CRITICAL"),
    "full disks": ("-u http://full.test", "CRITICAL"),
    "heap": ("-u http://heap.test", "CRITICAL"),
    "rejected requests": ("-u http://rejected.test", "WARNING"),
    "a slow manager": ("-u http://slow.test", "WARNING"),
    "too few nodes": ("--nodes-critical 5:", "CRITICAL"),
    "no manager": ("-u http://leaderless.test", "CRITICAL"),
    "a rejected account": ("-u http://closed.test", "UNKNOWN"),
    "an account that sees too little": ("-u http://narrow.test", "UNKNOWN"),
    "a later version": ("-u http://later.test", "OK"),
    "a node without data": ("-u http://client.test", "OK"),
    "a node that reports nothing": ("-u http://silent.test", "WARNING"),
    "no node": ("-u http://empty.test", "UNKNOWN"),
    "recorded": ("-u http://recorded.test", "WARNING"),
    "some indices": ("-u http://logs.test --index 'logs-*'", "WARNING"),
    "one node": ("-u http://local.test --local", "CRITICAL"),
    "not running": ("-u http://down.test", "CRITICAL"),
    "another server": ("-u http://other.test", "UNKNOWN"),
    "a bad index": ("--index a/b", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_opensearch(command_line: str, state: str, golden: Golden) -> None:
    memory = FakeStateFile()
    counters = {f"{name} {pool}": {"search": 31, "write": 0}[pool] for name in "abc" for pool in ("search", "write")}
    memory.remembered["events"] = {"last": {**counters, **{f"breaker {name}": 2 for name in "abc"}}, "events": []}
    outcome = run(Opensearch, command_line, HTTP, memory)
    assert outcome.state == state
    golden(outcome)


def test_event_counts_for_ten_minutes_and_queries_have_a_mean() -> None:
    memory = FakeStateFile(seconds=150)
    states = []
    for rejected in (31, 31, 40, 40, 40, 40, 40):
        http = FakeHttp(HTTP.replies | {f"{URL}{STATS}": reply(nodes(node("a", rejected=rejected)))})
        states.append(run(Opensearch, "", http, memory).state)
    assert states == ["OK", "OK", *["WARNING"] * 4, "OK"]
    later = node("a", rejected=40)
    later["indices"] = {"search": {"query_total": 2_100, "query_time_in_millis": 9_500}}
    outcome = run(Opensearch, "", FakeHttp(HTTP.replies | {f"{URL}{STATS}": reply(nodes(later))}), memory)
    assert "query_time:a=0.005s;;;0;" in outcome.perfdata


def test_over_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKS_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("LOGIN", "nagios:s3cret")
    pages: dict[str, Page] = {path: (200, {}, json.dumps(page).encode()) for path, page in WELL.items()}
    with web_server(pages) as server:
        words = f"-u http://127.0.0.1:{server.port} --auth-env LOGIN"
        assert run(Opensearch, words, World()).state == "OK"
        server.pages[HEALTH] = (503, {}, NO_MASTER.body)
        assert "master_not_discovered_exception" in run(Opensearch, words, World()).summary
        server.pages[HEALTH] = (200, {}, json.dumps(GREEN).encode())
        assert run(Opensearch, words, World()).state == "OK"
    assert {seen[2]["authorization"] for seen in server.seen} == {"Basic bmFnaW9zOnMzY3JldA=="}


@contextmanager
def sample(_folder: Path) -> Iterator[Sample]:
    pages: dict[str, Page] = {path: (200, {}, json.dumps(page).encode()) for path, page in WELL.items()}
    with web_server(pages) as server:
        yield Sample(f"--url http://127.0.0.1:{server.port}")
