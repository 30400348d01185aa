"""dummy reports the value, state and text of its command line."""

import pytest

from checks.meta.dummy import Dummy
from checkwright.testing import Golden, run
from tests.support.sample import Sample

CASES = {
    "no options": ("", "OK"),
    "a state": ("--state critical", "CRITICAL"),
    "a state that nobody knows": ("--state unknown", "UNKNOWN"),
    "a state and a text": ("--state warning --text 'try the pager'", "WARNING"),
    "a text alone": ("--text 'all is well'", "OK"),
    "a text that would break the line": ("--text 'a|b=5\nnext line'", "OK"),
    "a value": ("--value 85", "OK"),
    "a value above its warning": ("--value 85 -w 80 -c 90", "WARNING"),
    "a value below its range": ("--value -3 -c 0:", "CRITICAL"),
    "a decimal value": ("--value 0.25 -w 0.2", "WARNING"),
    "a value and a worse state": ("--value 85 -w 80 --state critical", "CRITICAL"),
    "no such state": ("--state fine", "UNKNOWN"),
    "no number": ("--value many", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_dummy(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Dummy, command_line)
    assert outcome.state == state
    golden(outcome)


SAMPLE = Sample("--value 95.5 -w 80 -c 90 --text 'it is | full; 100 %'", "CRITICAL")
