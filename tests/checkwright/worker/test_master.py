"""Master: each job is answered once, as on the command line, whatever a check does to its process."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from checkwright.worker.connection import HelperConnection
from checkwright.worker.fork_server import OUTPUT_LIMIT
from checkwright.worker.job import Answer
from checkwright.worker.master import Master
from tests.support.running_master import CHECK, Running, with_master

pytestmark = pytest.mark.daemon

PLANTED = '''
"""Treats its process as the option --how requests."""

from __future__ import annotations

from checkwright import Check, Metrics, gauge, option


class Planted(Check):
    """For tests."""
    CONTAINED
    how: str = option("Behaviour", default="nothing")
    number: int = option("Number to report", default=3)
    mark: str = option("A file to make once it runs", default="")

    shown = gauge("Number", warn=5)

    def probe(self) -> Metrics:
        if self.mark:
            open(self.mark, "x").close()
        getattr(self, self.how)()
        yield self.shown(self.number)

    def nothing(self):
        return None

    def computes(self):
        import time

        # One call that lets no other thread run, for 3 s of processor time, however busy the machine is.
        began = time.thread_time()
        sum(range(1_000_000))
        sum(range(int(1_000_000 * 3 / (time.thread_time() - began))))

    def sleeps(self):
        import time

        time.sleep(600)

    def crashes(self):
        import ctypes

        ctypes.string_at(0)  # a true fault: a signal sent to the process may let this very thread go on

    def exits(self):
        raise SystemExit(0)

    def leaves(self):
        import os

        os._exit(0)

    def prints(self):
        print("noise | x=1")

    def spoils(self):
        import locale
        import os
        import signal
        import sys

        os.chdir("/tmp")
        os.environ.clear()
        os.environ["CHECKS_PROJECT"] = "/nowhere"
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        locale.setlocale(locale.LC_ALL, "C")
        sys.path.clear()
        sys.stdout.close() if hasattr(sys.stdout, "close") else None

    def forks(self):
        import os
        import time

        if os.fork() == 0:
            time.sleep(300)
            os._exit(0)

    def eats(self):
        held = []
        while True:
            held.append(bytearray(1_000_000))

    def where(self):
        import os

        raise RuntimeError(f"{os.getcwd()} {os.environ.get('CHECKS_PROJECT')} {os.environ.get('GIVEN')}")
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("projects") / "planting"
    (folder / "plugins").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "plugins" / "planted.py").write_text(PLANTED.replace("CONTAINED", ""))
    threaded = PLANTED.replace("Planted", "Threaded").replace("CONTAINED", "\n    thread_safe = True\n")
    (folder / "plugins" / "threaded.py").write_text(threaded)
    return folder


def process(*words: str) -> tuple[int, bytes]:
    done = subprocess.run([CHECK, *words], capture_output=True, timeout=60)
    return done.returncode, done.stdout


def outcome(answer: Answer) -> tuple[int, bytes]:
    assert not answer.timed_out and not answer.errors
    return answer.code, answer.output


CALLS = {
    "a value": "dummy --value 5",
    "a state": "dummy --state critical --text 'two words | and a bar'",
    "usage": "dummy --value x",
    "no such option": "load --nosuch",
    "nothing": "",
    "help": "--help",
    "a check's help": "load --help",
    "no such check": "nosuch",
    "json": "dummy --value 5 --output json",
    "verbose": "dummy --value 85 -w 80 -vv",
    "a project that is not there": "--project /nowhere dummy",
    "a project's check": "--project {project} planted --number 7",
    "a project's check in a thread": "--project {project} threaded --number 7 -v",
    "a project after the name": "planted --number 7 --project {project}",
    "a project after the name in a thread": "threaded --project={project} --number 7 -v",
    "a value that looks like a project": "dummy --text --project=/nowhere",
    "a project that could be read in two ways": "threaded --how --project={project}",
    "it exits": "--project {project} threaded --how exits",
    "it exits alone": "--project {project} planted --how exits",
    "it prints": "--project {project} threaded --how prints",
    "parts": "combine dummy --value 1 -- dummy --value 2",
    "out of time": "--project {project} threaded --how sleeps -t 0.5:CRITICAL",
    "out of time alone": "--project {project} planted --how sleeps -t 0.5",
}


def test_answer_equals_the_output_of_the_process(project: Path) -> None:
    calls = [call.format(project=project) for call in CALLS.values()]

    async def play(running: Running) -> list[Answer]:
        return await asyncio.gather(*(running.run(f"{CHECK} {call}".rstrip()) for call in calls))

    answers = with_master(play)
    for call, answer in zip(calls, answers, strict=True):
        jobs = subprocess.run(["/bin/sh", "-c", f"exec {CHECK} {call}"], capture_output=True, timeout=60)
        assert outcome(answer) == (jobs.returncode, jobs.stdout), call


def test_other_programs_start_as_under_nagios() -> None:
    async def play(running: Running) -> None:
        assert outcome(await running.run("/bin/echo 'a  b'")) == (0, b"a  b\n")
        assert outcome(await running.run(["/bin/echo", "$HOME;", "x"])) == (0, b"$HOME; x\n")
        assert outcome(await running.run("/bin/echo a | /usr/bin/tr a b; exit 2")) == (2, b"b\n")
        assert outcome(await running.run(f"{CHECK} dummy --value 5 | /usr/bin/tr 5 6"))[1].startswith(
            b"DUMMY OK: Value 6"
        )
        missing = await running.run("/nonexistent/check_x -a")
        assert (missing.code, missing.output) == (2, b"")
        assert missing.errors.startswith(b"execvp(/nonexistent/check_x, ...) failed. errno is 2")
        assert (await running.run("/bin/sh -c 'kill -9 $$'")).status == signal.SIGKILL
        large = await running.run("/usr/bin/head -c 3000000 /dev/zero")
        assert len(large.output) == OUTPUT_LIMIT

    with_master(play)


def peak(pid: int) -> int:
    """Return the most bytes of memory that a process has had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def pids(running: Running, kind: str) -> list[int]:
    processes: Any = running.master.status()["processes"]
    return [int(process["pid"]) for process in processes if process["kind"] == kind]


