"""The machine that the check runs on."""

import os

from checkwright.core.source import Source

#: Modules of other packages that this family imports.
REQUIRES = "psutil"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.system._files import File
    from checks.system._memory import Memory, Swap
    from checks.system._mounts import Mount, Usage
    from checks.system._processes import Process


class System(Source):
    """What this machine says of itself: filesystems, processors, memory, processes, files.

    Each method loads what it needs and nothing else. All raise CannotTell.
    root: a folder to read /proc and /sys below, for tests.
    """

    def __init__(self, root: str = "") -> None:
        self._root = root

    def disk(self, path: str) -> "Usage":
        """How full the filesystem mounted on `path` is; never waits for one that is stuck."""
        from checks.system import _mounts

        return _mounts.usage(path, self._root)

    def filesystems(self, kinds: "Sequence[str]" = (), exclude: "Sequence[str]" = ()) -> "list[Mount]":
        """Each mounted filesystem worth watching once, by mount point.

        kinds: filesystem types; all useful ones if none is given. exclude: shell patterns for mount points.
        """
        from checks.system import _mounts

        return _mounts.worth_watching(_mounts.mounted(self._root), kinds, exclude)

    def load(self) -> tuple[float, float, float]:
        """How many programs ran or waited on average over 1, 5 and 15 minutes."""
        return os.getloadavg()

    def cpus(self) -> float:
        """How many CPUs this machine or container may use, such as 4 or 0.5."""
        from checks.system import _cpus

        return _cpus.usable(self._root)

    def cpu(self) -> dict[str, float]:
        """Counters of seconds over all CPUs: total, busy, user, system, iowait, steal."""
        from checks.system import _cpus

        return _cpus.times(self._root)

    def memory(self, *, cgroup: bool = False) -> "Memory":
        """Memory of the machine; with `cgroup`, of the container where its limit leaves less."""
        from checks.system import _memory

        return _memory.container(self._root) if cgroup else _memory.machine(self._root)

    def swap(self) -> "Swap":
        """Swap of the machine, and counters of pages moved in and out."""
        from checks.system import _memory

        return _memory.swap(self._root)

    def processes(
        self,
        *,
        names: "Sequence[str]" = (),
        users: "Sequence[str]" = (),
        states: "Sequence[str]" = (),
        command_lines: "Sequence[str]" = (),
    ) -> "list[Process]":
        """Processes that match one shell pattern of each kind given; never the check itself."""
        from checks.system import _processes

        return _processes.matching(
            _processes.running(), names=names, users=users, states=states, command_lines=command_lines
        )

    def files(self, pattern: str) -> "list[File]":
        """The file of this full path, or all that a shell pattern matches; none if nothing is there."""
        from checks.system import _files

        return _files.found(pattern)

    def age(self, file: "File") -> float:
        """Seconds since a file was changed."""
        from checks.system import _files

        return _files.age(file)
