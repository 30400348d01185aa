"""Points for a real InfluxDB: nothing is lost or twice in there, whatever labels and the server do."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import trustme

from checkwright.batch.sink import Context, QueueSink, open_sink
from checkwright.batch.sinks import influxdb as sink
from checkwright.core.errors import BadUsage
from tests.checkwright.batch.plans import result, task
from tests.support.influxdb import PASSWORD, USER, InfluxServer, influxdb
from tests.support.ports import closed_port

LASTING = Context(False, print)
HOSTILE = ("a,b=c d", "back\\slash\\", "x=1 value=2 3", 'quo"te', "tab\there", "ü\u2028\x00", "'", "=", ",")


def queue_to(address: str, secret: Path | None = None, database: str = "nagios") -> QueueSink:
    login = f",secret={secret}" if secret else ""
    made = sink.make(f"http://{address}/{database}{login}", LASTING)
    assert isinstance(made, QueueSink)
    return made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    with influxdb(tmp_path_factory.mktemp("influxdb")) as running:
        yield running


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "login"
    file.write_text(f"{USER}:{PASSWORD}\n")
    return file


@pytest.mark.daemon
def test_values_arrive_once_in_base_units(server: InfluxServer, secret: Path) -> None:
    server.query("DROP DATABASE nagios")
    server.query("CREATE DATABASE nagios")
    found = result(
        "DISK OK | space:/srv=20%;80;90;0;100 answer=250ms;1;2 size=2KB seen=7c bad=U", of=task("disk", check="disk")
    )
    with closing(queue_to(server.address, secret)) as queue:
        for _ in range(3):  # as after kills between a delivery and its note
            receipt = queue.send([queue.payload(found)])
            assert (receipt.delivered, receipt.problem) == (1, "")
    rows = server.query('SELECT * FROM "disk"', "nagios")
    assert {(row["gauge"], row["item"] or "", row["unit"] or "", row["value"]) for row in rows} == {
        ("space", "/srv", "%", 20.0),
        ("answer", "", "s", 0.25),
        ("size", "", "B", 2048.0),
        ("seen", "", "c", 7.0),
    }
    assert len(rows) == 4
    assert {(row["host"], row["role"], row["environment"], row["watch"]) for row in rows} == {
        ("web-1", "web", "test", "disk")
    }
    assert {row["time"] for row in rows} == {1_800_000_000}
    (state,) = server.query('SELECT * FROM "check_state"', "nagios")
    assert (state["state"], state["seconds"], state["check"]) == (0, 0.5, "disk")


@pytest.mark.daemon
def test_hostile_labels_are_only_tags(server: InfluxServer, secret: Path) -> None:
    words = " ".join("'" + label.replace("'", "''") + "'=1" for label in HOSTILE if "=" not in label)
    found = result(f"OK | {words}", of=task("hostile"))
    with closing(queue_to(server.address, secret)) as queue:
        receipt = queue.send([queue.payload(found)])
    assert (receipt.delivered, receipt.refused, receipt.problem) == (1, (), "")
    rows = server.query("SELECT * FROM \"true\" WHERE watch = 'hostile'", "nagios")
    assert len(rows) == sum("=" not in label for label in HOSTILE)
    assert {row["value"] for row in rows} == {1.0}


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_stays_on_its_line(label: str) -> None:
    with closing(queue_to("127.0.0.1:1")) as queue:
        payload = queue.payload(result(f"OK | '{label.replace(chr(39), chr(39) * 2)}'=1", of=task("x")))
    assert payload.count(b"\n") <= 1
    assert payload.decode().isprintable() or "\n" in payload.decode()


@pytest.mark.daemon
def test_one_bad_point_is_refused_and_all_others_arrive(server: InfluxServer, secret: Path) -> None:
    with closing(queue_to(server.address, secret)) as queue:
        good = [queue.payload(result("OK", of=task(f"n{number}"))) for number in range(7)]
        receipt = queue.send([*good[:3], b"nothing like a point", *good[3:]])
    assert (receipt.delivered, receipt.problem) == (7, "")
    (sentence,) = receipt.refused
    assert sentence.startswith(f"nothing: InfluxDB {server.address} answered 400 ")
    rows = server.query("SELECT * FROM check_state WHERE watch =~ /^n/", "nagios")
    assert {row["watch"] for row in rows} == {f"n{number}" for number in range(7)}


@pytest.mark.daemon
def test_login_and_database_are_named_and_kept(server: InfluxServer, secret: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("admin:no-such-word")
    cases = (
        (queue_to(server.address), "needs a login: add secret=/FILE"),
        (queue_to(server.address, wrong), "does not let this login write"),
        (queue_to(server.address, secret, "nothing"), "has no database 'nothing'"),
        (queue_to(server.address, tmp_path / "gone"), "cannot read the secret file"),
    )
    for queue, words in cases:
        with closing(queue):
            receipt = queue.send([queue.payload(result("OK"))])
        assert receipt.settled == 0
        assert words in receipt.problem
        assert "no-such-word" not in receipt.problem


@pytest.mark.daemon
def test_delivery_goes_on_after_a_restart(server: InfluxServer, secret: Path) -> None:
    with closing(queue_to(server.address, secret)) as queue:
        payload = queue.payload(result("OK", of=task("restart")))
        assert queue.send([payload]).delivered == 1
        server.stop()
        assert queue.send([payload]).problem.endswith("connection refused")
        server.start()
        assert queue.send([payload]).delivered == 1
    assert len(server.query("SELECT * FROM check_state WHERE watch = 'restart'", "nagios")) == 1


def test_nobody_listens() -> None:
    port = closed_port()
    with closing(queue_to(f"127.0.0.1:{port}")) as queue:
        receipt = queue.send([queue.payload(result("OK"))])
    assert receipt.problem == f"no InfluxDB listens at 127.0.0.1:{port}: connection refused"


class _Taken(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()


def test_certificate_must_verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = HTTPServer(("127.0.0.1", 0), _Taken)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    place = f"https://localhost:{server.server_port}/nagios"
    try:
        with closing(sink.make(place, LASTING)) as queue:
            problem = queue.send([b"x v=1 1"]).problem
        assert problem.startswith(f"the certificate of InfluxDB localhost:{server.server_port} does not verify: ")
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        with closing(sink.make(place, LASTING)) as queue:
            assert queue.send([b"x v=1 1"]).delivered == 1
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


PLACES = (
    "",
    "127.0.0.1:8086/db",
    "http://h:8086",
    "http://h/db?u=x",
    "http://u:secret@h/db",
    "ftp://h/db",
    "http://h:x/db",
)


@pytest.mark.parametrize("place", PLACES)
def test_other_places_are_refused_without_their_login(place: str) -> None:
    with pytest.raises(BadUsage, match="influxdb needs the URL of a database without a login") as raised:
        open_sink(f"influxdb:{place}", LASTING)
    assert "secret@" not in str(raised.value)


def test_secret_is_a_file() -> None:
    with pytest.raises(BadUsage, match="influxdb takes a URL and secret=/FILE"):
        open_sink("influxdb:http://h/db,secret=word", LASTING)
