"""quorum judges the states of services that Nagios puts into its command."""

import pytest

from checks.meta.quorum import Quorum
from checkwright.testing import Golden, run
from tests.support.sample import Sample

NOW = "9999999999"
UP, WARN, CRIT, UNKNOWN = (f"{state},{NOW},0" for state in range(4))
DOWN, OLD = f"0,{NOW},1", "0,1000,0"


def part(name: str, least: int, *members: str) -> str:
    hosts = " ".join(f"h{number}={values}" for number, values in enumerate(members, 1))
    return f"--part '{name} {least} 210 {hosts}'"


CASES = {
    "all work": (f"{part('web:http', 2, UP, UP, UP)} {part('db:pg', 1, WARN)}", "OK"),
    "some are lost": (part("web:http", 1, UP, CRIT, DOWN), "WARNING"),
    "too few": (f"{part('web:http', 2, UP, CRIT, CRIT)} {part('db:pg', 1, UP)}", "CRITICAL"),
    "all of one part": (f"{part('web:http', 1, UP)} {part('db:pg', 1, DOWN)}", "CRITICAL"),
    "results are missing": (part("web:http", 2, UP, UNKNOWN, OLD), "UNKNOWN"),
    "too few whatever the missing results are": (part("web:http", 2, CRIT, CRIT, OLD), "CRITICAL"),
    "many": (part("web:http", 15, *[CRIT] * 15), "CRITICAL"),
    "no part": ("", "UNKNOWN"),
    "Nagios has no such service": ("--part 'web:http 1 210 h1=,,0'", "UNKNOWN"),
    "no member": ("--part 'web:http 1 210'", "UNKNOWN"),
    "more than there are": (part("web:http", 3, UP, UP), "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_quorum(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Quorum, command_line)
    assert outcome.state == state
    golden(outcome)


SAMPLE = Sample(part("web:http", 2, UP, CRIT, UP), "WARNING")
