"""Check load against a fake machine."""

import pytest

from checks.system.fake import FakeSystem
from checks.system.load import Load
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.sample import Sample, no_limits

WORLD = FakeSystem(load=(9.0, 4.8, 1.2), cpus=1.5)

CASES = {
    "per CPU of the quota": ("", "WARNING"),
    "above a given threshold": ("-c 3", "CRITICAL"),
    "the load itself": ("--total", "CRITICAL"),
    "a limit on one minute": ("-w 10 --load1-warning 5", "WARNING"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_load(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Load, command_line, WORLD)
    assert outcome.state == state
    golden(outcome)


def test_no_load_average_is_unknown() -> None:
    outcome = run(Load, "", FakeSystem(load=CannotTell("no load average here")))
    assert (outcome.state, outcome.summary) == ("UNKNOWN", "no load average here")


SAMPLE = Sample(no_limits("load1", "load5", "load15"))
