"""checkctl as a process: missing packages, closed streams, signals, terminals, and internal errors."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from checkwright.cli.input_file import read_text
from checkwright.core.errors import CannotDo
from tests.support.installed import ROOT

START = "from checkwright.cli.main import main; main()"


def started(*words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", f"{before}\n{START}", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("package", ["click", "rich"])
def test_missing_package_names_the_command_to_install_it(package: str) -> None:
    refused = started("list", before=f"import sys; sys.modules[{package!r}] = None")
    assert refused.returncode == 2
    assert f"checkctl needs the package {package}: install it with pip install 'checkwright[tools]'" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_without_a_command_all_commands_are_listed() -> None:
    listed = started()
    assert listed.returncode == 2
    commands = ("list", "new", "plan", "explain", "exceptions", "try", "run", "nagios", "sensu", "docs", "lint")
    for command in (*commands, "completion"):
        assert f"\n  {command} " in listed.stderr
    assert "Commands:" in listed.stderr
    assert "..." not in listed.stderr.partition("Commands:")[2]


@pytest.mark.slow
def test_build_imports_no_other_command() -> None:
    loaded = (
        "lambda: print([name for name in sys.modules if name.startswith(('checkwright.cli', 'nagios_cfg', 'rich'))])"
    )
    imported = started("nagios", "build", "--help", before=f"import atexit, sys; atexit.register({loaded})")
    assert "checkwright.cli.commands.nagios" in imported.stdout
    for other in ("checkwright.migrate", "nagios_cfg.reader", "nagios_cfg.deployment.deploy", "rich.console"):
        assert f"'{other}" not in imported.stdout
    listed = started("nagios", "--help").stdout
    for command in ("agents", "build", "deploy", "diff", "import", "verify"):
        assert f"\n  {command} " in listed


def test_internal_error_is_one_sentence_and_saves_the_traceback(tmp_path: Path) -> None:
    before = (
        f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n"
        "import checkwright.cli.console as console\n"
        "def broken(*words): raise KeyError('planted')\n"
        "console.print_table = broken"
    )
    failed = started("list", before=before)
    assert failed.returncode == 70
    assert failed.stderr.startswith("checkctl: internal error at <string>:3, KeyError: 'planted'; the traceback is in ")
    assert failed.stderr.count("\n") == 1
    (details,) = tmp_path.glob("checkctl-*.txt")
    assert "Traceback (most recent call last)" in details.read_text(encoding="utf-8")


def test_reader_that_closes_the_pipe_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", START, "list"]
    ended = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=120)
    os.close(writing)
    assert ended.stderr == ""
    assert ended.returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("--help",)])
def test_full_output_is_one_sentence(words: tuple[str, ...]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        command = [sys.executable, "-c", START, *words]
        ended = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert ended.returncode == 2
    assert ended.stderr == "checkctl: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_stream_is_no_error(closed: str, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    script = f'exec "$@" {closed}'
    command = ["sh", "-c", script, "sh", sys.executable, "-c", START, "--project", "examples/shop", "plan", "dev"]
    ended = subprocess.run([*command, "--out", str(plan)], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0
    assert "internal error" not in ended.stderr
    assert plan.read_text(encoding="utf-8").startswith("{")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signal_leaves_nothing_half_written(number: signal.Signals, code: int, tmp_path: Path) -> None:
    """Stop it in the middle of a write, by a signal to itself."""
    kill = f"lambda *_: os.kill(os.getpid(), {int(number)})"
    before = f"import os, checkwright.cli.atomic_write as write\nwrite._write_synced = {kill}"
    plan = tmp_path / "out/plan.json"
    stopped = started("--project", "examples/shop", "plan", "dev", "--out", str(plan), before=before)
    assert stopped.returncode == code
    assert "Traceback" not in stopped.stderr
    assert list(plan.parent.iterdir()) == []


@pytest.mark.slow
def test_terminal_gets_colours_and_a_pipe_does_not() -> None:
    assert "\x1b[" not in started("list").stdout
    controller, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen([sys.executable, "-c", START, "list"], cwd=ROOT, stdout=terminal, env=environment) as process:
        os.close(terminal)
        output = b""
        while chunk := _read(controller):
            output += chunk
        assert process.wait(60) == 0
    os.close(controller)
    assert b"\x1b[1m" in output
    assert b"Space and inodes of mounted filesystems." in output


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # Linux reports EIO after the other end of a terminal is closed
        return b""


def test_endless_file_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkwright.cli.input_file._LARGEST", 2_000_000)
    with pytest.raises(CannotDo, match=r"/dev/zero is larger than 2 MB\."):
        read_text(Path("/dev/zero"))
    assert read_text(Path(os.devnull)) == ""
