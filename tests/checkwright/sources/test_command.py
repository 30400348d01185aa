"""Command against real programs."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from checkwright.core.errors import CannotTell
from checkwright.sources.command import Command, Finished
from checkwright.testing.fakes import FakeCommand
from tests.support.current_run import current_run


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def test_output_and_exit_code() -> None:
    done = Command().run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"))
    assert (done.code, done.output, done.errors) == (7, "out\n", "err\n")
    assert done.seconds > 0


def test_program_that_a_signal_ended() -> None:
    assert Command().run(python("import os; os.kill(os.getpid(), 15)")).code == -signal.SIGTERM


def test_arguments_are_passed_unchanged() -> None:
    hostile = "$(id); `id` | * ' \" \\ \n"
    done = Command().run([*python("import sys; print(sys.argv[1], end='')"), hostile])
    assert done.output == hostile


def test_command_line_as_text_is_refused() -> None:
    with pytest.raises(TypeError, match="a command is a list of arguments, the program first, not 'ls -l'"):
        Command().run("ls -l")


def test_stdin_is_empty() -> None:
    assert Command().run(python("import sys; print(repr(sys.stdin.read()))")).output == "''\n"


def test_env_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "1")
    script = "import os; print(os.environ['KEPT'], os.environ['TOKEN'])"
    assert Command().run(python(script), env={"TOKEN": "hush"}).output == "1 hush\n"


def test_binary_output_is_decoded() -> None:
    script = "import os; os.write(1, bytes([0xff, 10]))"
    assert Command().run(python(script)).output == "\ufffd\n"


def test_missing_program_is_reported() -> None:
    with pytest.raises(CannotTell, match="cannot run no-such-program -x: there is no program no-such-program here"):
        Command().run(["no-such-program", "-x"])


def test_missing_program_is_reported_where_path_has_an_unreadable_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system then reports "Permission denied", as for a file on PATH that is not executable."""
    (tmp_path / "hidden").write_text("")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotTell, match="there is no program hidden here"):
        Command().run(["hidden"])


def test_script_without_its_interpreter(tmp_path: Path) -> None:
    path = tmp_path / "script"
    path.write_text("#!/no/such/interpreter\n")
    path.chmod(0o755)
    with pytest.raises(CannotTell, match=f"the interpreter in the first line of {path} is missing"):
        Command().run([str(path)])


def test_argument_with_nul_is_refused() -> None:
    with pytest.raises(CannotTell, match=r"cannot run true a\\x00b: embedded null byte"):
        Command().run(["true", "a\0b"])


def test_file_that_is_not_executable(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("no program")
    with pytest.raises(CannotTell, match=f"cannot run {path}: Permission denied"):
        Command().run([str(path)])


@pytest.mark.slow
def test_slow_program_is_killed_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"""
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with open({str(pids)!r} + ".new", "w") as file:
    file.write(f"{{os.getpid()}} {{child.pid}}")
os.rename({str(pids)!r} + ".new", {str(pids)!r})
time.sleep(60)
"""
    with current_run(seconds=4) as run, pytest.raises(CannotTell, match=r"did not end within 3\.\d s and was killed"):
        Command().run(python(script))
    assert run.doing.startswith(sys.executable)
    for pid in map(int, pids.read_text().split()):
        assert ended(pid)


def ended(pid: int) -> bool:
    """Return True if a process has ended, or is a zombie."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        time.sleep(0.01)
    return False


def test_endless_output_is_killed() -> None:
    endless = python("while True: print('x' * 1000)")
    with pytest.raises(CannotTell, match="printed more than 5000 bytes and was killed"):
        Command().run(endless, limit=5000)


def test_daemon_that_keeps_the_pipe_does_not_hold_the_run() -> None:
    script = """
import os, time
print("started", flush=True)
if os.fork() == 0:
    os.setsid()
    time.sleep(3)
    os._exit(0)
"""
    started = time.monotonic()
    assert Command().run(python(script)).output == "started\n"
    assert time.monotonic() - started < 2.5


def test_no_pipe_is_left_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    Command().run(python("pass"))
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.slow
def test_lines_of_any_length_in_all() -> None:
    lines = Command().lines(python("for n in range(300_000): print('line', n)"))
    assert sum(len(line) for line in lines) == sum(len(f"line {n}") for n in range(300_000))
    assert (lines.code, lines.errors) == (0, "")


LINES = {
    "": [],
    "a": ["a"],
    "a\\n": ["a"],
    "a\\nb": ["a", "b"],
    "\\n\\na": ["", "", "a"],
    "a\\r\\n\\x0bb\\u2028c\\n": ["a\r", "\x0bb\u2028c"],
}


@pytest.mark.parametrize("output", LINES)
def test_lines_end_at_line_feeds_alone(output: str) -> None:
    lines = Command().lines(python(f"import sys; sys.stdout.reconfigure(encoding='utf-8'); print('{output}', end='')"))
    assert list(lines) == LINES[output]


def test_code_and_errors_are_known_after_the_last_line() -> None:
    lines = Command().lines(python("import sys; print(1); print('e' * 99_999, file=sys.stderr); sys.exit(7)"))
    before = lines.code
    assert list(lines) == ["1"]
    assert (before, lines.code, lines.errors) == (None, 7, "e" * 10_000)


def test_lines_come_as_they_are_printed_and_the_program_ends_with_the_loop() -> None:
    script = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    for line in Command().lines(python(script)):
        pid = int(line)
        break
    assert ended(pid)


@pytest.mark.slow
def test_lines_of_a_slow_program_are_read_until_the_deadline() -> None:
    script = "import time\nfor n in range(600): print(n, flush=True); time.sleep(0.1)"
    found = []
    with current_run(seconds=2), pytest.raises(CannotTell, match=r"did not end within 1\.\d s and was killed"):
        for line in Command().lines(python(script)):
            found.append(line)
    assert found[:2] == ["0", "1"]


def test_endless_lines_end_at_the_deadline() -> None:
    lines = Command().lines(["yes"])
    with current_run(seconds=0.8), pytest.raises(CannotTell, match="yes did not end within"):
        assert all(line == "y" for line in lines)


def test_line_without_an_end_is_refused() -> None:
    lines = Command().lines(python("while True: print('x' * 1000, end='')"), limit=5_000)
    with pytest.raises(CannotTell, match="printed a line of more than 5000 bytes and was killed"):
        list(lines)


def test_program_of_lines_that_is_missing_is_reported_in_the_loop() -> None:
    lines = Command().lines(["no-such-program"])
    with pytest.raises(CannotTell, match="there is no program no-such-program here"):
        list(lines)


def test_lines_leave_no_pipe_and_no_process() -> None:
    before = len(os.listdir("/proc/self/fd"))
    unread = Command().lines(python("import time; time.sleep(60)"))
    list(Command().lines(python("pass")))
    assert len(os.listdir("/proc/self/fd")) == before
    assert unread.code is None


def test_the_fake_gives_lines_as_the_command_does() -> None:
    fake = FakeCommand({("a",): Finished(3, "x\n\ny", "e"), ("b",): Finished(0, ""), ("c",): CannotTell("gone")})
    lines = fake.lines(["a"])
    assert (list(lines), lines.code, lines.errors) == (["x", "", "y"], 3, "e")
    assert list(fake.lines(["b"])) == []
    for argv, message in ((["c"], "gone"), (["d"], "there is no program d here")):
        with pytest.raises(CannotTell, match=message):
            list(fake.lines(argv))
    assert fake.calls == [("a",), ("b",), ("c",), ("d",)]
