"""Check worker against a fake, and against a real worker's status socket."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.worker.fake import FakeWorkers
from checks.worker.source import WorkerStatus
from checks.worker.worker import Worker
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.worker.status_socket import StatusSocket
from tests.support.nagios import own
from tests.support.running_master import Running, with_master
from tests.support.sample import Sample
from tests.support.worker import worker

NAGIOS = "nagios:/run/nagios.qh"
WELL = WorkerStatus(
    p50=0.0004, p99=0.012, held=3, oldest=0.2, jobs=123_456, memory=90_000_000, frontends={NAGIOS: True}
)
WORKERS = FakeWorkers(
    {
        "/run/checkwright/worker.sock": WELL,
        "/new": WorkerStatus(frontends={NAGIOS: False}),
        "/hanging": WorkerStatus(held=700, waiting=600, oldest=130, stuck=12, ended=2, frontends={NAGIOS: True}),
        "/refused": CannotTell("worker /refused: this user may not connect to the socket"),
    }
)
CASES = {
    "all is well": ("", "OK"),
    "in detail": ("-v", "OK"),
    "Nagios is away": ("-s /new", "WARNING"),
    "checks hang": ("-s /hanging", "CRITICAL"),
    "no worker": ("-s /none", "CRITICAL"),
    "not permitted": ("-s /refused", "UNKNOWN"),
    "no full path": ("-s worker.sock", "UNKNOWN"),
    "slow answers": ("--p99-warning 0.01", "WARNING"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_worker(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Worker, command_line, World(WORKERS))
    assert outcome.state == state
    golden(outcome)


@pytest.mark.daemon
def test_real_worker(tmp_path: Path) -> None:
    path = tmp_path / "worker.sock"

    async def play(running: Running) -> None:
        frontend = {"name": "nagios:/q", "connected": True, "jobs": 0, "held": 0}
        served = StatusSocket(str(path), lambda: {**running.master.status(), "frontends": [frontend]})
        await served.open()
        assert path.stat().st_mode & 0o777 == 0o660
        with pytest.raises(FileExistsError, match="another worker answers there"):
            await StatusSocket(str(path), dict).open()
        outcome = await asyncio.to_thread(run, Worker, f"-s {path}", World())
        assert (outcome.state, outcome.lines[0].text) == ("OK", "Frontend nagios:/q connected")
        await served.close()
        outcome = await asyncio.to_thread(run, Worker, f"-s {path}", World())
        assert outcome.summary.startswith(f"worker {path}: there is no such socket")

    with_master(play)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff", b'{"held": "x"}', b"[" * 100_000])
def test_answer_of_something_else_is_unknown(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def answer() -> None:
            client, _ = server.accept()
            with client:
                client.sendall(data)

        thread = threading.Thread(target=answer)
        thread.start()
        outcome = run(Worker, f"-s {path}", World())
        thread.join()
    assert (outcome.state, "is not a worker of this version" in outcome.summary) == ("UNKNOWN", True)


def test_socket_of_a_killed_worker_is_down(tmp_path: Path) -> None:
    path = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    assert isinstance(_raised(path), Down)

    async def opened() -> None:
        served = StatusSocket(str(path), dict)
        await served.open()
        await served.close()

    asyncio.run(opened())
    assert not path.exists()


def _raised(path: Path) -> Exception:
    from checks.worker.source import Workers

    with pytest.raises(Down, match="no process listens on the socket") as raised:
        Workers().status(str(path))
    return raised.value


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    """Run a worker without its Nagios."""
    own(folder)
    status = folder / "worker.sock"
    with worker(folder, "--socket", str(folder / "none.qh"), "--status-socket", str(status)) as running:
        running.wait(status.exists, "its status socket")
        yield Sample(f"--socket {status}", "WARNING")
