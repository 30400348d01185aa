"""Check varnish against a fake, recorded counters and the real varnishd."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from checks.varnish.fake import FakeVarnish
from checks.varnish.source import Varnish, VarnishState, parse
from checks.varnish.varnish import Varnish as Check
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.nagios import scratch
from tests.support.ports import free_port
from tests.support.processes import Server, running, wait_until
from tests.support.real import require
from tests.support.sample import Sample

RECORDED = (Path(__file__).with_name("recorded") / "varnishstat-7.1.1.json").read_text(encoding="utf-8")
STATE = parse(RECORDED)


def state(**changes: float) -> VarnishState:
    return VarnishState(STATE.counters | {name.replace("__", "."): value for name, value in changes.items()})


WELL = {"VBE__boot__gone__happy": 63.0}
CASES = {
    "recorded": (STATE, "", "CRITICAL"),
    "healthy": (state(**WELL), "", "OK"),
    "last probe failed": (state(VBE__boot__gone__happy=62.0), "", "WARNING"),
    "no probe": (state(VBE__boot__gone__happy=0.0, VBE__boot__gone__unhealthy=0.0), "", "OK"),
    "all probes failed": (state(VBE__boot__gone__happy=0.0, VBE__boot__gone__unhealthy=3.0), "", "CRITICAL"),
    "child does not run": (Down("varnish: its child process does not run"), "", "CRITICAL"),
    "no permission": (
        CannotTell("varnishstat cannot read the counters: Could not get hold of varnishd"),
        "",
        "UNKNOWN",
    ),
    "no Varnish": (None, "", "UNKNOWN"),
}


@pytest.mark.parametrize(("found", "words", "expected"), CASES.values(), ids=CASES)
def test_varnish(found: VarnishState | Down | CannotTell | None, words: str, expected: str, golden: Golden) -> None:
    outcome = run(Check, words, World(FakeVarnish(found), FakeStateFile()))
    assert outcome.state == expected
    golden(outcome)


def test_backend_that_had_a_probe_is_remembered() -> None:
    memory = FakeStateFile()
    states = []
    for bits in (63.0, 0.0, 0.0, 1.0):
        found = state(VBE__boot__gone__happy=bits, VBE__boot__gone__unhealthy=0.0)
        states.append(run(Check, "", World(FakeVarnish(found), memory)).state)
    assert states == ["OK", "CRITICAL", "CRITICAL", "OK"]


@pytest.mark.parametrize("name", ["MAIN__sess_dropped", "MGT__child_died", "MGT__child_panic"])
def test_losses_count_for_ten_minutes(name: str) -> None:
    memory = FakeStateFile(seconds=400)
    states = []
    for count in (0.0, 1.0, 1.0, 1.0):
        states.append(run(Check, "", World(FakeVarnish(state(**WELL, **{name: count})), memory)).state)
    assert states == ["OK", "CRITICAL", "CRITICAL", "OK"]


def test_names_after_a_reload() -> None:
    counters = {"VBE.boot.shop.happy": 1.0, "VBE.reload_2.shop.happy": 63.0, "VBE.reload_2.shop.unhealthy": 2.0}
    assert VarnishState(counters).probes() == {"shop": (63, 2)}


def test_output_of_other_versions() -> None:
    assert (
        parse('{"timestamp": "2026", "MGT.uptime": {"value": 3}, "MAIN.threads": {"value": 5}}').number("MAIN.threads")
        == 5
    )
    with pytest.raises(Down, match="its child process does not run"):
        parse('{"counters": {"MGT.uptime": {"value": 3}}}')
    for text in ("", "[]", "{}", '{"counters": {"MGT.uptime": {}}}'):
        with pytest.raises(CannotTell, match="varnishstat prints no counters"):
            parse(text)


class Backend:
    """Web server on a fixed port, which may be stopped and started."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.start()

    def start(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: object) -> None:
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


VCL = """
vcl 4.1;
probe often {{ .url = "/"; .interval = 0.2s; .timeout = 1s; .window = 4; .threshold = 2; .initial = 2; }}
backend shop {{ .host = "127.0.0.1"; .port = "{port}"; .probe = often; }}
backend plain {{ .host = "127.0.0.1"; .port = "{port}"; }}
sub vcl_recv {{ if (req.url == "/plain") {{ set req.backend_hint = plain; }} }}
"""


@contextmanager
def varnish() -> Iterator[tuple[Path, Backend]]:
    """Run a varnishd and yield its folder and the backend."""
    daemon = require("varnishd", package="varnish")
    with scratch() as folder:
        backend = Backend(free_port())
        (folder / "shop.vcl").write_text(VCL.format(port=backend.port))
        place = folder / "work"
        argv = [daemon, "-F", "-n", str(place), "-a", f"127.0.0.1:{free_port()}", "-f", str(folder / "shop.vcl")]
        argv += ["-j", "none", "-p", "thread_pool_min=5", "-p", "thread_pools=1", "-s", "malloc,4m"]

        def ready() -> bool:
            return "Backend shop healthy" in run(Check, f"-n {place}", World(Varnish(), FakeStateFile())).text(1)

        try:
            with running(Server(argv, folder / "log", ready)):
                yield place, backend
        finally:
            backend.stop()


@pytest.mark.daemon
def test_real_varnish() -> None:
    with varnish() as (place, backend):
        memory = FakeStateFile()

        def real() -> tuple[str, str]:
            outcome = run(Check, f"-n {place} -t 20", World(Varnish(), memory))
            return outcome.state, outcome.text(1)

        wait_until(lambda: "Backend shop healthy" in real()[1])
        assert real()[0] == "OK" and "Backend plain without a probe" in real()[1]
        backend.stop()
        wait_until(lambda: real()[0] == "CRITICAL")
        assert "Backend shop sick" in real()[1]
        backend.start()
        wait_until(lambda: real()[0] == "OK")


@pytest.mark.daemon
def test_no_varnish_is_unknown(tmp_path: Path) -> None:
    require("varnishstat", package="varnish")
    outcome = run(Check, f"-n {tmp_path / 'none'}", World(Varnish(), FakeStateFile()))
    assert outcome.state == "UNKNOWN" and "varnishd does not run, or this user is not in the group" in outcome.summary


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with varnish() as (place, _):
        yield Sample(f"--name {place}")
