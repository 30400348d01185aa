"""Check disk_io against a fake machine, a recorded file and this machine's disks."""

from pathlib import Path

import psutil
import pytest

from checks.system._disk_io import counters, kernel_name, parse, real_disks
from checks.system.disk_io import DiskIo
from checks.system.fake import FakeSystem
from checks.system.source import System
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.sample import Sample, no_limits

RECORDED = Path(__file__).with_name("recorded") / "diskstats-6.18.txt"


def disk(requests: float, waited: float, busy: float, read: float = 4_096, written: float = 8_192) -> dict[str, float]:
    return {"requests": requests, "read": read, "written": written, "waited": waited, "busy": busy}


START = {"sda": disk(1_000, 10, 5), "nvme0n1": disk(0, 0, 0)}
IDLE = disk(5, 0.1, 0.1)

CASES = {
    "little to do": ({"sda": disk(1_600, 12, 8, 64_096, 608_192), "nvme0n1": IDLE}, "", "OK"),
    "busy": ({"sda": disk(4_000, 40, 58), "nvme0n1": IDLE}, "", "WARNING"),
    "slow": ({"sda": disk(2_000, 160, 60), "nvme0n1": IDLE}, "", "CRITICAL"),
    "one disk of several": ({"sda": disk(4_000, 40, 58), "nvme0n1": IDLE}, "--disk nvme0n1", "OK"),
    "few requests are not judged": ({"sda": disk(1_019, 110, 6), "nvme0n1": IDLE}, "", "OK"),
    "a disk that is not there": ({"sda": disk(1_600, 12, 8)}, "--disk sda --disk sdz", "UNKNOWN"),
    "no disk at all": ({}, "", "UNKNOWN"),
    "over less than can be measured": (START, "--over 0.01", "UNKNOWN"),
}


@pytest.mark.parametrize(("now", "command_line", "state"), CASES.values(), ids=CASES)
def test_disk_io(now: dict[str, dict[str, float]], command_line: str, state: str, golden: Golden) -> None:
    before = {f"{name}:{counter}": value for name, counts in START.items() for counter, value in counts.items()}
    outcome = run(DiskIo, command_line, FakeSystem(disk_counters=now), FakeStateFile(before=before))
    assert outcome.state == state
    golden(outcome)


def test_first_run_measures_for_a_moment() -> None:
    readings = [{"sda": disk(0, 0, 0)}, {"sda": disk(0, 0, 0)}, {"sda": disk(100, 3, 0.5)}]
    outcome = run(DiskIo, "", FakeSystem(disk_counters=readings), FakeStateFile())
    assert [reading.value for reading in outcome.readings][:2] == [50, 0.03]


def test_recorded_file_is_parsed() -> None:
    found = parse(RECORDED.read_text())
    words = next(line.split() for line in RECORDED.read_text().splitlines() if line.split()[2] == "vda")
    assert found["vda"] == {
        "requests": int(words[3]) + int(words[7]),
        "read": int(words[5]) * 512,
        "written": int(words[9]) * 512,
        "waited": (int(words[6]) + int(words[10])) / 1_000,
        "busy": int(words[12]) / 1_000,
    }
    assert real_disks(list(found), "/nowhere") == ["vda"]


def test_partitions_and_stacked_devices_are_left_out(tmp_path: Path) -> None:
    for name in ("sda/device", "nvme0n1/device", "dm-0/slaves/sda", "md0/slaves/sda", "loop0", "zram0"):
        (tmp_path / "sys/block" / name).mkdir(parents=True)
    names = ["sda", "sda1", "nvme0n1", "nvme0n1p1", "dm-0", "md0", "loop0", "zram0"]
    assert real_disks(names, str(tmp_path)) == ["sda", "nvme0n1"]


@pytest.mark.parametrize("text", ["8 0 sda 1 2\n", "8 0 sda" + " x" * 11, "garbage\n"])
def test_other_files_are_reported(text: str) -> None:
    with pytest.raises(CannotTell, match="is no statistics of a disk"):
        parse(text)


def test_mapper_names_lead_to_the_kernels(tmp_path: Path) -> None:
    (tmp_path / "vg-root").symlink_to("../dm-3")
    assert [kernel_name(str(tmp_path / "vg-root")), kernel_name("/dev/nvme0n1"), kernel_name("sda")] == [
        "dm-3",
        "nvme0n1",
        "sda",
    ]


def test_counters_agree_with_psutil() -> None:
    found, seen = counters(), psutil.disk_io_counters(perdisk=True)
    for name in set(found) & set(seen):
        assert found[name]["read"] == pytest.approx(seen[name].read_bytes, abs=5e7)
        assert found[name]["requests"] == pytest.approx(seen[name].read_count + seen[name].write_count, abs=5_000)


def test_disks_of_this_machine_are_measured() -> None:
    if not System().disk_counters():
        pytest.skip("this machine shows no disk")
    outcome = run(DiskIo, SAMPLE.words, System(), FakeStateFile())
    assert outcome.state == "OK"
    assert outcome.readings[0].value is not None


SAMPLE = Sample(no_limits("busy", "wait"))
