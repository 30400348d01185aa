"""Check raid against a fake, and against synthetic files in the format of the kernel's md driver."""

from pathlib import Path

import pytest

from checks.raid.fake import FakeRaid
from checks.raid.raid import Raid as Check
from checks.raid.source import Raid, RaidArray, parse
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from tests.support.sample import Sample

RECORDED = Path(__file__).with_name("recorded")


def recorded(name: str) -> list[RaidArray]:
    return parse((RECORDED / f"mdstat-{name}.txt").read_text(encoding="utf-8").split("\n"))


CASES = {
    "healthy": (FakeRaid(recorded("healthy")), "", "OK"),
    "degraded": (FakeRaid(recorded("degraded")), "", "CRITICAL"),
    "recovery": (FakeRaid(recorded("recovery")), "", "WARNING"),
    "check, pending and inactive": (FakeRaid(recorded("check-pending-readonly-inactive")), "", "CRITICAL"),
    "monthly check": (FakeRaid([RaidArray("md0", disks=2, working=2, action="check", progress=27.4)]), "", "OK"),
    "reshape": (FakeRaid([RaidArray("md0", disks=3, working=3, action="reshape", progress=1)]), "", "WARNING"),
    "resync of a degraded array": (FakeRaid([RaidArray("md0", disks=3, working=2, action="resync")]), "", "CRITICAL"),
    "degraded, limit raised": (FakeRaid(recorded("degraded")), "--missing-critical 1 --failed-critical 1", "CRITICAL"),
    "no array": (FakeRaid(), "", "UNKNOWN"),
    "no array, as expected": (FakeRaid(), "--maybe", "OK"),
    "no permission": (FakeRaid(CannotTell("cannot read /proc/mdstat: Permission denied")), "", "UNKNOWN"),
}


@pytest.mark.parametrize(("arrays", "words", "state"), CASES.values(), ids=CASES)
def test_raid(arrays: FakeRaid, words: str, state: str, golden: Golden) -> None:
    outcome = run(Check, words, arrays)
    assert outcome.state == state
    golden(outcome)


def test_all_states_of_the_file() -> None:
    found = {array.name: array for array in recorded("check-pending-readonly-inactive")}
    assert (found["md3"].active, found["md3"].spares, found["md3"].level) == (False, 1, "")
    assert (found["md2"].active, found["md2"].action, found["md2"].level) == (True, "pending", "raid1")
    assert (found["md1"].action, found["md1"].progress, found["md1"].disks) == ("check", 27.4, 4)
    assert (found["md0"].spares, found["md0"].working, found["md0"].action) == (1, 2, "")


BIOS = """Personalities : [raid1]
md126 : active raid1 sda[1] sdb[0]
      976759808 blocks super external:/md127/0 [2/2] [UU]

md127 : inactive sdb[1](S) sda[0](S)
      5928 blocks super external:imsm

unused devices: <none>
"""


def test_array_of_a_bios_is_judged_without_its_container() -> None:
    outcome = run(Check, "", FakeRaid(parse(BIOS.split("\n"))))
    assert outcome.state == "OK" and "md127" not in outcome.text(2)
    outcome = run(Check, "", FakeRaid(parse(BIOS.replace("[2/2] [UU]", "[2/1] [U_]").split("\n"))))
    assert outcome.state == "CRITICAL"


def test_other_files() -> None:
    assert parse([]) == []
    assert parse(["Personalities : ", "unused devices: <none>", "", "      stray [1/1]"]) == []


def test_this_machine() -> None:
    assert run(Check, "--maybe", World(Raid())).state != "UNKNOWN"


SAMPLE = Sample("--maybe", state="")
