"""Check updates against a fake, a recorded upgrade, and the real apt-get."""

import os
import time
from pathlib import Path

import pytest

from checks.packages.fake import FakeApt
from checks.packages.fake import Updates as Facts
from checks.packages.source import Apt, parse
from checks.packages.updates import Updates
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from tests.support.real import require
from tests.support.sample import Sample

RECORDED = Path(__file__).with_name("recorded") / "apt-get-dist-upgrade-2.6.txt"

CASES = {
    "none": (Facts(lists=3_600, seconds=1.8), "OK"),
    "some, none for security": (Facts(pending=["bash", "base-files"], held=1, lists=3_600), "OK"),
    "security": (Facts(security=["openssl"], pending=["bash", "openssl"], lists=3_600), "WARNING"),
    "many": (Facts(security=map(str, range(73)), pending=map(str, range(124)), lists=3_600), "CRITICAL"),
    "old lists": (Facts(lists=10 * 86_400), "CRITICAL"),
    "no lists": (CannotTell("there is no /var/lib/apt/lists: APT has no package lists here"), "UNKNOWN"),
    "no apt": (None, "UNKNOWN"),
}


@pytest.mark.parametrize(("facts", "state"), CASES.values(), ids=CASES)
def test_updates(facts: Facts | CannotTell | None, state: str, golden: Golden) -> None:
    outcome = run(Updates, "", FakeApt(facts))
    assert outcome.state == state
    golden(outcome)


def test_recorded_upgrade_is_parsed() -> None:
    security, pending = parse(RECORDED.read_text(encoding="utf-8").splitlines())
    assert {"base-files", "bash", "libgcrypt20", "liblzma5"} <= set(pending)
    assert "libgcrypt20" in security and "bash" not in security
    assert len(pending) == len(set(pending))


def test_new_packages_are_no_updates() -> None:
    line = "Inst linux-image-6.1.0-40 (6.1.153-1 Debian-Security:12/oldstable-security [amd64])"
    assert parse([line, "Conf bash (5.2 Debian:12 [amd64])", "", "Inst"]) == ([], [])


def test_age_of_the_lists(tmp_path: Path) -> None:
    with pytest.raises(CannotTell, match="there is no /var/lib/apt/lists"):
        Apt(str(tmp_path)).lists_age()
    lists = tmp_path / "var/lib/apt/lists"
    lists.mkdir(parents=True)
    (lists / "InRelease").touch()
    old = time.time() - 5_000
    os.utime(lists, (old, old))
    assert 5_000 <= Apt(str(tmp_path)).lists_age() < 5_100
    stamp = tmp_path / "var/lib/apt/periodic/update-success-stamp"
    stamp.parent.mkdir()
    stamp.touch()
    assert Apt(str(tmp_path)).lists_age() < 100


@pytest.mark.slow
def test_real_apt() -> None:
    require("apt-get", package="apt")
    outcome = run(Updates, "-t 60", World(Apt()))
    assert outcome.state != "UNKNOWN"
    values = {reading.gauge: reading.value or 0 for reading in outcome.readings}
    assert values["security"] <= values["pending"] and values["run_time"] > 0


SAMPLE = Sample("-t 60", state="")
