"""dead_mans_switch: against a fake, and a server that follows the protocol of healthchecks.io."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.watchdog.dead_mans_switch import DeadMansSwitch
from checkwright.core.errors import Down
from checkwright.sources.http import Reply
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeHttp
from tests.support.installed import installed_bin
from tests.support.sample import Sample, no_limits
from tests.support.servers import WebServer, web_server

KEY = "5f0c9a31-0000-4000-8000-1234567890ab"
OTHER = "00000000-0000-4000-8000-000000000000"
WORLD = FakeHttp(
    {
        "https://hc/": Reply(200, "OK", reason="OK"),
        "https://hc/gone": Reply(200, "OK (not found)", reason="OK"),
        "https://hc/often": Reply(200, "OK (rate limited)", reason="OK"),
        "https://hc/slug": Reply(404, "not found", reason="Not Found"),
        "https://hc/moved": Reply(302, "", reason="Found"),
        "https://hc/down": Down("POST https://hc/down: connection refused"),
        "https://am/hook": Reply(202, "", reason="Accepted"),
    }
)
CASES = {
    "taken": ("-u https://hc/", "OK"),
    "unknown switch": ("-u https://hc/gone", "CRITICAL"),
    "too often": ("-u https://hc/often", "CRITICAL"),
    "unknown slug": ("-u https://hc/slug", "CRITICAL"),
    "moved": ("-u https://hc/moved", "CRITICAL"),
    "no answer": ("-u https://hc/down", "CRITICAL"),
    "webhook": ("-u https://am/hook --form alertmanager --sender shop", "OK"),
    "no URL": ("-u hc-ping.com", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_dead_mans_switch(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(DeadMansSwitch, command_line, WORLD)
    assert outcome.state == state
    golden(outcome)


@contextmanager
def healthchecks() -> Iterator[WebServer]:
    """Run a service that knows one switch."""
    with web_server({f"/{KEY}": (200, {}, b"OK"), f"/{OTHER}": (200, {}, b"OK (not found)")}) as server:
        yield server


def check(*words: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"]}
    argv = [str(installed_bin() / "check"), "dead_mans_switch", *words]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, env=env)


def test_key_is_sent_and_never_shown(tmp_path: Path) -> None:
    with healthchecks() as server:
        url = f"http://127.0.0.1:{server.port}"
        for key, code in ((KEY, 0), (OTHER, 2)):
            (tmp_path / "key").write_text(f"{key}\n")
            done = check("-u", url, "--key-file", str(tmp_path / "key"), "-vv")
            assert done.returncode == code
            assert key not in done.stdout + done.stderr
    assert [(method, path) for method, path, _, _ in server.seen] == [("POST", f"/{KEY}"), ("POST", f"/{OTHER}")]
    assert server.seen[0][3] == b"checkwright runs checks\n"
    (tmp_path / "key").write_text(f"{KEY}\n")
    done = check("-u", url, "--key-file", str(tmp_path / "key"))
    assert done.returncode == 2
    assert KEY not in done.stdout + done.stderr


def test_webhook_is_that_of_alertmanager() -> None:
    with web_server({"/hook": (200, {}, b"")}) as server:
        url = f"http://127.0.0.1:{server.port}/hook"
        assert check("-u", url, "--form", "alertmanager", "--sender", "shop").returncode == 0
    body = json.loads(server.seen[0][3])
    assert (body["version"], body["status"]) == ("4", "firing")
    assert body["alerts"][0]["labels"] == {"alertname": "Watchdog", "severity": "none", "job": "shop"}


@contextmanager
def sample(_: Path) -> Iterator[Sample]:
    with web_server({"/": (200, {}, b"OK")}) as server:
        yield Sample(f"-u http://127.0.0.1:{server.port}/ {no_limits('time')}")
