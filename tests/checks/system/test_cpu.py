"""Check cpu against a fake machine."""

import pytest

from checks.system.cpu import Cpu
from checks.system.fake import FakeSystem
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.sample import Sample, no_limits


def counted(total: float, busy: float, iowait: float = 0, steal: float = 0) -> dict[str, float]:
    return {
        "total": total,
        "busy": busy,
        "user": busy * 0.75,
        "system": busy * 0.25,
        "iowait": iowait,
        "steal": steal,
    }


START = counted(1000, 100, 10, 5)

CASES = {
    "little to do": (counted(1100, 120, 10, 5), "", "OK"),
    "busy": (counted(1100, 190, 10, 5), "", "WARNING"),
    "busier than allowed": (counted(1100, 190, 10, 5), "-c 80", "CRITICAL"),
    "slow disks": (counted(1100, 110, 60, 5), "", "CRITICAL"),
    "a loud neighbour": (counted(1100, 130, 10, 25), "", "WARNING"),
    "no time has passed": (START, "", "UNKNOWN"),
    "over less than can be measured": (START, "--over 0.01", "UNKNOWN"),
    "over more than there is": (START, "--over 20", "UNKNOWN"),
}


@pytest.mark.parametrize(("now", "command_line", "state"), CASES.values(), ids=CASES)
def test_cpu(now: dict[str, float], command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Cpu, command_line, FakeSystem(cpu=now), FakeStateFile(before=START))
    assert outcome.state == state
    if "there is" not in golden.case and "--over 20" not in command_line:  # its output has the time that is left
        golden(outcome)


def test_first_run_measures_for_a_moment() -> None:
    memory = FakeStateFile()
    outcome = run(Cpu, "", FakeSystem(cpu=[START, counted(1100, 190, 10, 5)]), memory)
    assert (outcome.state, outcome.readings[0].value) == ("WARNING", 90)
    assert memory.remembered[""]["total"] == 1000


def test_counters_that_went_backwards_are_a_restart() -> None:
    rebooted = [counted(10, 1), counted(20, 2)]
    outcome = run(Cpu, "", FakeSystem(cpu=rebooted), FakeStateFile(before=START))
    assert (outcome.state, outcome.readings[0].value) == ("OK", 10)


def test_measuring_now_needs_no_memory() -> None:
    memory = FakeStateFile()
    outcome = run(Cpu, "--over 2", FakeSystem(cpu=[START, counted(1100, 190, 10, 5)]), memory)
    assert outcome.readings[0].value == 90
    assert memory.remembered == {}


def test_time_beyond_the_deadline_names_the_option() -> None:
    outcome = run(Cpu, "--over 20", FakeSystem(cpu=START), FakeStateFile())
    assert outcome.summary.startswith("cannot watch for 20 s with ")
    assert outcome.summary.endswith(" left: raise the time limit with -t")


SAMPLE = Sample(no_limits("busy", "iowait", "steal"))
