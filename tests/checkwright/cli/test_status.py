"""`checkctl status` on the example project, and its answers to bad input."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.status import status_dat
from shop import nagios_status
from tests.support.ports import free_port

SHOP = Path(nagios_status.__file__).parent
ROOT = Path(__file__).parents[3]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "status.dat"
    nagios_status.main(found)
    return found


def status(*words: str | Path) -> int:
    return run(["--project", str(SHOP), "status", *map(str, words)])


def test_problems_are_printed_by_team_and_role(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status("production", "--nagios", file) == 0
    printed = capsys.readouterr()
    first = printed.out.partition("\n")[0]
    assert re.match(
        r"production, \d+ \w+ \d\d:\d\d UTC: 6 problems: 2 CRITICAL, 1 UNKNOWN, 3 WARNING; 2 handled; ", first
    )
    assert "\npayments\n  payments-api, production\n    CRITICAL checkout on pay-1, for 14 min, since " in printed.out
    assert "why: the pool was halved, so high use is normal" in printed.out
    assert "1 in no plan" in printed.out
    assert printed.err == ""


def test_one_team_as_json_and_as_page(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    html = tmp_path / "status.html"
    assert status("production", "--nagios", file, "--team", "payments", "--json", "--html", html) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert {team for one in found["problems"] for team in one["teams"]} == {"payments"}
    assert "checkout on pay-1" in html.read_text()
    assert printed.err == f"The page: {html}\n"


def test_several_environments_share_a_nagios(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status("production", "staging", "--nagios", file) == 0
    out = capsys.readouterr().out
    assert out.startswith("production, staging, ")
    assert "missing in all sources: is this configuration deployed?" in out


BAD: dict[str, tuple[tuple[str, ...], str]] = {
    "missing file": (
        ("production", "--nagios", "/nowhere/status.dat"),
        "cannot read /nowhere/status.dat: No such file",
    ),
    "no environment": (("producton",), "producton"),
    "no team": (("production", "--team", "paymants"), "There is no team 'paymants', did you mean payments"),
    "no role": (("production", "--role", "x"), "There is no role 'x'"),
    "no port": (("production", "--serve", "127.0.0.1"), "--serve needs an address of this machine and a port"),
    "network": (("production", "--serve", "0.0.0.0:80"), "other machines reach 0.0.0.0, and the page has no login"),
    "page and server": (("production", "--serve", "8100", "--json"), "leave out --html and --json"),
    "no zone": (("production", "--zone", "Mars"), "there is no time zone 'Mars'"),
    "no key": (
        ("production", "--sensu", "http://x", "--sensu-key", "/nowhere"),
        "cannot read the secret file /nowhere",
    ),
}


@pytest.mark.parametrize(("words", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_one_sentence(words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(*words) != 0
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err


def test_without_a_nagios_here_it_asks_for_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(status_dat, "PLACES", (str(tmp_path / "status.dat"),))
    assert status("production") != 0
    assert "No status.dat in the usual places: name it with --nagios FILE" in capsys.readouterr().err
    nagios_status.main(tmp_path / "status.dat")
    assert status("production") == 0


def test_key_is_never_an_argument(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CHECKWRIGHT_SENSU_KEY", "very-secret")
    assert status("production", "--sensu", "http://127.0.0.1:1") != 0
    printed = capsys.readouterr()
    assert "Sensu at 127.0.0.1:1 does not answer" in printed.err
    assert "very-secret" not in printed.out + printed.err


@pytest.mark.slow
def test_page_is_served_until_a_signal(file: Path) -> None:
    port = free_port()
    words = ["--project", str(SHOP), "status", "production", "--nagios", str(file), "--serve", f"127.0.0.1:{port}"]
    code = "import sys; from checkwright.cli.main import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", code, *words], cwd=ROOT, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        assert server.stderr is not None
        assert server.stderr.readline() == f"Serving http://127.0.0.1:{port}/ until Ctrl-C.\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            text = answer.read().decode()
        assert re.search(r'<meta http-equiv="refresh" content="30"/>', text)
        assert "checkout on pay-1" in text
        file.unlink()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/status.json", timeout=30) as answer:
            assert answer.status == 200
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
    assert server.returncode == 0
