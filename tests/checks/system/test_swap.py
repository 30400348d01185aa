"""Check swap against a fake machine."""

import pytest

from checks.system._memory import Swap
from checks.system.fake import FakeSystem
from checks.system.swap import Swap as SwapCheck
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.sample import Sample, no_limits

GIB = 1024**3

CASES = {
    "hardly used": (Swap(4 * GIB, GIB, 1_000, 2_000), "", "OK"),
    "filling up": (Swap(4 * GIB, 3 * GIB, 1_000, 2_000), "", "WARNING"),
    "moving": (Swap(4 * GIB, GIB, 7_000, 2_000), "--pages-in-warning 50", "WARNING"),
    "none": (Swap(0, 0), "", "OK"),
    "none, and some is required": (Swap(0, 0), "--required", "CRITICAL"),
    "little left": (Swap(4 * GIB, 3 * GIB, 1_000, 2_000), "--used-warning 90 --free-critical 2G:", "CRITICAL"),
}


@pytest.mark.parametrize(("swap", "command_line", "state"), CASES.values(), ids=CASES)
def test_swap(swap: Swap, command_line: str, state: str, golden: Golden) -> None:
    memory = FakeStateFile(before={"in": min(1_000, swap.pages_in), "out": min(2_000, swap.pages_out)})
    outcome = run(SwapCheck, command_line, FakeSystem(swap=swap), memory)
    assert outcome.state == state
    golden(outcome)


def test_first_run_measures_for_a_moment() -> None:
    readings = [Swap(GIB, 0, 10, 20), Swap(GIB, 0, 10, 20), Swap(GIB, 0, 15, 28)]
    outcome = run(SwapCheck, "", FakeSystem(swap=readings), FakeStateFile())
    assert [reading.value for reading in outcome.readings] == [0, GIB, 5, 8]


SAMPLE = Sample(no_limits("used"))
