"""Check cpu against a fake machine."""

import pytest

from checks.system.cpu import Cpu
from checks.system.fake import FakeSystem
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.sample import Sample, no_limits


def counted(total: float, busy: float, iowait: float = 0, steal: float = 0) -> dict[str, float]:
    """Return counters. busy: includes steal."""
    return {
        "user": (busy - steal) * 0.75,
        "system": (busy - steal) * 0.25,
        "idle": total - busy - iowait,
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
    assert memory.remembered[""]["idle"] == 890


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


WRAPPED = 2.0**64 / 100
ODD = {
    "iowait steps back": {"iowait": 100 - 9},
    "iowait steps back by far": {"iowait": 0},
    "steal falls": {"steal": 0},
    "steal wraps around below zero": {"steal": WRAPPED},
    "idle steps back": {"idle": 8_999, "iowait": 250},
}


@pytest.mark.parametrize("command_line", ["", "--over 2"])
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_counter_of_the_kernel_that_jumps_alone_stood_still(odd: dict[str, float], command_line: str) -> None:
    before = {"user": 500.0, "system": 500.0, "idle": 9_000.0, "iowait": 100.0, "steal": 50.0}
    after = {"user": 503.0, "system": 502.0, "idle": 9_095.0, "iowait": 100.0, "steal": 50.0} | odd
    machine = FakeSystem(cpu=[before, after] if command_line else after)
    outcome = run(Cpu, command_line, machine, FakeStateFile(before=before))
    assert outcome.state in ("OK", "CRITICAL") if "idle" in odd else outcome.state == "OK"
    values = {reading.gauge: reading.value for reading in outcome.readings}
    assert values["steal"] == 0
    assert values["user"] == pytest.approx(3 if "idle" not in odd else 100 * 3 / 155, abs=0.01)


SAMPLE = Sample(no_limits("busy", "iowait", "steal"))
