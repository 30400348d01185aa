"""heartbeat: against a fake, and as cron and Nagios run it."""

import os
import pty
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.heartbeat.fake import FakeJobRuns
from checks.heartbeat.heartbeat import Heartbeat
from checks.heartbeat.source import JobRun
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.installed import ROOT, installed_bin
from tests.support.sample import Sample

HOUR = 3600

WORLD = FakeJobRuns(
    {
        "backup": JobRun(age=5 * HOUR, seconds=600),
        "late": JobRun(age=30 * HOUR, seconds=600),
        "failed": JobRun(age=2 * HOUR, seconds=12, exit_code=3),
        "killed": JobRun(age=2 * HOUR, seconds=12, exit_code=137),
        "by-hand": JobRun(age=60),
        "damaged": CannotTell("the recorded run /job-runs/damaged.json is damaged: the job's next run replaces it"),
    }
)

CASES = {
    "ran in time": ("--job backup -w 86400 -c 90000", "OK"),
    "late": ("--job late -w 86400 -c 90000", "CRITICAL"),
    "a little late": ("--job late -w 86400 -c 172800", "WARNING"),
    "failed": ("--job failed -c 90000", "CRITICAL"),
    "killed": ("--job killed -c 90000", "CRITICAL"),
    "never ran": ("--job import -c 90000", "CRITICAL"),
    "ran too long": ("--job backup -c 90000 --run-time-warning 300", "WARNING"),
    "recorded without a command": ("--job by-hand -c 90000", "OK"),
    "damaged": ("--job damaged -c 90000", "UNKNOWN"),
    "no threshold": ("--job backup", "UNKNOWN"),
    "a threshold for another job": ("--job backup -c late=90000", "UNKNOWN"),
    "a command without --run": ("--job backup -c 90000 -- true", "UNKNOWN"),
    "no job": ("-c 90000", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_heartbeat(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Heartbeat, command_line, WORLD)
    assert outcome.state == state
    golden(outcome)


def test_late_failed_and_never_ran_differ() -> None:
    texts = {run(Heartbeat, f"--job {job} -c 90000", WORLD).summary for job in ("late", "failed", "import")}
    assert len(texts) == 3


CHECK = [sys.executable, "-c", "from checkwright.core.check_program import main; main()", "heartbeat"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "job-runs"
    monkeypatch.setenv("CHECKS_JOB_RUNS_DIR", str(folder))
    return folder


def record(*command: str, job: str = "job", stdin: str = "") -> subprocess.CompletedProcess[str]:
    words = [*CHECK, "--run", "--job", job, *(("--", *command) if command else ())]
    return subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=60)


def check(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CHECK, *words], capture_output=True, text=True, timeout=60)


def test_wrapped_command_keeps_its_streams_and_its_status(folder: Path) -> None:
    ran = record("sh", "-c", "cat; echo to-stdout; echo to-stderr >&2; exit 42", stdin="from-stdin\n")
    assert (ran.returncode, ran.stdout, ran.stderr) == (42, "from-stdin\nto-stdout\n", "to-stderr\n")
    found = check("--job", "job", "-c", "60")
    assert found.returncode == 2
    assert found.stdout.startswith("HEARTBEAT CRITICAL: Exit status job 42 (its last run failed) (2 ok)")


def test_successful_run_makes_the_check_ok(folder: Path) -> None:
    record("false")
    assert check("--job", "job", "-c", "60").returncode == 2
    assert record("true").returncode == 0
    assert check("--job", "job", "-c", "60").returncode == 0


def test_run_without_a_command_is_recorded(folder: Path) -> None:
    ran = record()
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert check("--job", "job", "-c", "60").returncode == 0


def test_command_may_contain_our_own_flags(folder: Path) -> None:
    ran = record("echo", "--run", "-v", "--", "--job", "x")
    assert ran.stdout == "--run -v -- --job x\n"


CANNOT_START = {"not there": ("/nonexistent/tool", 127), "not executable": ("/dev/null", 126)}


@pytest.mark.parametrize(("command", "status"), CANNOT_START.values(), ids=CANNOT_START)
def test_command_that_cannot_start(folder: Path, command: str, status: int) -> None:
    ran = record(command)
    assert (ran.returncode, ran.stdout) == (status, "")
    assert ran.stderr.startswith(f"check heartbeat: cannot start '{command}': ")
    assert ran.stderr.count("\n") == 1
    assert f"Exit status job {status}" in check("--job", "job", "-c", "60").stdout


def test_command_runs_where_nothing_can_be_recorded(folder: Path) -> None:
    folder.write_text("a file, not a folder", encoding="utf-8")
    ran = record("sh", "-c", "echo done; exit 5")
    assert (ran.returncode, ran.stdout) == (5, "done\n")
    assert ran.stderr.startswith(f"check heartbeat: cannot use {folder} for recorded runs: ")
    alone = record()
    assert (alone.returncode, alone.stderr.count("\n")) == (3, 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1])
