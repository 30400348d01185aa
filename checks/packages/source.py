"""Pending updates of Debian and its relatives, from a simulated upgrade by apt-get."""

import os
import time

from checkwright.core.text import clean
from checkwright.sources import CannotTell, Source
from checkwright.sources.command import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_LISTS = "/var/lib/apt/lists"
_STAMP = "/var/lib/apt/periodic/update-success-stamp"
_LARGEST = 20_000_000


class Updates:
    """Pending updates. security: names of packages with a security update. pending: names of all, those included.

    held: packages that are kept back on purpose. lists: seconds since the package lists were fetched. seconds: time
    that the simulation took.
    """

    __slots__ = ("held", "lists", "pending", "seconds", "security")

    def __init__(
        self,
        *,
        security: "Iterable[str]" = (),
        pending: "Iterable[str]" = (),
        held: int = 0,
        lists: float = 0.0,
        seconds: float = 0.0,
    ) -> None:
        self.security = list(security)
        self.pending = list(pending)
        self.held = held
        self.lists = lists
        self.seconds = seconds


class Apt(Source):
    """APT of this machine. root: folder that holds var/lib/apt, for tests."""

    def __init__(self, root: str = "") -> None:
        self._root = root

    def updates(self) -> Updates:
        """Return the updates that `apt-get dist-upgrade` would install. It changes nothing, and any user may run it.

        Raises CannotTell if apt is missing, fails, or has no package lists.
        """
        age = self.lists_age()
        env = {"LC_ALL": "C"}
        began = time.perf_counter()
        done = run(["apt-get", "-s", "-o", "Debug::NoLocking=true", "dist-upgrade"], env=env, limit=_LARGEST)
        if done.code != 0:
            raise CannotTell(f"apt-get cannot simulate an upgrade: {clean(done.errors or done.output, 300)}")
        security, pending = parse(done.output.splitlines())
        seconds = time.perf_counter() - began
        held = run(["apt-mark", "showhold"], env=env)
        return Updates(security=security, pending=pending, held=len(held.output.split()), lists=age, seconds=seconds)

    def lists_age(self) -> float:
        """Return the seconds since the package lists were fetched, by their folder and by the stamp of periodic runs.

        The files in the folder have the publisher's time.
        """
        times = []
        for path in (f"{self._root}{_LISTS}", f"{self._root}{_STAMP}"):
            try:
                times.append(os.stat(path).st_mtime)
            except OSError:
                continue
        if not times:
            raise CannotTell(f"there is no {_LISTS}: APT has no package lists here")
        return max(0.0, time.time() - max(times))


def parse(lines: "Iterable[str]") -> tuple[list[str], list[str]]:
    """Return the packages with security updates, and all packages, in the output of a simulated upgrade.

    A line is `Inst NAME [OLD] (NEW ORIGIN:VERSION/SUITE, ... [ARCHITECTURE])`; a new package has no `[OLD]`.
    """
    security: dict[str, None] = {}
    pending: dict[str, None] = {}
    for line in lines:
        words = line.split()
        if len(words) < 3 or words[0] != "Inst" or not words[2].startswith("["):
            continue
        pending[words[1]] = None
        origins = line.partition("(")[2].lower()
        if "-security" in origins or "security:" in origins:
            security[words[1]] = None
    return list(security), list(pending)