def test_programs_that_print_without_end_need_little_memory() -> None:
    async def play(running: Running) -> None:
        (fork_server,) = pids(running, "fork_server")
        before = peak(fork_server)
        flood = "/bin/sh -c 'yes error >&2 & exec yes output'"
        answers = await asyncio.gather(*(running.run(flood, timeout=3) for _ in range(40)))
        assert all(answer.timed_out for answer in answers)
        assert peak(fork_server) < before + 40 * 2 * OUTPUT_LIMIT * 4
        assert outcome(await running.run("/bin/echo fine")) == (0, b"fine\n")

    with_master(play)


@pytest.mark.parametrize("name", ["planted", "threaded"])
def test_check_that_takes_memory_without_end_is_unknown(name: str, project: Path) -> None:
    async def play(running: Running) -> None:
        helpers = pids(running, "fork_server") + pids(running, "thread_worker")
        answer = await running.run(f"{CHECK} --project {project} {name} --how eats")
        sentence = f"{name.upper()} UNKNOWN: the check needs more memory than it may use"
        assert answer.output.decode().startswith(sentence)
        assert answer.code == 3
        assert outcome(await running.run(f"{CHECK} --project {project} {name}"))[0] == 0
        assert max(map(peak, helpers)) < 450_000_000
        assert pids(running, "fork_server") + pids(running, "thread_worker") == helpers

    with_master(play, run_memory=200_000_000, threads=16)


def test_program_gets_no_more_memory_than_a_run_may_have() -> None:
    text = "held = []\ntry:\n while True: held.append(bytearray(1_000_000))\nexcept MemoryError: print(len(held))"

    async def play(running: Running) -> None:
        code, output = outcome(await running.run(["/usr/bin/python3", "-c", text]))
        assert code == 0 and 50 < int(output) < 200

    with_master(play, run_memory=200_000_000)


def test_impossible_commands_are_answered() -> None:
    async def play(running: Running) -> None:
        for command in ("", [], [""], "/bin/echo a\0b", ["/bin/echo", "a\0b"]):
            answer = await running.run(command)
            assert answer.code == 3
            assert answer.output.startswith(b"CHECK UNKNOWN: the worker cannot run this command: it ")
        answer = await running.run("/bin/echo", env={"NAME": "a\0b"})
        assert (answer.code, answer.output) == (
            3,
            b"CHECK UNKNOWN: the worker cannot start a process: embedded null byte\n",
        )
        answer = await running.run(["/bin/echo", "x" * 10_000_000])
        assert b"Argument list too long" in answer.errors
        assert outcome(await running.run("/bin/echo \udcff"))[1] == b"\xff\n"
        assert outcome(await running.run("/bin/echo still here")) == (0, b"still here\n")

    with_master(play)


