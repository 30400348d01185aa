"""Fake software RAID."""

from __future__ import annotations

from collections.abc import Sequence

from checks.raid.source import Raid, RaidArray
from checkwright.core.errors import CheckError


class FakeRaid(Raid):
    """RAID with arrays: `FakeRaid([RaidArray("md0", disks=2, working=1)])`. A CheckError is raised."""

    def __init__(self, arrays: Sequence[RaidArray] | CheckError = ()) -> None:
        self.found = arrays

    def arrays(self) -> list[RaidArray]:
        if isinstance(self.found, CheckError):
            raise self.found
        return list(self.found)


__all__ = ["FakeRaid", "RaidArray"]
