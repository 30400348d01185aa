"""Check kernel_events against a fake, files of a kernel, and this machine."""

from pathlib import Path

import pytest

from checks.kernel.fake import FakeKernel
from checks.kernel.kernel_events import KernelEvents
from checks.kernel.source import Kernel
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.checks.kernel.machine import machine
from tests.support.sample import Sample, no_limits

QUIET = {"oom": 3.0, "corrected": 10.0, "uncorrected": 0.0, "io_errors/sda": 7.0}
CASES = {
    "quiet": ({}, "OK"),
    "process killed": ({"oom": 4.0}, "CRITICAL"),
    "corrected errors": ({"corrected": 40.0}, "WARNING"),
    "uncorrected error": ({"uncorrected": 1.0}, "CRITICAL"),
    "disk error": ({"io_errors/sda": 9.0}, "OK"),
}


def after(changes: dict[str, float], memory: FakeStateFile) -> World:
    """Return the world of a second run, whose counters have changed since the first."""
    run(KernelEvents, "", World(FakeKernel(events=QUIET), memory))
    return World(FakeKernel(events=QUIET | changes), memory)


@pytest.mark.parametrize(("changes", "state"), CASES.values(), ids=CASES)
def test_kernel_events(changes: dict[str, float], state: str, golden: Golden) -> None:
    outcome = run(KernelEvents, "", after(changes, FakeStateFile()))
    assert outcome.state == state
    golden(outcome)


def test_event_counts_for_ten_minutes() -> None:
    memory = FakeStateFile(seconds=400)
    world = after({"oom": 4.0}, memory)
    assert [run(KernelEvents, "", world).state for _ in range(3)] == ["CRITICAL", "CRITICAL", "OK"]


def test_machine_without_these_files_is_unknown() -> None:
    assert run(KernelEvents, "", World(FakeKernel(), FakeStateFile())).state == "UNKNOWN"


def test_files_of_a_kernel(tmp_path: Path) -> None:
    assert Kernel(machine(tmp_path)).events() == {"oom": 3}
    changes = {
        "sys__devices__system__edac__mc__mc0__ce_count": "4\n",
        "sys__devices__system__edac__mc__mc1__ce_count": "6\n",
        "sys__devices__system__edac__mc__mc0__ue_count": "nonsense",
        "sys__block__sda__device__ioerr_cnt": "0x1f\n",
        "sys__block__vda__size": "1",
    }
    assert Kernel(machine(tmp_path, **changes)).events() == {"oom": 3, "corrected": 10, "io_errors/sda": 31}


def test_this_machine() -> None:
    assert "oom" in Kernel().events()


SAMPLE = Sample(no_limits("oom", "corrected", "uncorrected"), has_metrics=False)
