"""The nightly export: cases as Nagios would run them, at a fixed time."""

import time

import pytest

from checkwright.sources.http import Reply
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeHttp
from shop.plugins.nightly_export import NightlyExport

NOW = 1_795_500_000
HOUR = 3_600
WELL = {"result": "complete", "finished": NOW - 5 * HOUR, "products": 48_213}

HTTP = FakeHttp(
    {
        "http://jobs/well": WELL,
        "http://jobs/partial": WELL | {"result": "partial"},
        "http://jobs/late": WELL | {"finished": NOW - 29 * HOUR},
        "http://jobs/stopped": WELL | {"finished": NOW - 74 * HOUR},
        "http://jobs/short": WELL | {"products": 4_100},
        "http://jobs/empty": WELL | {"products": 0},
        "http://jobs/first-night": WELL | {"finished": None},
        "http://jobs/missing": Reply(404, "no such page", reason="Not Found"),
    }
)

CASES = {
    "ran last night": ("--url http://jobs/well", "OK"),
    "left something out": ("--url http://jobs/partial", "WARNING"),
    "missed a night": ("--url http://jobs/late", "WARNING"),
    "stopped": ("--url http://jobs/stopped", "CRITICAL"),
    "a short feed": ("--url http://jobs/short", "WARNING"),
    "an empty feed": ("--url http://jobs/empty", "CRITICAL"),
    "never ended yet": ("--url http://jobs/first-night", "UNKNOWN"),
    "no report": ("--url http://jobs/missing", "CRITICAL"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_nightly_export(command_line: str, state: str, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: float(NOW))
    outcome = run(NightlyExport, command_line, HTTP)
    assert outcome.state == state
    golden(outcome)
