"""Fake machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.system import _mounts as real_mounts
from checks.system import _network as real_network
from checks.system import _processes as real_processes
from checks.system._files import File
from checks.system._memory import Memory, Swap
from checks.system._mounts import Mount, Usage
from checks.system._network import Interface
from checks.system._pressure import Pressure
from checks.system._processes import Process
from checks.system.source import System
from checkwright.core.errors import CheckError
from checkwright.testing.canned import as_list, list_or_error, next_reading, value_of


class FakeSystem(System):
    """Machine made of the given values. A value may be a Down or CannotTell, which is raised.

    disks: by mount point. mounts: the filesystems that `--all` finds, by default all disks. cpu: counters of seconds,
    one reading or a list of readings; the last one repeats. disk_counters, interfaces: the same. pressure: by
    resource. files: lists by name or pattern. ages: seconds by path. open_files: percent by process id.
    """

    def __init__(
        self,
        *,
        disks: Mapping[str, Usage | CheckError] | None = None,
        mounts: Sequence[Mount] | None = None,
        load: tuple[float, float, float] | CheckError | None = None,
        cpus: float = 1,
        cpu: Mapping[str, float] | Sequence[Mapping[str, float]] | CheckError | None = None,
        memory: Memory | CheckError | None = None,
        container: Memory | None = None,
        swap: Swap | Sequence[Swap] | CheckError | None = None,
        pressure: Mapping[str, Pressure] | CheckError | None = None,
        disk_counters: Mapping[str, Mapping[str, float]]
        | Sequence[Mapping[str, Mapping[str, float]]]
        | CheckError
        | None = None,
        interfaces: Sequence[Interface] | Sequence[Sequence[Interface]] | CheckError | None = None,
        processes: Sequence[Process] = (),
        files: Mapping[str, File | Sequence[File] | CheckError] | None = None,
        ages: Mapping[str, float | CheckError] | None = None,
        open_files: Mapping[int, float | CheckError] | None = None,
    ) -> None:
        super().__init__()
        self._disks = dict(disks or {})
        self._mounts = [Mount(path, device=path) for path in self._disks] if mounts is None else list(mounts)
        self._load = load
        self._cpus = cpus
        self._cpu: list[Mapping[str, float] | CheckError] = [] if cpu is None else as_list(cpu)
        self._memory = memory
        self._container = container
        self._swap: list[Swap | CheckError] = [] if swap is None else as_list(swap)
        self._pressure = pressure
        self._disk_counters: list[Mapping[str, Mapping[str, float]] | CheckError] = (
            [] if disk_counters is None else as_list(disk_counters)
        )
        self._interfaces: list[Sequence[Interface] | CheckError] = _readings(interfaces)
        self._processes = list(processes)
        self._files = {name: list_or_error(one) for name, one in (files or {}).items()}
        self._ages = dict(ages or {})
        self._open_files = dict(open_files or {})

    def disk(self, path: str) -> Usage:
        return value_of(self._disks.get(path), f"{path} does not exist: there is no such mount point")

    def filesystems(self, kinds: Sequence[str] = (), exclude: Sequence[str] = ()) -> list[Mount]:
        return real_mounts.worth_watching(self._mounts, kinds, exclude)

    def closed(self, paths: Sequence[str]) -> set[str]:
        return {path for path in paths if isinstance(self._disks.get(path), real_mounts.NotPermitted)}

    def load(self) -> tuple[float, float, float]:
        return value_of(self._load, "this machine has no load average")

    def cpus(self) -> float:
        return self._cpus

    def load_cpus(self) -> float:
        return self._cpus

    def cpu(self) -> dict[str, float]:
        return dict(value_of(next_reading(self._cpu), "this machine has no CPU times"))

    def memory(self, *, cgroup: bool = False) -> Memory:
        whole = value_of(self._memory, "this machine does not report its memory")
        return self._container if cgroup and self._container is not None else whole

    def swap(self) -> Swap:
        return value_of(next_reading(self._swap), "this machine does not report its swap")

    def pressure(self, cgroup: str = "") -> dict[str, Pressure]:
        return dict(value_of(self._pressure, "this machine has no pressure"))

    def disk_counters(self, disks: Sequence[str] = ()) -> dict[str, dict[str, float]]:
        found = value_of(next_reading(self._disk_counters), "this machine does not report its disks")
        return {name: dict(found[name]) for name in disks or found if name in found}

    def interfaces(self, patterns: Sequence[str] = ()) -> list[Interface]:
        found = value_of(next_reading(self._interfaces), "this machine does not report its network")
        return real_network.choose(found, patterns)

    def processes(
        self,
        *,
        names: Sequence[str] = (),
        users: Sequence[str] = (),
        states: Sequence[str] = (),
        command_lines: Sequence[str] = (),
        kernel: bool = True,
    ) -> list[Process]:
        return real_processes.select(
            self._processes, names=names, users=users, states=states, command_lines=command_lines, kernel=kernel
        )

    def open_files(self, pid: int) -> float | None:
        found = self._open_files.get(pid)
        return None if found is None else value_of(found, "")

    def files(self, pattern: str) -> list[File]:
        found = self._files.get(pattern)
        return [] if found is None else list(value_of(found, ""))

    def age(self, file: File) -> float:
        return value_of(self._ages.get(file.path), f"this test has no age for {file.path}: ages={{...}}")


def _readings(
    interfaces: Sequence[Interface] | Sequence[Sequence[Interface]] | CheckError | None,
) -> list[Sequence[Interface] | CheckError]:
    """Return a list of readings: one list of interfaces is one reading."""
    if interfaces is None or isinstance(interfaces, CheckError):
        return [] if interfaces is None else [interfaces]
    one = [found for found in interfaces if isinstance(found, Interface)]
    return [one] if one or not interfaces else [found for found in interfaces if not isinstance(found, Interface)]


__all__ = ["FakeSystem", "File", "Interface", "Memory", "Mount", "Pressure", "Process", "Swap", "Usage"]
