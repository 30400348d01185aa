"""System on this machine, compared with psutil."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from checks.system.processes import Processes
from checks.system.source import System
from checkwright.core.errors import CannotTell
from checkwright.testing import run
from checkwright.testing.fakes import FakeStateFile


def test_load_comes_from_the_kernel() -> None:
    assert System().load() == pytest.approx(psutil.getloadavg(), abs=1)


def test_cpus_respect_the_affinity() -> None:
    assert 0 < System().cpus() <= len(psutil.Process().cpu_affinity() or ())


def test_cpu_times_agree_with_psutil() -> None:
    expected, found = psutil.cpu_times(), System().cpu()
    assert found["user"] == pytest.approx(expected.user + expected.nice, abs=5)
    assert found["system"] == pytest.approx(expected.system + expected.irq + expected.softirq, abs=5)
    assert found["steal"] == pytest.approx(expected.steal, abs=5)
    assert found["idle"] == pytest.approx(expected.idle, abs=5)
    assert found["iowait"] == pytest.approx(expected.iowait, abs=5)


def test_memory_and_swap_agree_with_psutil() -> None:
    memory, seen = System().memory(), psutil.virtual_memory()
    assert memory.total == seen.total
    assert memory.available == pytest.approx(seen.available, rel=0.2)
    swap, seen_swap = System().swap(), psutil.swap_memory()
    assert swap.total == seen_swap.total
    assert swap.used == pytest.approx(seen_swap.used, abs=1e8)


BROKEN = {
    "no CPU times": ("cpu", "proc/stat", "intr 5\n", "does not begin with the times of all CPUs"),
    "no available memory": ("memory", "proc/meminfo", "MemTotal: 5 kB\n", "has no MemAvailable: .* Linux 3.14"),
    "no memory": ("memory", "proc/meminfo", "MemTotal: 0 kB\nMemAvailable: 0 kB\n", "reports no memory"),
    "no swap total": ("swap", "proc/meminfo", "", "has no SwapTotal"),
}


@pytest.mark.parametrize(("method", "path", "text", "sentence"), BROKEN.values(), ids=BROKEN)
def test_unexpected_kernel_files_are_reported(tmp_path: Path, method: str, path: str, text: str, sentence: str) -> None:
    (tmp_path / path).parent.mkdir()
    (tmp_path / path).write_text(text)
    with pytest.raises(CannotTell, match=sentence):
        getattr(System(str(tmp_path)), method)()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """Start a real process with a unique command line."""
    script = "import time; time.sleep(120)"
    process = subprocess.Popen([sys.executable, "-c", script, f"--mark=sleeper-{os.getpid()}"])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_memory_of_a_container_is_at_most_the_whole(tmp_path: Path) -> None:
    place = tmp_path / "proc"
    place.mkdir()
    table = "MemTotal: 1000 kB\nMemAvailable: 1300 kB\nSwapTotal: 500 kB\nSwapFree: 600 kB\n"
    (place / "meminfo").write_text(table)
    (place / "vmstat").write_text("pswpin 0\npswpout 0\n")
    system = System(str(tmp_path))
    assert (system.memory().percent, system.swap().percent) == (0, 0)


def test_load_is_divided_by_the_machine_unless_the_load_is_a_containers(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    table = tmp_path / "proc/self/mountinfo"
    table.write_text("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n")
    assert System(str(tmp_path)).load_cpus() == os.sysconf("SC_NPROCESSORS_ONLN")
    with table.open("a") as file:
        file.write(
            "21 20 0:40 / /proc rw - proc proc rw\n22 21 0:50 /proc/loadavg /proc/loadavg rw - fuse.lxcfs lxcfs rw\n"
        )
    assert System(str(tmp_path)).load_cpus() == System(str(tmp_path)).cpus()


def test_real_process_matches_each_option(sleeper: subprocess.Popen[bytes]) -> None:
    pattern = f"*--mark=sleeper-{os.getpid()}"
    end = time.monotonic() + 20
    while not (found := System().processes(command_lines=[pattern])) and time.monotonic() < end:
        time.sleep(0.01)  # until the child has executed its program
    (process,) = found
    seen = psutil.Process(sleeper.pid)
    assert (process.pid, process.name, process.user) == (sleeper.pid, seen.name(), seen.username())
    assert process.rss > 1_000_000
    assert process.age == pytest.approx(time.time() - seen.create_time(), abs=2)
    assert process.ticks > 0
    assert process.pid in [one.pid for one in System().processes(names=[process.name], users=[process.user])]
    assert process.pid not in [one.pid for one in System().processes(names=["nothing-like-it"])]


def test_check_does_not_count_itself() -> None:
    assert os.getpid() not in [process.pid for process in System().processes()]
    check = [sys.executable, "-c", "from checkwright.core.check_program import main; main()"]
    line = shlex.join([*check, "processes", "--cmdline", "*no-such-mark*", "-w", "0"])
    shell = ["/bin/sh", "-c", f"{line}; exit $?"]  # the exit keeps the shell alive, with its own command line
    environment = {**os.environ, "CHECKS_STATE_READONLY": "1"}
    done = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.stdout.startswith("PROCESSES OK: Processes 0"), done


def test_zombies_of_a_real_parent_are_counted() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    try:
        end = time.monotonic() + 20
        while child not in [process.pid for process in System().processes(states=["zombie"])]:
            assert time.monotonic() < end
        outcome = run(Processes, "--zombies-critical 0", System(), FakeStateFile())
        assert outcome.state == "CRITICAL"
    finally:
        os.waitpid(child, 0)
