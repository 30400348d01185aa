"""Check pressure against a fake machine, recorded files and this machine's kernel."""

import os
from pathlib import Path

import pytest

from checks.system._pressure import Pressure, parse
from checks.system.fake import FakeSystem
from checks.system.pressure import Pressure as PressureCheck
from checks.system.source import System
from checkwright.core.errors import CannotTell, CheckError
from checkwright.testing import Golden, run
from tests.support.sample import Sample, no_limits

RECORDED = Path(__file__).with_name("recorded")


def stalled(cpu: float = 0, io: float = 0, memory: float = 0) -> dict[str, Pressure]:
    return {"cpu": Pressure(cpu), "io": Pressure(io, io / 2), "memory": Pressure(memory, memory / 2)}


CASES: dict[str, tuple[dict[str, Pressure] | CheckError, str, str]] = {
    "nobody waits": (stalled(1.5, 0.2), "", "OK"),
    "programs wait for a CPU": (stalled(55), "", "WARNING"),
    "programs wait for disks": (stalled(20, 61), "", "CRITICAL"),
    "memory is short": (stalled(20, 30, 35), "", "CRITICAL"),
    "all programs wait for disks": (stalled(0, 18), "--io-all-critical 5", "CRITICAL"),
    "a kernel without pressure": (CannotTell("there is no /proc/pressure/cpu"), "", "UNKNOWN"),
    "a path that leads elsewhere": (stalled(), "--cgroup ../../etc", "UNKNOWN"),
}


@pytest.mark.parametrize(("found", "command_line", "state"), CASES.values(), ids=CASES)
def test_pressure(found: dict[str, Pressure] | CheckError, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(PressureCheck, command_line, FakeSystem(pressure=found))
    assert outcome.state == state
    golden(outcome)


def test_recorded_file_is_parsed() -> None:
    text = (RECORDED / "pressure-io-6.18.txt").read_text()
    found = parse(text, "io")
    assert f"avg60={found.some:.2f} " in text.splitlines()[0]
    assert f"avg60={found.full:.2f} " in text.splitlines()[1]


def test_kernel_without_full_for_the_cpu_has_none() -> None:
    found = parse("some avg10=0.00 avg60=1.25 avg300=0.10 total=5\n", "cpu")
    assert (found.some, found.full) == (1.25, None)


@pytest.mark.parametrize("text", ["", "some\n", "some avg60=much\n", "full avg60=1\n", "some avg60\n", "\0\n"])
def test_other_files_are_reported(text: str) -> None:
    with pytest.raises(CannotTell, match="x is no pressure file of the kernel"):
        parse(text, "x")


def test_missing_kernel_support_names_the_switch(tmp_path: Path) -> None:
    with pytest.raises(CannotTell, match=r"there is no .*/proc/pressure/cpu: .*psi=1"):
        System(str(tmp_path)).pressure()


def test_control_group_is_read_below_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "sys/fs/cgroup/system.slice/nginx.service"
    folder.mkdir(parents=True)
    system = System(str(tmp_path))
    with pytest.raises(CannotTell, match="control groups of version 1"):
        system.pressure("system.slice/nginx.service")
    for number, name in enumerate(("cpu", "io", "memory")):
        (folder / f"{name}.pressure").write_text(f"some avg10=0.00 avg60={number}.50 avg300=0.00 total=1\n")
    assert [found.some for found in system.pressure("/system.slice/nginx.service").values()] == [0.5, 1.5, 2.5]
    with pytest.raises(CannotTell, match=r"there is no control group .*gone\.service: `systemd-cgls`"):
        system.pressure("system.slice/gone.service")


@pytest.mark.skipif(not os.path.exists("/proc/pressure/cpu"), reason="this kernel has no pressure (psi=1)")
def test_this_machine_has_pressure() -> None:
    outcome = run(PressureCheck, SAMPLE.words, System())
    assert (outcome.state, len(outcome.readings)) == ("OK", 6)
    assert all(reading.value is not None and 0 <= float(reading.value) <= 100 for reading in outcome.readings)


SAMPLE = Sample(no_limits("cpu", "io", "memory"))
