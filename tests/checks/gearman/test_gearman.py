"""Check gearman against a fake, and against the real gearmand."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.gearman.fake import FakeGearmanServers
from checks.gearman.gearman import Gearman
from checks.gearman.source import JobQueue
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.broker import LOW, Connection, submit
from tests.support.gearmand import gearmand
from tests.support.sample import Sample

SERVERS = FakeGearmanServers(
    {
        "127.0.0.1": [
            JobQueue("hostgroup_web", 3, 8, 8),
            JobQueue("check_results", 0, 1, 1),
            JobQueue("service", 0, 0, 8),
            JobQueue("eventhandler", 0, 0, 0),
            JobQueue("worker_gone", 2, 0, 0),
        ],
        "stuck.test": [JobQueue("check_results", 812, 0, 0), JobQueue("service", 0, 0, 4)],
        "slow.test:4731": [JobQueue("service", 12_000, 50, 50), JobQueue("host", 1_500, 10, 10)],
        "new.test": [],
        "lost.test": CannotTell("gearmand lost.test:4730: this machine has no route to that network"),
    }
)

CASES = {
    "all is taken": ("", "OK"),
    "jobs and no worker": ("-H stuck.test", "CRITICAL"),
    "too many jobs": ("-H slow.test:4731", "CRITICAL"),
    "some of the queues": ("-q 'hostgroup_*' -q service", "OK"),
    "a queue that gearmand does not know": ("-q hostgroup_db --workers-critical 1:", "CRITICAL"),
    "few workers": ("-q service --workers-critical 10:", "CRITICAL"),
    "a status question that nobody answers": ("-x nothing", "CRITICAL"),
    "never empty": ("-q hostgroup_web --backlog-warning 300", "WARNING"),
    "several servers": ("-H 127.0.0.1 -H stuck.test -q service", "OK"),
    "one server is down": ("-H 127.0.0.1 -H down.test -q service", "CRITICAL"),
    "a gearmand that was just started": ("-H new.test", "OK"),
    "no network": ("-H lost.test", "UNKNOWN"),
    "an empty name": ("-q ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_gearman(command_line: str, state: str, golden: Golden) -> None:
    before = FakeStateFile({"hostgroup_web": 300}, seconds=60)
    outcome = run(Gearman, command_line, World(SERVERS, before))
    assert outcome.state == state
    golden(outcome)


def test_empty_queue_restarts_the_backlog() -> None:
    memory = FakeStateFile(seconds=60)
    lasted = []
    for waiting in (3, 1, 5, 0, 2, 2):
        outcome = run(Gearman, "-v", World(FakeGearmanServers({"127.0.0.1": [JobQueue("q", waiting, 0, 1)]}), memory))
        (backlog,) = (reading.value for reading in outcome.readings if reading.gauge == "backlog")
        lasted.append(backlog)
    assert lasted == [0, 60, 120, 0, 0, 60]


def test_counts_are_reported_without_memory() -> None:
    class Forgetful(FakeStateFile):
        def update(self, *_: object) -> None:
            raise CannotTell("cannot write /state: No space left on device")

    outcome = run(Gearman, "-H stuck.test", World(SERVERS, Forgetful()))
    assert outcome.state == "CRITICAL"
    assert "check_results has jobs and no worker" in outcome.summary
    assert "No space left" in outcome.text(1)


@pytest.mark.daemon
def test_real_gearmand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKS_STATE_DIR", str(tmp_path / "state"))
    with gearmand(tmp_path) as server:
        words = f"-H {server.address} -t 20"
        assert run(Gearman, words, World()).state == "OK"
        for number in range(3):
            submit(server.port, "hostgroup web", b"payload", unique=str(number), priority=LOW)
        submit(server.port, "worker_w1", b"check")
        outcome = run(Gearman, words, World())
        assert outcome.state == "CRITICAL"
        assert "Queue hostgroup web has jobs and no worker (3 waiting)" in outcome.summary
        assert "worker_w1" not in outcome.text(2)
        worker = Connection(server.port)
        worker.send((22, (b"w1",)), (1, (b"hostgroup web",)), (9, ()))
        assert worker.receive()[0] == 11
        outcome = run(Gearman, words, World())
        assert outcome.state == "OK"
        values = {reading.gauge: reading.value for reading in outcome.readings if reading.item == "hostgroup web"}
        assert (values["waiting"], values["running"], values["workers"]) == (2, 1, 1)
        assert (values["backlog"] or 0) > 0
        worker.close()
        server.kill()
        outcome = run(Gearman, words, World())
        assert outcome.state == "CRITICAL"
        assert f"gearmand {server.address}: connection refused" in outcome.summary


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with gearmand(folder) as server:
        yield Sample(f"--server {server.address}")
