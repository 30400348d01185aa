"""Check memory against a fake machine."""

import pytest

from checks.system._memory import Memory
from checks.system.fake import FakeSystem
from checks.system.memory import Memory as MemoryCheck
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.sample import Sample, no_limits

GIB = 1024**3
WORLD = FakeSystem(memory=Memory(64 * GIB, 48 * GIB), container=Memory(2 * GIB, GIB // 16))

CASES = {
    "enough": ("", "OK"),
    "the container is short": ("--cgroup", "CRITICAL"),
    "a limit in bytes": (f"--available-critical {50 * GIB}:", "CRITICAL"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_memory(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(MemoryCheck, command_line, WORLD)
    assert outcome.state == state
    golden(outcome)


def test_machine_without_numbers_is_unknown() -> None:
    outcome = run(MemoryCheck, "", FakeSystem(memory=CannotTell("cannot read /proc/meminfo: Permission denied")))
    assert outcome.state == "UNKNOWN"
    assert outcome.perfdata == ("used=U;85;95;0;100", "available=U;;;0;")


SAMPLE = Sample(no_limits("used"))
