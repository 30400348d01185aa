"""The machine that the check runs on."""

import os

from checks.core.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.sources.files import File
    from checks.sources.memory import Memory, Swap
    from checks.sources.mounts import Mount, Usage
    from checks.sources.processes import Process
    from checks.sources.systemd import Unit


class System(Source):
    """What this machine says of itself: filesystems, processors, memory, processes, units, files.

    Each method loads what it needs and nothing else. All raise CannotTell.
    root: a folder to read /proc and /sys below, for tests.
    """

    def __init__(self, root: str = "") -> None:
        self._root = root

    def disk(self, path: str) -> "Usage":
        """How full the filesystem mounted on `path` is; never waits for one that is stuck."""
        from checks.sources import mounts

        return mounts.usage(path, self._root)

    def filesystems(self, kinds: "Sequence[str]" = (), exclude: "Sequence[str]" = ()) -> "list[Mount]":
        """Each mounted filesystem worth watching once, by mount point.

        kinds: filesystem types; all useful ones if none is given. exclude: shell patterns for mount points.
        """
        from checks.sources import mounts

        return mounts.worth_watching(mounts.mounted(self._root), kinds, exclude)

    def load(self) -> tuple[float, float, float]:
        """How many programs ran or waited on average over 1, 5 and 15 minutes."""
        return os.getloadavg()

    def cpus(self) -> float:
        """How many CPUs this machine or container may use, such as 4 or 0.5."""
        from checks.sources import cpus

        return cpus.usable(self._root)

    def cpu(self) -> dict[str, float]:
        """Counters of seconds over all CPUs: total, busy, user, system, iowait, steal."""
        from checks.sources import cpus

        return cpus.times(self._root)

    def memory(self, *, cgroup: bool = False) -> "Memory":
        """Memory of the machine; with `cgroup`, of the container where its limit leaves less."""
        from checks.sources import memory

        return memory.container(self._root) if cgroup else memory.machine(self._root)

    def swap(self) -> "Swap":
        """Swap of the machine, and counters of pages moved in and out."""
        from checks.sources import memory

        return memory.swap(self._root)

    def processes(
        self,
        *,
        names: "Sequence[str]" = (),
        users: "Sequence[str]" = (),
        states: "Sequence[str]" = (),
        command_lines: "Sequence[str]" = (),
    ) -> "list[Process]":
        """Processes that match one shell pattern of each kind given; never the check itself."""
        from checks.sources import processes

        return processes.matching(
            processes.running(), names=names, users=users, states=states, command_lines=command_lines
        )

    def units(self, pattern: str) -> "list[Unit]":
        """The systemd unit of this name, or all that a shell pattern matches: at least one."""
        from checks.sources import systemd

        return systemd.units(pattern)

    def failed_units(self) -> "list[Unit]":
        """All systemd units that failed."""
        from checks.sources import systemd

        return systemd.failed()

    def files(self, pattern: str) -> "list[File]":
        """The file of this full path, or all that a shell pattern matches; none if nothing is there."""
        from checks.sources import files

        return files.found(pattern)

    def age(self, file: "File") -> float:
        """Seconds since a file was changed."""
        from checks.sources import files

        return files.age(file)
