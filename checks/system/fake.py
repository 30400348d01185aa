"""Fake machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.system import _mounts as real_mounts
from checks.system import _processes as real_processes
from checks.system._files import File
from checks.system._memory import Memory, Swap
from checks.system._mounts import Mount, Usage
from checks.system._processes import Process
from checks.system.source import System
from checkwright.core.errors import CheckError
from checkwright.testing.canned import as_list, list_or_error, next_reading, value_of


class FakeSystem(System):
    """Machine made of the given values. A value may be a Down or CannotTell, which is raised.

    disks: by mount point. mounts: the filesystems that `--all` finds, by default all disks. cpu: counters of seconds,
    one reading or a list of readings; the last one repeats. files: lists by name or pattern. ages: seconds by path.
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
        processes: Sequence[Process] = (),
        files: Mapping[str, File | Sequence[File] | CheckError] | None = None,
        ages: Mapping[str, float | CheckError] | None = None,
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
        self._processes = list(processes)
        self._files = {name: list_or_error(one) for name, one in (files or {}).items()}
        self._ages = dict(ages or {})

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

    def files(self, pattern: str) -> list[File]:
        found = self._files.get(pattern)
        return [] if found is None else list(value_of(found, ""))

    def age(self, file: File) -> float:
        return value_of(self._ages.get(file.path), f"this test has no age for {file.path}: ages={{...}}")


__all__ = ["FakeSystem", "File", "Memory", "Mount", "Process", "Swap", "Usage"]
