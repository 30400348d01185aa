"""The model of the broker module finds mistakes of a worker, and outlives a gearmand."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.broker import NORMAL, RESULTS, Broker, Connection, Service, decrypted, encrypted, submit
from tests.support.gearmand import Gearmand, gearmand

pytestmark = pytest.mark.daemon

KEY = "a key of ours"
SERVICES: dict[Service, str] = {(f"h{number % 20}", f"s{number}"): f"/run {number}" for number in range(300)}

Answer = Callable[[dict[str, str]], list[dict[str, str]]]


def honest(job: dict[str, str]) -> list[dict[str, str]]:
    return [
        {
            "host_name": job["host_name"],
            "core_start_time": job["core_time"],
            "start_time": job["core_time"],
            "finish_time": job["core_time"],
            "return_code": "0",
            "exited_ok": "1",
            "source": "w",
            "service_description": job["service_description"],
            "output": f"ran {job['command_line']}",
        }
    ]


@contextmanager
def worker(server: Gearmand, answer: Answer) -> Iterator[None]:
    """Run a worker that answers each job at once with the results of `answer`."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            with suppress(OSError), Connection(server.port) as line:
                take(line)

    def take(line: Connection) -> None:
        line.send((1, (b"service",)), (9, ()))
        line.patience(0.5)
        while not ended.is_set():
            kind, body = line.receive()
            if kind == 11:
                handle, _, payload = body.split(b"\0", 2)
                text = decrypted(payload, KEY)
                for result in answer(dict(one.split("=", 1) for one in text.split("\n") if "=" in one)):
                    text_of_result = "".join(f"{key}={value}\n" for key, value in result.items())
                    submit(server.port, RESULTS, encrypted(text_of_result, KEY), priority=NORMAL)
                line.send((13, (handle, b"")))
            line.send((4, ()) if kind == 10 else (9, ()))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Gearmand]:
    with gearmand(tmp_path) as running:
        yield running


def test_model_accepts_the_results_of_a_correct_worker(server: Gearmand) -> None:
    with Broker(server.port, SERVICES, key=KEY) as broker, worker(server, honest):
        broker.request()
        broker.wait()
    assert (broker.lost(), broker.answered_twice(), broker.unexpected) == ([], [], [])
    for service, command in SERVICES.items():
        (found,) = broker.answers(service)
        assert found.output == f"ran {command}"


def test_model_finds_lost_doubled_and_misattributed_results(server: Gearmand) -> None:
    def lies(job: dict[str, str]) -> list[dict[str, str]]:
        (result,) = honest(job)
        if job["service_description"] == "s3":
            return []
        if job["service_description"] == "s4":
            return [result, result]
        if job["service_description"] == "s5":
            return [result | {"service_description": "s6"}]
        return [result]

    with Broker(server.port, SERVICES, key=KEY, orphan_after=3_600) as broker, worker(server, lies):
        broker.request()
        end = time.monotonic() + 60
        while len(broker.lost()) > 2 or not broker.unexpected:
            assert time.monotonic() < end, broker.lost()
            time.sleep(0.02)
    assert broker.lost() == [("h3", "s3"), ("h5", "s5")]
    ((service, _),) = broker.answered_twice()
    assert service == ("h4", "s4")
    (unexpected,) = broker.unexpected
    assert "('h5', 's6') that was not requested" in unexpected


def test_model_folds_waiting_jobs_and_requests_orphans_again(server: Gearmand) -> None:
    with Broker(server.port, SERVICES, key=KEY, orphan_after=1) as broker:
        broker.request()
        end = time.monotonic() + 60
        while len(broker.orphaned) < 2 * len(SERVICES):
            assert time.monotonic() < end
            time.sleep(0.05)
        assert server.status()["service"] == (300, 0, 0)
        server.kill()
        server.start()
        assert server.status().get("service", (0, 0, 0))[0] < 300
        with worker(server, honest):
            broker.wait()
    assert (broker.lost(), broker.unexpected) == ([], [])
