"""Check processes against a fake process table."""

import subprocess
from pathlib import Path

import pytest

from checks.system._processes import Process
from checks.system.fake import FakeSystem
from checks.system.processes import Processes
from checks.system.source import System
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.processes import wait_until
from tests.support.sample import Sample, no_limits

MIB = 1024**2
WORLD = FakeSystem(
    cpus=2,
    processes=[
        Process(1, "systemd", user="root", command_line="/sbin/init", cpu_seconds=9, rss=12 * MIB),
        Process(80, "nginx", user="root", command_line="nginx: master process", cpu_seconds=1, rss=8 * MIB, ticks=50),
        Process(
            81, "nginx", user="www-data", command_line="nginx: worker process", cpu_seconds=61, rss=20 * MIB, ticks=50
        ),
        Process(90, "python3", user="shop", command_line="python3 /srv/worker.py --queue a", state="running"),
        *(Process(100 + number, "job", user="shop", state="zombie") for number in range(7)),
        Process(120, "sh", user="nagios", command_line="sh -c check processes --cmdline '*worker.py*' -c 1:"),
    ],
    open_files={80: 3.5, 81: 96.0, 90: CannotTell("cannot count the open files of process 90: Permission denied")},
)

CASES = {
    "all, and too many zombies": ("", "WARNING"),
    "many more zombies than allowed": ("--zombies-critical 6", "CRITICAL"),
    "one program": ("--name nginx -c 1:", "OK"),
    "a program that does not run": ("--name postgres -c 1:", "CRITICAL"),
    "one user": ("--user www-data", "OK"),
    "two programs": ("--name nginx --name systemd -w 2", "WARNING"),
    "a state": ("--state zombie -c 0", "CRITICAL"),
    "a command line, but not our own": ("--cmdline '*worker.py*' -c 1:1", "OK"),
    "processor time": ("--name nginx --cpu-warning 50", "WARNING"),
    "open files": ("--name nginx --files", "CRITICAL"),
    "open files of another user": ("--user shop --files", "UNKNOWN"),
    "open files of all": ("--files", "UNKNOWN"),
    "a state that there is not": ("--state tired", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_processes(command_line: str, state: str, golden: Golden) -> None:
    memory = FakeStateFile(before={"80 50": 1, "81 50": 1})
    outcome = run(Processes, command_line, WORLD, memory)
    assert outcome.state == state
    golden(outcome)


def cpu_of(processes: list[Process], before: dict[str, float]) -> float | None:
    """Return the processor time that the check reports 100 s after a run that remembered `before`."""
    world = FakeSystem(cpus=2, processes=processes)
    outcome = run(Processes, "--name nginx", world, FakeStateFile(before=before, seconds=100))
    return {reading.gauge: reading.value for reading in outcome.readings}["cpu"]


def test_young_process_with_a_reused_number_counts_from_zero() -> None:
    young = Process(80, "nginx", cpu_seconds=62, ticks=50, age=99)
    assert cpu_of([young], {"80 7": 1}) == 62


def test_older_process_that_the_last_run_did_not_match_has_no_increase_yet() -> None:
    old = Process(80, "nginx", cpu_seconds=62, ticks=50, age=101)
    assert cpu_of([old], {"80 7": 1}) == 0
    assert cpu_of([old], {"80 50": 60}) == 2


NAMES = {
    "the kernel's name": (Process(1, "nginx"), "nginx", True),
    "a script, whose name the kernel cut": (
        Process(1, "nightly-order-e", names=["nightly-order-exporter"]),
        "nightly-order-exporter",
        True,
    ),
    "a pattern": (Process(1, "nightly-order-e", names=["nightly-order-exporter"]), "*exporter", True),
    "another script of that beginning": (
        Process(1, "nightly-order-e", names=["nightly-order-editor"]),
        "nightly-order-exporter",
        False,
    ),
    "a name that is unknown but for its cut": (
        Process(1, "nightly-order-e", names=["nightly-order-e*"]),
        "nightly-order-exporter",
        True,
    ),
    "another name": (Process(1, "nightly-order-e", names=["nightly-order-e*"]), "nightly-export", False),
}


@pytest.mark.parametrize(("process", "pattern", "matches"), NAMES.values(), ids=NAMES)
def test_name_matches_whole_names(process: Process, pattern: str, matches: bool) -> None:
    assert bool(FakeSystem(processes=[process]).processes(names=[pattern])) == matches


def test_threads_of_the_kernel_are_left_out_on_demand() -> None:
    world = FakeSystem(processes=[Process(2, "kthreadd", kernel=True), Process(80, "nginx")])
    counts = [run(Processes, words, world).readings[0].value for words in ("", "--no-kernel-threads")]
    assert counts == [2, 1]


def test_user_may_be_a_number() -> None:
    world = FakeSystem(processes=[Process(80, "nginx", user="www-data", uid=33)])
    counts = [run(Processes, f"--user {user}", world, FakeStateFile()).readings[0].value for user in ("33", "34")]
    assert counts == [1, 0]


def test_unknown_user_is_unknown() -> None:
    outcome = run(Processes, "--user nobody-of-this-name", World(System(), FakeStateFile()))
    assert (outcome.state, outcome.summary) == ("UNKNOWN", "there is no user nobody-of-this-name on this machine")


def test_open_files_of_a_process() -> None:
    argv = ["prlimit", "--nofile=50:50", "sleep", "60"]
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        try:
            # prlimit sets the limit, and becomes the program.
            wait_until(lambda: System().open_files(child.pid) == 6.0)
        finally:
            child.kill()
    assert System().open_files(999_999_999) is None


@pytest.mark.parametrize(("limit", "share"), [("10", 20.0), ("unlimited", None)])
def test_open_files_and_their_limit(tmp_path: Path, limit: str, share: float | None) -> None:
    folder = tmp_path / "proc/7"
    (folder / "fd").mkdir(parents=True)
    for name in ("0", "1"):
        (folder / "fd" / name).touch()
    (folder / "limits").write_text(f"Limit Soft Hard Units\nMax open files            {limit}  4096  files\n")
    assert System(str(tmp_path)).open_files(7) == share


def test_first_run_has_no_processor_time() -> None:
    outcome = run(Processes, "--name nginx", WORLD, FakeStateFile())
    assert outcome.state == "OK"
    assert "cpu=U;;;0;200" in outcome.perfdata


SAMPLE = Sample(no_limits("zombies", "cpu"))
