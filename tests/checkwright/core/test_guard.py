"""The process around a check prints one line and exits with 0 to 3, whatever happens."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from checkwright.testing.sensu_metrics import perfdata_errors
from tests.support.installed import installed_bin
from tests.support.stuck_mount import run_with_stuck_mount

Found = TypeVar("Found")
PLANTED = '''
"""Everything that a check must not do."""

import os
import sys
import threading
import time

from checkwright import Check, Metrics, gauge, option


class Planted(Check):
    """Misbehaves as --how says."""

    how: str = option("What to do")
    note: str = option("Where to write", default="")

    number = gauge("Number", warn=5)

    def probe(self) -> Metrics:
        yield from getattr(self, self.how)()
        yield self.number(3, of="end")

    def nothing(self):
        return ()

    def runaway_regex(self):
        import re

        re.match(r"(a+)+$", "a" * 60 + "b")
        return ()

    def system_call(self):
        import ctypes

        left = ctypes.CDLL(None).sleep(60)  # as getaddrinfo does: no Python runs until it returns
        return () if left == 0 else self.system_call()

    def measured_then_stuck(self):
        yield self.number(9)
        time.sleep(60)

    def imports(self):
        for number in range(10**9):
            try:
                __import__(f"nothing_of_this_name_{number}")
            except ImportError:
                pass
        return ()

    def swallows_everything(self):
        while True:
            try:
                time.sleep(60)
            except BaseException:
                pass

    def prints(self):
        print("noise | x=3")
        os.write(1, b"raw noise\\n")
        os.system("echo child noise")
        return ()

    def exits(self):
        sys.exit(0)

    def leaves_a_thread(self):
        threading.Thread(target=time.sleep, args=(60,)).start()
        return ()

    def closes_stdout(self):
        os.close(1)
        return ()

    def starts_a_program(self):
        from checkwright.sources.command import run

        run(["/bin/sh", "-c", f"echo $$ > {self.note}; sleep 60"])
        return ()

    def much(self):
        for number in range(2_000):
            yield self.number(1, of=f"{number:060}")
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("projects") / "guarded"
    (folder / "plugins").mkdir(parents=True)
    (folder / "plugins" / "planted.py").write_text(PLANTED)
    (folder / "__init__.py").touch()
    return folder


def command(project: Path, how: str, *more: str) -> list[str]:
    start = "from checkwright.core.check_program import main; main()"
    return [sys.executable, "-c", start, "--project", str(project), "planted", "--how", how, *more]


def ended(project: Path, how: str, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(project, how, *more), capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("how", ["runaway_regex", "system_call", "swallows_everything"])
def test_deadline_ends_a_check_in_any_state(project: Path, how: str) -> None:
    done = ended(project, how, "-t", "0.5")
    assert done.stdout == "PLANTED UNKNOWN: timed out after 500 ms | number=U;5;;;\n"
    assert (done.returncode, done.stderr) == (3, "")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["system_call", "measured_then_stuck", "exits", "prints"])
def test_output_for_sensu_has_a_bar_and_no_missing_value_in_any_state(project: Path, how: str) -> None:
    nagios = ended(project, how, "-t", "0.5").stdout
    done = ended(project, how, "-t", "0.5", "--output=sensu")
    assert done.stdout == nagios.replace(" number=U;5;;;", "")
    assert perfdata_errors(done.stdout) == ()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["runaway_regex", "system_call", "swallows_everything"])
def test_busy_machine_that_composes_the_output_slowly_prints_it(project: Path, how: str) -> None:
    start = (
        "import time; from checkwright.core.check_program import main; from checkwright.core.outcome import Outcome;"
        "text = Outcome.text; Outcome.text = lambda self, verbose=0: time.sleep(0.7) or text(self, verbose); main()"
    )
    words = [sys.executable, "-c", start, "--project", str(project), "planted", "--how", how, "-t", "0.2"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    assert done.stdout == "PLANTED UNKNOWN: timed out after 200 ms | number=U;5;;;\n"
    assert (done.returncode, done.stderr) == (3, "")


def test_output_for_sensu_of_a_check_that_does_not_load_in_time_has_a_bar(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "__init__.py").touch()
    (tmp_path / "plugins" / "endless.py").write_text("while True:\n    pass\n")
    start = "from checkwright.core import check_program; check_program.LOADING_SECONDS = 0.5; check_program.main()"
    words = [sys.executable, "-c", start, "--project", str(tmp_path), "endless", "--output=sensu", "-t", "10"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    assert done.stdout == "CHECK UNKNOWN: timed out after 0.5 s while loading |\n"


STUCK = {
    "a mount point": ("disk -p / -p {stuck}", "/stuck did not answer within "),
    "a file to look at": ("file_age -f {stuck}/file", "/stuck/file did not answer within "),
    "a file to read": ("tls_certificate -f {stuck}/cert.pem", "timed out after 1 s while waiting for /"),
    "a folder to read": ("tls_certificate -f {stuck}", "timed out after 1 s while waiting for /"),
    "a body": (
        "http -u http://127.0.0.1:1/ -P @{stuck}/body",
        "timed out after 1 s while waiting for the body to send, /",
    ),
    "an authority": ("http -u https://127.0.0.1:1/ --ca {stuck}/ca.pem", "timed out after 1 s while waiting for /"),
    "recorded runs": ("heartbeat --job x -c 5 --folder {stuck}/job-runs", "timed out after 1 s while waiting for /"),
    "a secret": ("http -u http://127.0.0.1:1/ --token-file {stuck}/token", "timed out after 1 s while waiting for the"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("words", "message"), STUCK.values(), ids=STUCK)
def test_dead_filesystem_does_not_hold_up_a_check(tmp_path: Path, words: str, message: str) -> None:
    start = [sys.executable, "-c", "from checkwright.core.check_program import main; main()"]
    command = [*start, *words.format(stuck=tmp_path / "stuck").split(), "-t", "1"]
    done = run_with_stuck_mount(tmp_path / "stuck", command)
    assert message in done.stdout
    assert (done.returncode, done.stderr) == (3, "")


@pytest.mark.slow
def test_signal_handler_and_watcher_do_not_block_each_other(project: Path) -> None:
    """Both wake at the deadline. The later one must not take the interpreter away from the first."""
    for _ in range(5):
        processes = [
            subprocess.Popen(command(project, "runaway_regex", "-t", "0.1"), stdout=subprocess.PIPE) for _ in range(4)
        ]
        assert [process.communicate(timeout=20)[0][:28] for process in processes] == [
            b"PLANTED UNKNOWN: timed out a"
        ] * 4


@pytest.mark.slow
def test_lock_of_imports_does_not_block_the_output(project: Path) -> None:
    """The signal arrives while the main thread imports. The watcher may need the lock that it holds."""
    for _ in range(4):
        processes = [
            subprocess.Popen(command(project, "imports", "-t", "0.2"), stdout=subprocess.PIPE) for _ in range(6)
        ]
        outputs = [process.communicate(timeout=20)[0] for process in processes]
        assert outputs == [b"PLANTED UNKNOWN: timed out after 200 ms | number=U;5;;;\n"] * 6


def test_results_before_the_deadline_are_kept(project: Path) -> None:
    done = ended(project, "measured_then_stuck", "-t", "0.5:critical")
    assert done.stdout == "PLANTED CRITICAL: timed out after 500 ms (1 warning) | number=9;5;;;\n"
    assert done.returncode == 2


@pytest.mark.parametrize("how", ["nothing", "prints", "leaves_a_thread", "closes_stdout"])
def test_status_line_is_the_only_output(project: Path, how: str) -> None:
    done = ended(project, how)
    assert done.stdout == "PLANTED OK: Number end 3 | number:end=3;5;;;\n"
    assert done.returncode == 0


def test_printed_text_is_shown_at_vvv(project: Path) -> None:
    lines = ended(project, "prints", "-vvv").stdout.splitlines()
    assert lines[-1].startswith("printed: noise ")
    assert sum(line.count("|") for line in lines) == 1


def test_sys_exit_in_a_check_is_unknown(project: Path) -> None:
    done = ended(project, "exits")
    assert done.returncode == 3
    assert done.stdout.startswith("PLANTED UNKNOWN: the check itself failed: SystemExit: 0 at ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signal_results_in_one_line(project: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        command(project, "system_call"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_for_sleep(process.pid)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert out == f"PLANTED UNKNOWN: stopped by {number.name} before it had finished | number=U;5;;;\n"
    assert (process.returncode, err) == (3, "")


def test_program_that_a_source_runs_ends_with_the_check(project: Path, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    process = subprocess.Popen(command(project, "starts_a_program", "--note", str(note)), stdout=subprocess.DEVNULL)
    pid = int(eventually(lambda: note.exists() and note.read_text().strip()))
    process.terminate()
    assert process.wait(timeout=20) == 3
    eventually(lambda: not alive(pid))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def eventually(look: Callable[[], Found]) -> Found:
    end = time.monotonic() + 20
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def wait_for_sleep(pid: int) -> None:
    """Wait until the process sleeps in the planted system call, and its watcher thread waits too."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        calls = [
            (task / "wchan").read_text() + (task / "syscall").read_text()
            if os.access(task / "syscall", os.R_OK)
            else ""
            for task in Path(f"/proc/{pid}/task").iterdir()
        ]
        states = [
            (task / "stat").read_text().rpartition(")")[2].split()[0] for task in Path(f"/proc/{pid}/task").iterdir()
        ]
        if len(calls) == 2 and states == ["S", "S"] and "ctypes" in Path(f"/proc/{pid}/maps").read_text():
            time.sleep(0.2)
            return
        time.sleep(0.02)
    raise AssertionError("the planted check did not start")


