"""combine: real parts, as Nagios runs them."""

import os
import re
import subprocess
import sys

import pytest

from checks.meta.combine import Combine
from checks.meta.fake import FakeChecks
from checkwright.core.outcome import Line, Outcome, Reading
from checkwright.core.world import World
from checkwright.testing import Golden, run
from tests.support.sample import Sample, no_limits

CASES = {
    "all well": ("dummy --value 5 -- dummy --text fine", "OK"),
    "one part": ("dummy --value 5", "OK"),
    "one warns": ("dummy --value 5 -- dummy --value 85 -w 80", "WARNING"),
    "critical outranks unknown": (
        "dummy --state unknown -- dummy --state critical --text 'disk is full' -- dummy --value 3",
        "CRITICAL",
    ),
    "two critical parts are both named": ("dummy --state critical -- dummy -- dummy --value 9 -c 5", "CRITICAL"),
    "a part that is no check": ("dumy -- dummy --value 5", "UNKNOWN"),
    "a part with a bad option": ("dummy --value five -- dummy --value 5", "UNKNOWN"),
    "a combination as a part": ("combine dummy --value 5", "OK"),
    "options of its own come first": ("-t 5 -v dummy", "OK"),
    "a format of a part": ("dummy -- dummy --output prometheus", "UNKNOWN"),
    "a format of a part that is not the last": ("dummy --output json -- dummy", "UNKNOWN"),
    "the usual format of a part": ("dummy --output=nagios", "UNKNOWN"),
    "more lines of a part": ("dummy -- dummy -vv", "UNKNOWN"),
    "help for a part": ("dummy --help", "UNKNOWN"),
    "a part of a combination with a format": ("combine dummy --output json", "UNKNOWN"),
    "a deadline of a part": ("dummy -t 5:critical", "OK"),
    "separator first": ("-- dummy", "OK"),
    "an empty part": ("dummy -- -- dummy", "UNKNOWN"),
    "an empty last part": ("dummy --", "UNKNOWN"),
    "nothing": ("", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_combine(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Combine, command_line, World())
    assert outcome.state == state
    golden(outcome)


def test_parts_from_a_fake(golden: Golden) -> None:
    disk = Outcome(
        "disk",
        (Line("WARNING", "Used space / 85 % (above 80 %)"), Line("OK", "Used inodes / 3 %")),
        (
            Reading("space:/", "space", "/", "Used space", 85, "%", "80", "90", 0, 100, "WARNING"),
            Reading("inodes:/", "inodes", "/", "Used inodes", 3, "%", "80", "90", 0, 100, "OK"),
        ),
    )
    memory = Outcome("memory", (Line("OK", "Used memory 40 %"),))
    outcome = run(Combine, "disk -p / -- memory", FakeChecks({"disk -p /": disk, "memory": memory}))
    assert outcome.state == "WARNING"
    golden(outcome)


def check(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from checkwright.core.check_program import main; main()", "combine", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_program_as_nagios_runs_it() -> None:
    answer = check("-v", "dummy", "--value", "5", "--", "dummy", "--value", "95", "-w", "80", "-c", "90")
    assert (answer.returncode, answer.stdout) == (
        2,
        "COMBINE CRITICAL: dummy_2: Value 95 (above 90) (1 ok)\n"
        "OK: dummy: Value 5\n"
        "CRITICAL: dummy_2: Value 95 (above 90) | dummy.value=5;;;; dummy_2.value=95;80;90;;\n",
    )


@pytest.mark.slow
def test_hanging_part_does_not_hide_the_others(tmp_path: os.PathLike[str]) -> None:
    plugins = os.path.join(tmp_path, "hanging_project", "plugins")
    os.makedirs(plugins)
    with open(os.path.join(plugins, "hangs.py"), "w", encoding="utf-8") as file:
        file.write(
            "import time\n"
            "from checkwright import Check, Metrics, gauge\n"
            "class Hangs(Check):\n"
            "    value = gauge('Value')\n"
            "    def probe(self) -> Metrics:\n"
            "        time.sleep(60)\n"
            "        yield self.value(1)\n"
        )
    project = os.path.dirname(plugins)
    answer = subprocess.run(
        [
            *(sys.executable, "-c", "from checkwright.core.check_program import main; main()", "--project", project),
            *("combine", "-t", "2", "hangs", "--", "dummy", "--value", "5"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 3
    # The part has the rest of the two seconds after loading, less the time kept for the report.
    pattern = r"COMBINE UNKNOWN: hangs: timed out after [\d.]+ m?s \(1 ok\) \| hangs\.value=U;;;; dummy\.value=5;;;;\n"
    assert re.fullmatch(pattern, answer.stdout)


SAMPLE = Sample(
    f"-- load {no_limits('load1', 'load5', 'load15')} -- dummy --value 85 -w 80 -c 90"
    f" -- disk -p / {no_limits('space', 'inodes', 'used')}",
    "WARNING",
)
