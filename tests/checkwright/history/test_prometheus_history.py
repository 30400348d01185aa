"""Values from a real Prometheus, and answers of servers that are none."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.history import prometheus_history
from checkwright.history.prometheus_history import Prometheus
from checkwright.latency import counts_file
from tests.support.prometheus_server import prometheus
from tests.support.recorded_day import FIRST, open_metrics
from tests.support.shop_day import MIDNIGHT, Day, shop_day

DAY = 86_400


@pytest.fixture(scope="module")
def day() -> Day:
    return shop_day(seed=1, rate=2, workers=2, slow_from=None)


@pytest.fixture(scope="module")
def url(day: Day, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus(tmp_path_factory.mktemp("prometheus"), open_metrics(day.parts[0])) as address:
        yield address


@pytest.mark.daemon
def test_percentages_of_checks_come_from_prometheus(url: str) -> None:
    found = prometheus_history.checks(Prometheus(url), "production", MIDNIGHT, MIDNIGHT + DAY - 300, 300)
    by_label = {(one.host, one.watch, one.label): one for one in found}
    cpu = by_label["web-1", "cpu", "cpu_busy"]
    assert (cpu.unit, len(cpu.points), cpu.points[0][0]) == ("%", 288, MIDNIGHT)
    assert ("db-1", "disk_io", "disk_io_busy:sda") in by_label


@pytest.mark.daemon
def test_long_range_is_read_in_parts(url: str) -> None:
    (found,) = Prometheus(url).query_range('check_cpu_busy_percent{host="web-1"}', MIDNIGHT, MIDNIGHT + DAY - 300, 5)
    moments = [moment for moment, _ in found.points]
    assert len(moments) > 11_000
    assert len(set(moments)) == len(moments) and moments == sorted(moments)


@pytest.mark.daemon
def test_report_names_the_resource_that_runs_out_first(
    day: Day, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "web-1.counts.gz"
    counts_file.write(str(file), day.parts[0])
    words = ["--prometheus", url, "--query", "half=check_cpu_busy_percent / 2", "--json"]
    assert run(["latency", "report", str(file), *words]) == 0
    (scope,) = json.loads(capsys.readouterr().out)["scopes"]
    first = scope["saturation"][0]
    # Without a plan there is no threshold, so the limit is 100 %.
    assert (first["host"], first["resource"], first["limit"]) == (FIRST[0], "postgresql connections", 100)
    assert first["times"] == pytest.approx((100 - 10) / 52, rel=0.1)
    assert first["fit"] > 0.9
    assert "half" in {one["resource"].split()[0] for one in scope["saturation"]}
    assert scope["answers"][2].startswith("At the peak (")


@pytest.mark.daemon
def test_wrong_expression_gets_the_reason_of_prometheus(url: str) -> None:
    with pytest.raises(CannotDo, match=r"refuses 'sum\(': .*parse error"):
        Prometheus(url).query_range("sum(", MIDNIGHT, MIDNIGHT + 60, 60)


class Answering(http.server.BaseHTTPRequestHandler):
    """Server with one answer to everything."""

    answer = b""
    status = 200

    def do_POST(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@contextmanager
def answering(status: int, answer: bytes) -> Iterator[str]:
    handler = type("Handler", (Answering,), {"status": status, "answer": answer})
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


OTHERS = {
    "a page": (200, b"<html>", "does not answer as a Prometheus does: is it one?"),
    "other JSON": (200, b'{"data": []}', "does not answer as a Prometheus does: is it one?"),
    "an error without a reason": (502, b"bad gateway", "refuses 'up': HTTP 502"),
    "a missing page": (404, b"", "refuses 'up': HTTP 404"),
}


@pytest.mark.parametrize(("status", "answer", "sentence"), OTHERS.values(), ids=OTHERS)
def test_other_servers_are_reported(status: int, answer: bytes, sentence: str) -> None:
    with answering(status, answer) as address, pytest.raises(CannotDo) as raised:
        Prometheus(address).query_range("up", 0, 60, 60)
    assert sentence in str(raised.value)


def test_nobody_who_answers_is_reported() -> None:
    with pytest.raises(CannotDo, match=r"Prometheus 127\.0\.0\.1:1 does not answer: .*refused"):
        Prometheus("http://127.0.0.1:1").query_range("up", 0, 60, 60)


@pytest.mark.parametrize("url", ["", "prometheus:9090", "file:///etc/passwd", "http://", "http://me:secret@host:9090"])
def test_other_urls_are_refused_without_their_login(url: str) -> None:
    with pytest.raises(BadUsage, match="is no URL of a Prometheus") as raised:
        Prometheus(url)
    assert "secret" not in str(raised.value)


def test_values_that_are_no_numbers_are_left_out() -> None:
    values = [[1, "NaN"], [2, "+Inf"], [3, "4.5"]]
    body = json.dumps({"data": {"result": [{"metric": {"__name__": "up"}, "values": values}]}}).encode()
    with answering(200, body) as address:
        (found,) = Prometheus(address).query_range("up", 0, 60, 60)
    assert found.points == ((3, 4.5),)