def test_closed_stdout_is_unknown_and_no_file_is_written(project: Path) -> None:
    shell = ["/bin/sh", "-c", '"$@" >&-', "sh", *command(project, "nothing")]
    done = subprocess.run(shell, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (3, "planted: cannot write the result: stdout is closed\n")


def test_all_descriptors_closed(project: Path) -> None:
    shell = ["/bin/sh", "-c", '"$@" <&- >&- 2>&-', "sh", *command(project, "nothing")]
    assert subprocess.run(shell, timeout=30).returncode == 3


def test_a_full_disk_is_unknown(project: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(command(project, "nothing"), stdout=full, stderr=subprocess.PIPE, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (3, "planted: cannot write the result: No space left on device\n")


def test_closed_pipe_is_unknown(project: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command(project, "nothing"), stdout=writing, stderr=subprocess.PIPE, text=True, timeout=30)
    os.close(writing)
    assert (done.returncode, done.stderr) == (3, "planted: cannot write the result: Broken pipe\n")


@pytest.mark.slow
def test_pipe_that_nobody_reads_does_not_hold_up_a_check(project: Path) -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4_096)  # an output has up to 60,000 bytes
    process = subprocess.Popen(command(project, "much", "-t", "1"), stdout=writing, stderr=subprocess.DEVNULL)
    try:
        assert process.wait(timeout=20) == 3
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become a user that may start nothing")
def test_user_without_free_processes_gets_an_answer() -> None:
    start = (
        "import os, resource; from checkwright.core import check_program, run; import checks.meta.dummy;"
        "os.setgid(64999); os.setuid(64999); resource.setrlimit(resource.RLIMIT_NPROC, (0, 0)); check_program.main()"
    )
    for words, message in {
        "dummy": "DUMMY OK: State ok\n",
        "http -u http://localhost:1/": "HTTP UNKNOWN: cannot look up a name: no more threads may be started here",
        "combine dummy": "COMBINE UNKNOWN: dummy: cannot run as a part: no more threads may be started here",
        "file_age -f /etc/passwd": "FILE_AGE UNKNOWN: cannot start a process to look at /etc/passwd: ",
    }.items():
        argv = [
            str(installed_bin() / "python"),
            "-c",
            start,
            *words.split(),
        ]  # the checkout may be private
        done = subprocess.run(argv, cwd="/", capture_output=True, text=True, timeout=30)
        assert done.stdout.startswith(message)
        assert (done.returncode, done.stderr) == (0 if words == "dummy" else 3, "")


@pytest.mark.parametrize("limit", range(4, 14))
def test_process_without_free_descriptors_ends_with_a_word(limit: int) -> None:
    """The descriptors run out in Python's own start, in an import, in the guard, or in the check.

    The shell that starts check needs eleven, so Python starts it here.
    """
    start = f"ulimit -n {limit}; exec {installed_bin()}/python -I {installed_bin()}/check dummy"
    done = subprocess.run(["/bin/sh", "-c", start], capture_output=True, text=True, timeout=30)
    if "Fatal Python error" not in done.stderr:
        assert done.stdout.startswith(("CHECK UNKNOWN: ", "DUMMY "))
        assert done.returncode == (0 if done.stdout.startswith("DUMMY OK") else 3)


def test_defect_of_the_library_is_printed_as_clean_text() -> None:
    from checkwright.core.check_program import internal_error

    text, code = internal_error(ValueError("one\ntwo | \x1b[31m\u202e"))
    assert (text, code) == (
        "CHECK UNKNOWN: check itself failed: ValueError: one two \u00a6 \\x1b[31m\\u202e",
        3,
    )


def test_check_that_cannot_start_is_unknown() -> None:
    start = "import resource; from checkwright.core import catalog, check_program;" + (
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3)); check_program.main()"
    )
    done = subprocess.run([sys.executable, "-c", start, "dummy"], capture_output=True, text=True, timeout=30)
    assert done.stdout.startswith("CHECK UNKNOWN: check cannot start: ")
    assert (done.returncode, done.stderr) == (3, "")
    words = [sys.executable, "-c", start, "dummy", "--output=sensu"]
    assert subprocess.run(words, capture_output=True, text=True, timeout=30).stdout == f"{done.stdout.rstrip()} |\n"
