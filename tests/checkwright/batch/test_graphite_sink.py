"""Lines for a real carbon: a delivery counts once carbon has read all of it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from checkwright.batch.sink import Context, QueueSink, open_sink
from checkwright.batch.sinks import graphite as sink
from checkwright.batch.sinks.graphite import path_part
from checkwright.core.errors import BadUsage
from tests.checkwright.batch.plans import result, task
from tests.support.carbon import CarbonServer, carbon
from tests.support.ports import closed_port

LASTING = Context(False, print)
#: The time of results: one of the archive's minutes, which may not be in the future.
MINUTE = int(time.time()) // 60 * 60


def queue_to(port: int) -> QueueSink:
    made = sink.make(f"127.0.0.1:{port}", LASTING)
    assert isinstance(made, QueueSink)
    return made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CarbonServer]:
    with carbon(tmp_path_factory.mktemp("carbon")) as running:
        yield running


@pytest.mark.daemon
def test_values_arrive_under_their_paths(server: CarbonServer) -> None:
    found = result(
        "DISK OK | space:/srv/a.b=20%;80;90 answer=250ms bad=U", of=task("disk", check="disk"), started=MINUTE
    )
    with closing(queue_to(server.port)) as queue:
        for _ in range(2):
            receipt = queue.send([queue.payload(found)])
            assert (receipt.delivered, receipt.problem) == (1, "")
    place = "checkwright.test.web-1.disk"
    paths = {f"{place}.space.+srv+a:b": 20.0, f"{place}.answer": 0.25, f"{place}._state": 0.0, f"{place}._seconds": 0.5}
    server.wait(lambda: paths.keys() <= server.metrics(), "the files of all metrics")
    server.wait(lambda: all(server.values(path) == {MINUTE: value} for path, value in paths.items()), "all values")


@pytest.mark.daemon
def test_delivery_goes_on_after_a_restart(server: CarbonServer) -> None:
    with closing(queue_to(server.port)) as queue:
        payload = queue.payload(result("OK", of=task("restart"), started=MINUTE))
        server.stop()
        assert queue.send([payload]).problem == f"no carbon listens at 127.0.0.1:{server.port}: connection refused"
        server.start()
        assert queue.send([payload]).delivered == 1
    server.wait(lambda: server.values("checkwright.test.web-1.restart._seconds") == {MINUTE: 0.5}, "the value")


def test_delivery_without_an_end_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that reads and never closes, such as a tunnel, may have lost everything."""
    monkeypatch.setattr(sink, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(queue_to(listener.getsockname()[1])) as queue:
        receipt = queue.send([queue.payload(result("OK"))])
    assert receipt.settled == 0
    assert receipt.problem.endswith("did not take all lines within 0 s")


def test_delivery_that_ends_in_a_reset_does_not_count() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(queue_to(listener.getsockname()[1])) as queue:

        def reset() -> None:
            peer, _ = listener.accept()
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            peer.close()

        thread = threading.Thread(target=reset)
        thread.start()
        receipt = queue.send([queue.payload(result("x" * 1_000)) for _ in range(1_000)])
        thread.join(20)
    assert receipt.settled == 0
    assert receipt.problem.startswith("cannot reach carbon 127.0.0.1:")


PARTS = (
    "a",
    "a-b",
    "a_b",
    "a.b",
    "a/b",
    "a b",
    "a\tb",
    "a+b",
    "a:b",
    "",
    "ü",
    "a;tag=x",
    "a\nb 1 2",
    "/",
    "/srv",
    "\ud800",
    "..",
)


def test_two_texts_never_share_a_part() -> None:
    found = {path_part(text) for text in PARTS}
    assert len(found) == len(PARTS)
    assert all(part and not set(part) & set(". /;=\n\t") and part.isascii() for part in found)
    assert path_part("/srv/data.1") == "+srv+data:1"


@pytest.mark.parametrize("place", ["", "h,x", "http://h", ":1", "h:x", "h:70000"])
def test_other_places_are_refused(place: str) -> None:
    with pytest.raises(BadUsage, match="graphite"):
        open_sink(f"graphite:{place}", LASTING)


def test_nobody_listens() -> None:
    port = closed_port()
    with closing(queue_to(port)) as queue:
        assert queue.send([b"x 1 1\n"]).problem == f"no carbon listens at 127.0.0.1:{port}: connection refused"
