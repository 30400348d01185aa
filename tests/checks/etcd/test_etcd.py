"""Check etcd against recorded metrics, and against the real etcd."""

import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.etcd.etcd import Etcd
from checkwright.core.errors import CheckError, Down
from checkwright.core.world import World
from checkwright.sources.http import Reply
from checkwright.testing import FakeHttp, Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support import etcd
from tests.support.daemons import running, wait_until
from tests.support.sample import Sample, no_limits

#: Metrics of real members, by version.
RECORDED = Path(__file__).with_name("recorded") / "metrics-3.4.23.txt"
WELL = RECORDED.read_text()


def member(url: str, old: str = "", new: str = "", health: Reply | None = None) -> dict[str, Reply | CheckError]:
    assert old in WELL
    return {
        f"{url}/metrics": Reply(200, WELL.replace(old, new) if old else WELL),
        f"{url}/health": health or Reply(200, '{"health":"true"}'),
    }


ALARM = Reply(503, '{"health":"false","reason":"ALARM NOSPACE"}', reason="Service Unavailable")
HTTP = FakeHttp(
    {
        **member("http://127.0.0.1:2379"),
        **member("http://lost.test", "etcd_server_has_leader 1", "etcd_server_has_leader 0"),
        **member("http://full.test", "total_size_in_bytes 32768", "total_size_in_bytes 960000", ALARM),
        **member("http://filling.test", "total_size_in_bytes 32768", "total_size_in_bytes 790000"),
        **member("http://failing.test", "proposals_failed_total 0", "proposals_failed_total 60"),
        **member("http://busy.test", "proposals_pending 0", "proposals_pending 80"),
        "http://other.test/metrics": Reply(404, "<html>", reason="Not Found"),
        "http://text.test/metrics": Reply(200, "up 1\n"),
        "http://down.test/metrics": Down("GET http://down.test/metrics: connection refused"),
    }
)
CASES = {
    "all is well": ("", "OK"),
    "no leader": ("-u http://lost.test", "CRITICAL"),
    "the quota is reached": ("-u http://full.test", "CRITICAL"),
    "the database fills": ("-u http://filling.test", "WARNING"),
    "proposals fail": ("-u http://failing.test", "CRITICAL"),
    "proposals wait": ("-u http://busy.test", "WARNING"),
    "another path": ("-u http://other.test", "UNKNOWN"),
    "another service": ("-u http://text.test", "UNKNOWN"),
    "not running": ("-u http://down.test", "CRITICAL"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_etcd(command_line: str, state: str, golden: Golden) -> None:
    memory = FakeStateFile()
    memory.remembered["events"] = {"last": {"failed": 0, "changes": 1}, "events": []}
    outcome = run(Etcd, command_line, HTTP, memory)
    assert outcome.state == state
    golden(outcome)


def test_restarted_member_has_one_election() -> None:
    memory = FakeStateFile()
    memory.remembered["events"] = {"last": {"failed": 7, "changes": 4}, "events": []}
    assert run(Etcd, "", HTTP, memory).state == "OK"


@pytest.mark.daemon
def test_real_etcd(tmp_path: Path) -> None:
    memory = FakeStateFile(seconds=121)
    with running(etcd.Etcd(tmp_path, quota=2_000_000)) as server:
        words = f"-u {server.url} {no_limits('fsync', 'time')}"
        assert run(Etcd, words, World(), memory).state == "OK"
        for number in range(60):
            server.put(f"key-{number}", b"x")
        outcome = run(Etcd, words, World(), memory)
        values = {one.gauge: one.value for one in outcome.readings}
        assert outcome.state == "OK", outcome.text(2)
        assert (values["fsync"] or 0) > 0
        assert (values["proposals"] or 0) > 0.4

        # The quota is reached: etcd raises its alarm and refuses writes.
        with pytest.raises(urllib.error.HTTPError):
            for number in range(60):
                server.put(f"large-{number}", b"x" * 100_000)
        outcome = run(Etcd, words, World(), memory)
        assert outcome.state == "CRITICAL"
        assert "Health false" in outcome.summary
        assert "Database quota used" in outcome.summary

        server.make_room("large-")
        wait_until(lambda: run(Etcd, words, World(), memory).state == "OK", "there is no room yet")

        server.freeze()
        assert " within " in run(Etcd, f"{words} -t 1", World(), memory).summary
        server.thaw()
        server.kill()
        assert "connection refused" in run(Etcd, words, World(), memory).summary
        server.start()
        wait_until(lambda: run(Etcd, words, World(), memory).state == "OK", "it does not recover")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with running(etcd.Etcd(folder)) as server:
        yield Sample(f"--url {server.url}")
