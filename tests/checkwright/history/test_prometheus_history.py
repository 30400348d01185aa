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
from checkwright.core.secret import Secret
from checkwright.history import prometheus_history
from checkwright.history.prometheus_history import Prometheus
from checkwright.latency import counts_file
from checkwright.latency.counts import Counts, Header
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
    location = ""
    seen: list[str | None]

    def do_POST(self) -> None:
        self.seen.append(self.headers["Authorization"])
        self.send_response(self.status)
        if self.location:
            self.send_header("Location", self.location)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    do_GET = do_POST  # a redirect makes it one

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@contextmanager
def answering(status: int, answer: bytes, location: str = "", seen: list[str | None] | None = None) -> Iterator[str]:
    """Run a server and yield its URL. seen: gets the Authorization of each request."""
    about = {"status": status, "answer": answer, "location": location, "seen": [] if seen is None else seen}
    handler = type("Handler", (Answering,), about)
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


NOTHING = b'{"data": {"result": []}}'


def secret(folder: Path, text: str) -> Secret:
    (folder / "token").write_text(text)
    return Secret(file=str(folder / "token"))


def test_token_goes_to_the_server_and_not_where_it_redirects_to(tmp_path: Path) -> None:
    token, first, second = secret(tmp_path, "t0ken-4711\n"), list[str | None](), list[str | None]()
    with (
        answering(200, NOTHING, seen=second) as other,
        answering(302, b"", f"{other}/api/v1/query_range", first) as address,
    ):
        assert Prometheus(address, token).query_range("up", 0, 60, 60) == []
    assert (first, second) == (["Bearer t0ken-4711"], [None])


def test_no_token_is_sent_without_one() -> None:
    seen: list[str | None] = []
    with answering(200, NOTHING, seen=seen) as address:
        Prometheus(address).query_range("up", 0, 60, 60)
    assert seen == [None]


@pytest.mark.parametrize("command", ["report", "backtest"])
def test_refused_token_is_reported_without_it(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token, seen = secret(tmp_path, "t0ken-4711"), list[str | None]()
    counts = Counts([Header("web-1", "api", "access.log")])
    counts.slot(MIDNIGHT).cell("GET /", "2xx").times[20] = 5
    counts_file.write(f"{tmp_path}/web-1.counts.gz", counts)
    words = {
        "report": ["latency", "report", f"{tmp_path}/web-1.counts.gz"],
        "backtest": ["--project", "examples/shop", "backtest", "production"],
    }[command]
    with answering(401, b"no: t0ken-4711", seen=seen) as address:
        assert run([*words, "--prometheus", address, "--prometheus-token", token.file]) == 2
    printed = capsys.readouterr()
    assert "HTTP 401; name a file with another bearer token by --prometheus-token" in printed.err
    assert "t0ken" not in printed.out + printed.err
    assert seen == ["Bearer t0ken-4711"]
    assert run([*words, "--results", token.file, "--prometheus-token", token.file]) == 2
    assert "--prometheus-token needs the server that it is for" in capsys.readouterr().err


def test_server_that_repeats_the_token_does_not_show_it(tmp_path: Path) -> None:
    with answering(400, b'{"error": "bad t0ken-4711"}') as address, pytest.raises(CannotDo) as raised:
        Prometheus(address, secret(tmp_path, "t0ken-4711")).query_range("up", 0, 60, 60)
    assert str(raised.value).endswith("refuses 'up': bad ***.")


TOKENS = {
    "none": ("", "is empty"),
    "two lines": ("hunter\n2", "is more than one line"),
    "a space": ("hunter 2", "has a space, or a character beyond ASCII"),
    "a tab": ("hunter\t2", "has a space, or a character beyond ASCII"),
    "another alphabet": ("hünter2", "has a space, or a character beyond ASCII"),
}


@pytest.mark.parametrize(("text", "sentence"), TOKENS.values(), ids=TOKENS)
def test_token_that_cannot_be_sent_is_refused(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(CannotDo) as raised:
        Prometheus("http://127.0.0.1:1", secret(tmp_path, text))
    assert sentence in str(raised.value) and "nter" not in str(raised.value)


def test_missing_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotDo, match=r"No token for Prometheus: cannot read the secret file .*/gone: No such file"):
        Prometheus("http://127.0.0.1:1", Secret(file=str(tmp_path / "gone")))