def test_signals_reach_the_command(folder: Path, number: signal.Signals) -> None:
    program = (
        "import signal, sys; signal.signal(%d, lambda *_: sys.exit(9)); print('ready', flush=True); signal.pause()"
    )
    words = [*CHECK, "--run", "--job", "job", "--", sys.executable, "-c", program % number]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as ran:
        assert ran.stdout is not None
        try:
            assert ran.stdout.readline() == "ready\n"
            ran.send_signal(number)
            assert ran.wait(timeout=30) == 9
        except BaseException:
            os.killpg(ran.pid, signal.SIGKILL)
            raise


def test_command_that_a_signal_ended(folder: Path) -> None:
    assert record("sh", "-c", "kill -9 $$").returncode == 137
    assert "Exit status job 137 (SIGKILL) (its last run failed)" in check("--job", "job", "-c", "60").stdout


def test_command_ignores_the_signals_that_nohup_ignores(folder: Path) -> None:
    command = ["sh", "-c", "kill -HUP $$; echo still here"]
    words = ["nohup", *CHECK, "--run", "--job", "job", "--", *command]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert (ran.returncode, ran.stdout) == (0, "still here\n")


def test_status_is_correct_where_the_caller_ignores_sigchld(folder: Path) -> None:
    words = shlex.join([*CHECK, "--run", "--job", "job", "--", "sh", "-c", "exit 6"])
    ran = subprocess.run(["sh", "-c", f"trap '' CHLD; exec {words}"], timeout=60)
    assert ran.returncode == 6


def test_last_record_stays_while_the_job_runs_again(folder: Path) -> None:
    record("true")
    words = [*CHECK, "--run", "--job", "job", "--", "sh", "-c", "echo ready; exec sleep 60"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        assert check("--job", "job", "-c", "60").returncode == 0
        os.killpg(running.pid, signal.SIGTERM)
        assert running.wait(timeout=30) == 128 + signal.SIGTERM
    assert check("--job", "job", "-c", "60").returncode == 2


COUNTS_INTERRUPTS = """
import signal, sys
seen = []
def interrupted(*_):
    seen.append(1)
    print("interrupted", flush=True)
    signal.alarm(1)
signal.signal(signal.SIGINT, interrupted)
signal.signal(signal.SIGALRM, lambda *_: sys.exit(40 + len(seen)))
print("ready", flush=True)
while True:
    signal.pause()
"""


@pytest.mark.slow
def test_ctrl_c_on_a_terminal_reaches_the_command_once(folder: Path) -> None:
    words = [*CHECK, "--run", "--job", "job", "--", sys.executable, "-c", COUNTS_INTERRUPTS]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(words[0], words)
    try:
        shown = b""
        while b"ready" not in shown:
            shown += os.read(terminal, 1024)
        os.write(terminal, b"\x03")
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 41


#: Runs a command as `heartbeat --run` does, and holds Popen back until a line comes.
SLOW_TO_START = """
import subprocess, sys
from checks.heartbeat.source import JobRuns

real = subprocess.Popen

def popen(*words, **more):
    child = real(*words, **more)
    sys.stdin.readline()
    return child

subprocess.Popen = popen
sys.exit(JobRuns().wrap("job", sys.argv[1:]))
"""


@pytest.mark.slow
def test_ctrl_c_reaches_a_command_once_that_has_only_just_started(folder: Path) -> None:
    words = [sys.executable, "-c", SLOW_TO_START, sys.executable, "-c", COUNTS_INTERRUPTS]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execv(words[0], words)
    try:
        shown = b""
        while b"ready" not in shown:
            shown += os.read(terminal, 1024)
        os.write(terminal, b"\x03")
        while b"interrupted" not in shown:
            shown += os.read(terminal, 1024)
        os.write(terminal, b"go on\n")
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 41


def test_recording_is_not_a_check() -> None:
    outcome = run(Heartbeat, "--run --job job", FakeJobRuns())
    assert outcome.state == "UNKNOWN"
    assert "--run records a run and checks nothing" in outcome.summary


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    env = {"CHECKS_JOB_RUNS_DIR": str(folder / "runs")}
    recorded = [str(installed_bin() / "check"), "heartbeat", "--run", "--job", "nightly", "--", "true"]
    subprocess.run(recorded, env={**os.environ, **env}, check=True)
    yield Sample("--job nightly --age-warning 3600", env=env)