def test_late_job_is_a_timeout_and_its_children_are_killed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    async def play(running: Running) -> None:
        late, soon = await asyncio.gather(
            running.run(f"/bin/sh -c 'sleep 3600 & echo $! > {mark}; sleep 3600'", timeout=1), running.run("/bin/true")
        )
        assert late.timed_out and late.stopped - late.started >= 1
        assert soon.code == 0 and not soon.timed_out
        child = int(mark.read_text())
        await running.wait(lambda: not _alive(child), "the child of the program that was killed")

    with_master(play)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_job_during_a_replacement_of_the_library_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "checks")

    async def play(running: Running) -> None:
        monkeypatch.setattr("checkwright.core.traits.family_names", gone)
        assert outcome(await running.run(f"{CHECK} dummy --value 5"))[0] == 0
        assert running.master.counts["processes"] == 1

    with_master(play)


def test_child_shows_the_command_line_that_it_runs(project: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    command = f"{CHECK} --project {project} planted --how sleeps --mark {mark} -t 60"

    async def play(running: Running) -> None:
        sleeping = asyncio.ensure_future(running.run(command))
        await running.wait(mark.exists, "the check to run")
        server = _pid(running, "fork_server")
        (child,) = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        shown = Path(f"/proc/{child}/cmdline").read_bytes().rstrip(b"\0").decode()
        assert len(shown) > 60 and command.startswith(shown)
        assert Path(f"/proc/{child}/comm").read_text() == "check\n"
        sleeping.cancel()

    with_master(play)


def test_job_may_have_any_timeout() -> None:
    async def play(running: Running) -> None:
        for timeout in (1e7, 1e308):
            assert outcome(await running.run("/bin/echo there", timeout=timeout)) == (0, b"there\n")
        assert running.master.counts["ended"] == 0

    with_master(play)


def test_timeout_of_the_job_ends_a_run_in_a_thread(project: Path) -> None:
    async def play(running: Running) -> None:
        late = await running.run(f"{CHECK} --project {project} threaded --how sleeps -t 60", timeout=1)
        assert late.timed_out
        assert outcome(await running.run(f"{CHECK} dummy --value 5"))[0] == 0

    with_master(play)


def test_run_that_holds_the_interpreter_is_repeated_alone(project: Path) -> None:
    async def play(running: Running) -> None:
        line = f"{CHECK} --project {project} threaded --how computes --number 4 -t 60"
        culprit = running.run(line)
        others = [running.run(f"{CHECK} dummy --value {number} -w 50") for number in range(100)]
        answers = await asyncio.gather(culprit, *others)
        assert outcome(answers[0]) == (0, b"THREADED OK: Number 4 | shown=4;5;;;\n")
        for number, answer in enumerate(answers[1:]):
            assert outcome(answer) == (
                (1, b"DUMMY WARNING: Value %d (above 50) | value=%d;50;;;\n" % (number, number))
                if number > 50
                else (0, b"DUMMY OK: Value %d | value=%d;50;;;\n" % (number, number))
            )
        counts = running.master.counts
        assert counts["ended"] == 1
        # It is known by now, and costs no further thread worker.
        assert outcome(await running.run(line))[0] == 0
        assert running.master.counts["ended"] == 1

    with_master(play)


# A thread-safe check must not spoil or fork its process: see docs/guides/worker.md.
@pytest.mark.parametrize(
    ("check", "how"),
    [
        ("threaded", "crashes"),
        ("threaded", "leaves"),
        *(("planted", how) for how in ("crashes", "leaves", "spoils", "forks")),
    ],
)
def test_damage_to_the_process_harms_no_other_check(project: Path, check: str, how: str) -> None:
    async def play(running: Running) -> None:
        bad = running.run(f"{CHECK} --project {project} {check} --how {how} -t 5")
        others = [running.run(f"{CHECK} dummy --value {number}") for number in range(20)]
        answers = await asyncio.gather(bad, *others)
        assert answers[0].status == {"crashes": signal.SIGSEGV, "leaves": 0, "spoils": 0, "forks": 0}[how]
        assert [answer.output for answer in answers[1:]] == [
            b"DUMMY OK: Value %d | value=%d;;;;\n" % (number, number) for number in range(20)
        ]
        after = await running.run(f"{CHECK} --project {project} planted --how where")
        assert os.getcwd().encode() in after.output and b"None None" in after.output

    with_master(play)


def test_job_has_its_own_environment(project: Path) -> None:
    async def play(running: Running) -> None:
        call = f"{CHECK} --project {project} threaded --how where"
        answer = await running.run(call, env={"GIVEN": "to it alone"})
        assert b"None to it alone" in answer.output
        assert b"None None" in (await running.run(call)).output

    with_master(play)


SPELLINGS = ("--run", "-v-run", "-vv-run", "-v --run", "--project {project} --run", "--run --project {project}")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_restricted_job_never_acts(project: Path, tmp_path: Path, spelling: str) -> None:
    """No spelling makes a job from the network record a run, which would run any command."""
    mark = tmp_path / "mark"
    words = f"--job x --folder {tmp_path}/runs -- /bin/sh -c 'echo ran > {mark}'"

    async def play(running: Running) -> None:
        answer = await running.run(f"{CHECK} heartbeat {spelling.format(project=project)} {words}", restricted=True)
        assert (answer.code, answer.output[:18]) == (3, b"HEARTBEAT UNKNOWN:")
        assert not mark.exists()
        allowed = await running.run(f"{CHECK} heartbeat --run {words}")
        assert (allowed.code, mark.exists()) == (0, True)

    with_master(play)


def test_two_projects_of_one_name_are_distinct(project: Path, tmp_path: Path) -> None:
    other = tmp_path / project.name
    (other / "plugins").mkdir(parents=True)
    (other / "plugins" / "threaded.py").write_text((project / "plugins/threaded.py").read_text().replace("=3", "=4"))

    async def play(running: Running) -> None:
        for folder, number in ((project, 3), (other, 4), (project, 3)):
            answer = await running.run(f"{CHECK} --project {folder} threaded")
            assert outcome(answer) == (0, b"THREADED OK: Number %d | shown=%d;5;;;\n" % (number, number))

    with_master(play)


@pytest.mark.parametrize("kind", ["thread_worker", "fork_server"])
def test_killed_helper_costs_no_answer(project: Path, kind: str) -> None:
    async def play(running: Running) -> None:
        check = "threaded" if kind == "thread_worker" else "planted"
        jobs = [
            asyncio.ensure_future(running.run(f"{CHECK} --project {project} {check} --how sleeps --number {n} -t 3"))
            for n in range(5)
        ]
        await running.wait(lambda: _held(running, kind) == 5, "all five to run")
        os.kill(_pid(running, kind), signal.SIGKILL)
        for answer in await asyncio.gather(*jobs):
            assert outcome(answer)[1].startswith(check.upper().encode() + b" UNKNOWN: timed out after 3 s")
        await running.wait(lambda: _pid(running, kind) > 0, "another one")
        assert outcome(await running.run(f"{CHECK} --project {project} {check} --number 4"))[0] == 0

    with_master(play)


def _process(running: Running, kind: str) -> dict[str, int]:
    found = running.master.status()["processes"]
    assert isinstance(found, list)
    return next((one for one in found if one["kind"] == kind and one["ready"]), {"pid": 0, "held": 0})


def _pid(running: Running, kind: str) -> int:
    return _process(running, kind)["pid"]


def _held(running: Running, kind: str) -> int:
    return _process(running, kind)["held"]


def test_new_processes_take_over_and_old_ones_finish(project: Path) -> None:
    async def play(running: Running) -> None:
        before = _pid(running, "thread_worker"), _pid(running, "fork_server")
        slow = [
            asyncio.ensure_future(running.run(f"{CHECK} --project {project} {check} --how sleeps -t 3"))
            for check in ("planted", "threaded")
        ]
        await running.wait(lambda: _held(running, "thread_worker") + _held(running, "fork_server") == 2, "both to run")
        running.master.renew("a test")
        await running.wait(lambda: running.master.counts["renewed"] == 1, "new processes")
        assert not {_pid(running, "thread_worker"), _pid(running, "fork_server")} & set(before)
        assert outcome(await running.run(f"{CHECK} dummy --value 5"))[0] == 0
        for answer in await asyncio.gather(*slow):
            assert b"timed out after 3 s" in answer.output
        await running.wait(lambda: not any(_alive(pid) for pid in before), "the old processes to end")

    with_master(play)


def test_new_helpers_are_dropped_if_one_of_them_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(running: Running) -> None:
        master = running.master
        before = _pid(running, "thread_worker"), _pid(running, "fork_server")
        one_by_one, new = master._start_helper, []

        async def started(module: str) -> HelperConnection:
            helper = await one_by_one(module)
            new.append(helper)
            if len(new) == 2:
                os.kill(new[0].pid, signal.SIGKILL)
                await running.wait(lambda: new[0].closed, "the new fork server to end")
            return helper

        monkeypatch.setattr(master, "_start_helper", started)
        master.renew("a test")
        await running.wait(lambda: len(new) == 2 and all(helper.closed for helper in new), "none of them to be left")
        assert (_pid(running, "thread_worker"), _pid(running, "fork_server")) == before
        assert outcome(await running.run("/bin/echo there")) == (0, b"there\n")
        master.renew("a second look")
        await running.wait(lambda: master.counts["renewed"] == 1, "new processes")
        assert outcome(await running.run("/bin/echo there")) == (0, b"there\n")

    with_master(play)


def test_change_during_a_renewal_causes_another() -> None:
    async def play(running: Running) -> None:
        for why in ("a change", "another", "a third"):
            running.master.renew(why)
            await asyncio.sleep(0)
        await running.wait(lambda: running.master.counts["renewed"] == 2, "new processes, twice")

    with_master(play)


def test_thread_worker_is_replaced_after_its_jobs() -> None:
    async def play(running: Running) -> None:
        running.master._swept = 0.0
        before = _pid(running, "thread_worker")
        for number in range(5):
            await running.run(f"{CHECK} dummy --value {number}")
        running.master._swept = 0.0
        await running.wait(lambda: _pid(running, "thread_worker") not in (0, before), "another thread worker")
        await running.wait(lambda: not _alive(before), "the old one to end")
        assert running.master.counts["replaced"] == 1

    with_master(play, jobs=5)


def test_thread_worker_with_too_much_memory_is_replaced() -> None:
    async def play(running: Running) -> None:
        before = _pid(running, "thread_worker")
        await running.wait(lambda: _pid(running, "thread_worker") not in (0, before), "another thread worker")
        assert outcome(await running.run(f"{CHECK} dummy --value 5"))[0] == 0
        await running.wait(lambda: not _alive(before), "the old one to end")
        assert running.master.counts["ended"] == 0

    with_master(play, memory=1)


def test_thread_worker_with_stuck_threads_is_replaced(project: Path) -> None:
    async def play(running: Running) -> None:
        before = _pid(running, "thread_worker")
        line = f"{CHECK} --project {project} threaded --how sleeps -t 60"
        late = await asyncio.gather(*(running.run(line, timeout=1) for _ in range(4)))
        assert all(answer.timed_out for answer in late)
        await running.wait(lambda: _pid(running, "thread_worker") not in (0, before), "another thread worker")
        assert outcome(await running.run(f"{CHECK} dummy --value 5"))[0] == 0
        await running.wait(lambda: not _alive(before), "the old one to end")
        assert running.master.counts["replaced"] == 1

    with_master(play, threads=16)


def test_stopping_answers_for_running_jobs(project: Path, tmp_path: Path) -> None:
    async def play(running: Running) -> None:
        marks = {check: tmp_path / check for check in ("planted", "threaded")}
        jobs = [
            asyncio.ensure_future(running.run(f"{CHECK} --project {project} {check} --how sleeps --mark {mark} -t 60"))
            for check, mark in marks.items()
        ]
        jobs.append(asyncio.ensure_future(running.run("/bin/sleep 60")))
        await running.wait(lambda: all(mark.exists() for mark in marks.values()), "both checks to run")
        await running.wait(lambda: _held(running, "fork_server") == 2, "the program to run")
        await running.master.stop()
        planted, threaded, sleep = await asyncio.gather(*jobs)
        assert outcome(planted) == (
            3,
            b"PLANTED UNKNOWN: stopped by SIGTERM before it had finished | shown=U;5;;;\n",
        )
        assert outcome(threaded) == (
            3,
            b"THREADED UNKNOWN: stopped by SIGTERM before it had finished | shown=U;5;;;\n",
        )
        assert sleep.code == 3

    with_master(play)


def test_an_idle_worker_wakes_less_than_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds, looks = 5, 0
    look = Master._look

    def counted(master: Master) -> None:
        nonlocal looks
        looks += 1
        look(master)

    monkeypatch.setattr(Master, "_look", counted)

    async def play(running: Running) -> tuple[int, dict[int, int]]:
        await running.run(f"{CHECK} load -w 900 -c 999")
        await asyncio.sleep(1)  # the last look after the job
        pids = [helper["pid"] for helper in running.master.status()["processes"]]  # type: ignore[attr-defined]
        before, looked = {pid: _wakes(pid) for pid in pids}, looks
        await asyncio.sleep(seconds)
        found = looks - looked, {pid: _wakes(pid) - before[pid] for pid in pids}
        answer = await running.run(f"{CHECK} load -w 900 -c 999")
        assert answer.status == 0
        return found

    of_master, of_helpers = with_master(play)
    assert of_master < seconds
    assert len(of_helpers) == 2
    assert all(wakes < seconds for wakes in of_helpers.values()), of_helpers


def _wakes(pid: int) -> int:
    """Return how often the threads of a process have woken, as the kernel counts voluntary switches."""
    found = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        found += int(status.read_text().partition("\nvoluntary_ctxt_switches:")[2].split()[0])
    return found
