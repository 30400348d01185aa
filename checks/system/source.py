"""Machine that the check runs on."""

import os

from checkwright.sources import Source

#: Packages of others that this family needs.
REQUIRES = "psutil"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.system._files import File
    from checks.system._memory import Memory, Swap
    from checks.system._mounts import Mount, Usage
    from checks.system._network import Interface
    from checks.system._pressure import Pressure
    from checks.system._processes import Process


class System(Source):
    """Filesystems, processors, memory, disks, network, processes and files of this machine.

    Each method loads only the modules that it needs. All raise CannotTell. root: folder that holds proc/ and sys/, for
    tests.
    """

    def __init__(self, root: str = "") -> None:
        self._root = root

    def disk(self, path: str) -> "Usage":
        """Return the use of the filesystem mounted on `path`. Never waits for a stuck filesystem."""
        from checks.system import _mounts

        return _mounts.usage(path, self._root)

    def filesystems(self, kinds: "Sequence[str]" = (), exclude: "Sequence[str]" = ()) -> "list[Mount]":
        """Return each mounted filesystem worth watching once, sorted by mount point.

        kinds: filesystem types; by default all useful ones. exclude: shell patterns for mount points.
        """
        from checks.system import _mounts

        return _mounts.worth_watching(_mounts.mounted(self._root), kinds, exclude)

    def closed(self, paths: "Sequence[str]") -> "set[str]":
        """Return the mount points that this user may not reach, such as those of containers below /var/lib/docker."""
        from checks.system import _mounts

        return _mounts.closed(paths, self._root)

    def load(self) -> tuple[float, float, float]:
        """Return the average number of programs that run or wait, over 1, 5 and 15 minutes."""
        return os.getloadavg()

    def cpus(self) -> float:
        """Return the number of CPUs that this machine or container may use, such as 4 or 0.5."""
        from checks.system import _cpus

        return _cpus.usable(self._root)

    def load_cpus(self) -> float:
        """Return the number of CPUs behind the load average: all of the machine, or those of a container with its own.

        The load average of the kernel is the whole machine's, whatever this process may use. lxcfs mounts one of the
        container over it.
        """
        from checks.system import _cpus, _mounts

        own = _mounts.is_mounted("/proc/loadavg", self._root)
        return _cpus.usable(self._root) if own else _cpus.online()

    def cpu(self) -> dict[str, float]:
        """Return counters of seconds over all CPUs: user, system, idle, iowait, steal."""
        from checks.system import _cpus

        return _cpus.times(self._root)

    def memory(self, *, cgroup: bool = False) -> "Memory":
        """Return the memory of the machine; with `cgroup`, of the container where its limit is lower."""
        from checks.system import _memory

        return _memory.container(self._root) if cgroup else _memory.machine(self._root)

    def swap(self) -> "Swap":
        """Return the swap of the machine, and counters of pages moved in and out."""
        from checks.system import _memory

        return _memory.swap(self._root)

    def pressure(self, cgroup: str = "") -> "dict[str, Pressure]":
        """Return the pressure of cpu, io and memory, of the machine or of a control group below /sys/fs/cgroup."""
        from checks.system import _pressure

        return _pressure.pressure(cgroup, self._root)

    def disk_counters(self, disks: "Sequence[str]" = ()) -> dict[str, dict[str, float]]:
        """Return counters since boot by disk: requests, read and written bytes, waited and busy seconds.

        disks: names of the kernel, or paths below /dev; those that do not exist are left out. By default, every disk
        with hardware behind it.
        """
        from checks.system import _disk_io

        found = _disk_io.counters(self._root)
        names = {disk: _disk_io.kernel_name(disk) for disk in disks or _disk_io.real_disks(list(found), self._root)}
        return {disk: found[name] for disk, name in names.items() if name in found}

    def interfaces(self, patterns: "Sequence[str]" = ()) -> "list[Interface]":
        """Return the network interfaces that match a shell pattern; by default those that carry traffic."""
        from checks.system import _network

        return _network.interfaces(self._root, patterns)

    def processes(
        self,
        *,
        names: "Sequence[str]" = (),
        users: "Sequence[str]" = (),
        states: "Sequence[str]" = (),
        command_lines: "Sequence[str]" = (),
        kernel: bool = True,
    ) -> "list[Process]":
        """Return the processes that match one shell pattern of each given kind; never the check itself.

        kernel: include threads of the kernel.
        """
        from checks.system import _processes

        _processes.refuse_unknown(users)
        return _processes.select(
            _processes.running(),
            names=names,
            users=users,
            states=states,
            command_lines=command_lines,
            kernel=kernel,
        )

    def open_files(self, pid: int) -> float | None:
        """Return the open files of a process as a percentage of its limit; None for one that ended or has no limit.

        Raises CannotTell for a process of another user.
        """
        from checks.system import _processes

        return _processes.open_files(pid, f"{self._root}/proc")

    def files(self, pattern: str) -> "list[File]":
        """Return the file of this full path, or all files that match a shell pattern."""
        from checks.system import _files

        return _files.find(pattern)

    def age(self, file: "File") -> float:
        """Return seconds since a file was changed."""
        from checks.system import _files

        return _files.age(file)
