import pytest

from checks.system._processes import Process
from checks.system.fake import FakeSystem
from checks.system.processes import Processes
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.sample import Sample, no_limits

MIB = 1024**2
WORLD = FakeSystem(
    cpus=2,
    processes=[
        Process(1, "systemd", user="root", command_line="/sbin/init", cpu_seconds=9, rss=12 * MIB),
        Process(80, "nginx", user="root", command_line="nginx: master process", cpu_seconds=1, rss=8 * MIB, started=50),
        Process(
            81, "nginx", user="www-data", command_line="nginx: worker process", cpu_seconds=61, rss=20 * MIB, started=50
        ),
        Process(90, "python3", user="shop", command_line="python3 /srv/worker.py --queue a", state="running"),
        *(Process(100 + number, "job", user="shop", state="zombie") for number in range(7)),
        Process(120, "sh", user="nagios", command_line="sh -c check processes --cmdline '*worker.py*' -c 1:"),
    ],
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
    "a state that there is not": ("--state tired", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_processes(command_line: str, state: str, golden: Golden) -> None:
    memory = FakeStateFile(before={"80 50": 1, "81 50": 1})
    outcome = run(Processes, command_line, WORLD, memory)
    assert outcome.state == state
    golden(outcome)


def test_a_process_with_the_number_of_an_old_one_counts_from_zero() -> None:
    outcome = run(Processes, "--name nginx", WORLD, FakeStateFile(before={"80 7": 1, "81 7": 1}, seconds=100))
    assert {reading.gauge: reading.value for reading in outcome.readings}["cpu"] == 62


def test_the_first_run_has_no_processor_time_to_tell() -> None:
    outcome = run(Processes, "--name nginx", WORLD, FakeStateFile())
    assert outcome.state == "OK"
    assert "cpu=U;;;0;200" in outcome.perfdata


SAMPLE = Sample(no_limits("zombies", "cpu"))
