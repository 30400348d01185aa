"""Results on mod_gearman's queue in the real gearmand, read by the model of the broker module."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.batch.sink import Context, QueueSink, open_sink
from checkwright.batch.sinks.gearman import ResultQueue, make
from checkwright.core.errors import BadUsage
from checkwright.worker.gearman.payload import Codec
from tests.checkwright.batch.plans import result
from tests.support.broker import read_result, results_on
from tests.support.gearmand import gearmand
from tests.support.ports import closed_port
from tests.support.servers import raw_server

KEY = "a key of ours"


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    os.chmod(file, 0o640)
    return str(file)


def quiet(place: str) -> QueueSink:
    return make(place, Context(True, lambda text: None))


@pytest.mark.daemon
def test_results_arrive_in_order_as_passive_ones(tmp_path: Path, key_file: str) -> None:
    with gearmand(tmp_path) as server:
        queue = quiet(f"127.0.0.1:{closed_port()},{server.address},key={key_file}")
        texts = [f"DISK OK: {number} | a=1\nmore \\n" for number in range(300)]
        receipt = queue.send([queue.payload(result(text, 1)) for text in texts])
        assert (receipt.delivered, receipt.problem) == (300, "")
        taken = results_on(server.port, KEY, 300)
    assert all(text.startswith("type=passive\nhost_name=web-1\n") for text in taken)
    found = [read_result(text) for text in taken]
    assert [one.output for one in found] == texts
    assert {(one.host, one.service, one.code) for one in found} == {("web-1", "disk", 1)}


@pytest.mark.daemon
def test_results_without_a_key_are_not_encrypted(tmp_path: Path) -> None:
    logged: list[str] = []
    with gearmand(tmp_path) as server:
        queue = open_sink(f"gearman:{server.address},queue=other", Context(True, logged.append)).target
        assert isinstance(queue, QueueSink)
        assert queue.send([queue.payload(result("OK", 0))]).delivered == 1
        (text,) = results_on(server.port, None, 1, "other")
    assert read_result(text).output == "OK"
    assert logged == ["gearman: results are not encrypted without key=FILE; a mod_gearman that has a key drops them"]


@given(st.text())
def test_any_output_can_be_sent(output: str) -> None:
    payload = ResultQueue([], "q", Codec()).payload(result(output, 0)).decode()
    assert len(payload.rstrip("\n").split("\n")) == 10
    assert payload.endswith("\n\n\n")


def test_output_is_cut_to_the_limit_of_the_module() -> None:
    payload = ResultQueue([], "q", Codec()).payload(result("é" * 5_000_000, 0)).decode()
    assert payload.partition("output=")[2] == "é" * 32_768 + "\n\n\n"


def test_stored_payload_holds_no_key(key_file: str) -> None:
    assert KEY.encode() not in quiet(f"127.0.0.1,key={key_file}").payload(result("OK", 0))


def test_failing_gearmands_are_reported() -> None:
    port = closed_port()
    with raw_server(lambda connection: connection.sendall(b"HTTP/1.1 400\r\n" + connection.recv(100)[:0])) as web:
        queue = quiet(f"127.0.0.1:{port},127.0.0.1:{web}")
        receipt = queue.send([queue.payload(result("OK", 0))])
    assert receipt.delivered == 0
    assert f"gearmand 127.0.0.1:{port}: connection refused; gearmand 127.0.0.1:{web}: " in receipt.problem


@pytest.mark.daemon
def test_full_queue_accepts_some_results(tmp_path: Path) -> None:
    with gearmand(tmp_path) as server:
        queue = quiet(server.address)
        assert queue.send([queue.payload(result("OK 0", 0))]).delivered == 1
        server.command("maxqueue check_results 3")
        receipt = queue.send([queue.payload(result(f"OK {number}", 0)) for number in range(1, 5)])
        assert receipt.delivered == 2
        assert "QUEUE_ERROR" in receipt.problem
        assert [read_result(text).output for text in results_on(server.port, None, 3)] == ["OK 0", "OK 1", "OK 2"]


BAD = {
    "nothing": ("", "gearman: '' has no host name"),
    "no server": ("queue=x", "gearman needs a gearmand"),
    "a setting that is none": ("a,keyfile=/x", "and not 'keyfile=/x'"),
    "an empty setting": ("a,key=", "and not 'key='"),
    "no port": ("a:b", "gearman: 'b' is not a port"),
    "no key": ("a,key=/none", "cannot read the key file /none: No such file or directory"),
}


@pytest.mark.parametrize(("place", "why"), BAD.values(), ids=BAD)
def test_wrong_place_is_one_sentence(place: str, why: str) -> None:
    with pytest.raises(BadUsage) as caught:
        quiet(place)
    assert why in str(caught.value)
