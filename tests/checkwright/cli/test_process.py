"""checkctl as a process: what is missing, who stops reading, what a terminal shows, and a defect of ours."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from checkwright.cli.named_file import read_text
from checkwright.core.errors import CannotDo
from tests.support.installed import ROOT

START = "from checkwright.cli.main import main; main()"


def started(*words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", f"{before}\n{START}", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("package", ["click", "rich"])
def test_without_what_people_need_it_says_what_to_install(package: str) -> None:
    refused = started("list", before=f"import sys; sys.modules[{package!r}] = None")
    assert refused.returncode == 2
    assert f"checkctl needs the package {package}: install it with pip install 'checkwright[tools]'" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_without_a_verb_it_shows_them_all() -> None:
    shown = started()
    assert shown.returncode == 2
    for verb in ("list", "new", "plan", "explain", "exceptions", "try", "nagios", "sensu", "docs", "lint"):
        assert f"\n  {verb} " in shown.stderr
    assert "..." not in shown.stderr.partition("Verbs:")[2]


def test_a_build_loads_no_other_command() -> None:
    loaded = (
        "lambda: print([name for name in sys.modules if name.startswith(('checkwright.cli', 'nagios_cfg', 'rich'))])"
    )
    shown = started("nagios", "build", "--help", before=f"import atexit, sys; atexit.register({loaded})")
    assert "checkwright.cli.commands.nagios" in shown.stdout
    for other in ("checkwright.migrate", "nagios_cfg.reader", "nagios_cfg.deployment.deploy", "rich.console"):
        assert f"'{other}" not in shown.stdout
    listed = started("nagios", "--help").stdout
    for command in ("agents", "build", "deploy", "diff", "import", "verify"):
        assert f"\n  {command} " in listed


def test_a_defect_is_one_sentence_and_the_details_are_kept(tmp_path: Path) -> None:
    before = (
        f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n"
        "import checkwright.cli.console as console\n"
        "def broken(*words): raise KeyError('planted')\n"
        "console.table = broken"
    )
    failed = started("list", before=before)
    assert failed.returncode == 70
    assert failed.stderr.startswith("checkctl: internal error, KeyError: 'planted'; the details are in ")
    assert failed.stderr.count("\n") == 1
    (details,) = tmp_path.glob("checkctl-*.txt")
    assert "Traceback (most recent call last)" in details.read_text(encoding="utf-8")


def test_a_reader_that_goes_away_is_no_defect() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", START, "list"]
    ended = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=120)
    os.close(writing)
    assert ended.stderr == ""
    assert ended.returncode == 1


@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("--help",)])
def test_a_full_output_is_one_sentence(words: tuple[str, ...]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        command = [sys.executable, "-c", START, *words]
        ended = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert ended.returncode == 2
    assert ended.stderr == "checkctl: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_defect(closed: str, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    script = f'exec "$@" {closed}'
    command = ["sh", "-c", script, "sh", sys.executable, "-c", START, "--project", "examples/shop", "plan", "dev"]
    ended = subprocess.run([*command, "--out", str(plan)], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0
    assert "internal error" not in ended.stderr
    assert plan.read_text(encoding="utf-8").startswith("{")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_who_stops_it_finds_nothing_half_done(number: signal.Signals, code: int, tmp_path: Path) -> None:
    """It is stopped where it has begun to write, by a signal to itself."""
    before = f"import os, checkwright.cli.write as write\nwrite._put = lambda *_: os.kill(os.getpid(), {int(number)})"
    plan = tmp_path / "out/plan.json"
    stopped = started("--project", "examples/shop", "plan", "dev", "--out", str(plan), before=before)
    assert stopped.returncode == code
    assert "Traceback" not in stopped.stderr
    assert list(plan.parent.iterdir()) == []


def test_a_terminal_gets_colours_and_a_pipe_does_not() -> None:
    assert "\x1b[" not in started("list").stdout
    controller, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen([sys.executable, "-c", START, "list"], cwd=ROOT, stdout=terminal, env=environment) as process:
        os.close(terminal)
        shown = b""
        while chunk := _read(controller):
            shown += chunk
        assert process.wait(60) == 0
    os.close(controller)
    assert b"\x1b[1m" in shown
    assert b"Room left on mounted filesystems." in shown


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # Linux says EIO when the other end of a terminal is closed
        return b""


def test_what_has_no_end_is_not_read_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkwright.cli.named_file._LARGEST", 2_000_000)
    with pytest.raises(CannotDo, match=r"/dev/zero is larger than 2 MB\."):
        read_text(Path("/dev/zero"))
    assert read_text(Path(os.devnull)) == ""
