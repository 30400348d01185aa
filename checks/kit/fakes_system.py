"""Fakes of this machine: System, StateFile and Command as a test says they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from checks.core.errors import CannotTell, Trouble
from checks.sources import mounts as real_mounts
from checks.sources import processes as real_processes
from checks.sources.command import Command, Finished
from checks.sources.files import File
from checks.sources.growth import Growth
from checks.sources.memory import Memory, Swap
from checks.sources.mounts import Mount, Usage
from checks.sources.processes import Process
from checks.sources.statefile import Before, StateFile
from checks.sources.system import System
from checks.sources.systemd import Unit

if TYPE_CHECKING:
    from checks.sources.statefile import Data

T = TypeVar("T")


class FakeSystem(System):
    """A machine made of what is given; a value may be a Down or CannotTell, which is raised.

    disks: by mount point. mounts: what `--all` finds, else all disks. cpu: counters of seconds, one reading or a
    list of readings, the last of which stays. units, files: lists by name or pattern. ages: seconds, by path.
    """

    def __init__(
        self,
        *,
        disks: Mapping[str, Usage | Trouble] | None = None,
        mounts: Sequence[Mount] | None = None,
        load: tuple[float, float, float] | Trouble | None = None,
        cpus: float = 1,
        cpu: Mapping[str, float] | Sequence[Mapping[str, float]] | Trouble | None = None,
        memory: Memory | Trouble | None = None,
        container: Memory | None = None,
        swap: Swap | Sequence[Swap] | Trouble | None = None,
        processes: Sequence[Process] = (),
        units: Mapping[str, Unit | Sequence[Unit] | Trouble] | None = None,
        files: Mapping[str, File | Sequence[File] | Trouble] | None = None,
        ages: Mapping[str, float | Trouble] | None = None,
    ) -> None:
        super().__init__()
        self._disks = dict(disks or {})
        self._mounts = [Mount(path, device=path) for path in self._disks] if mounts is None else list(mounts)
        self._load = load
        self._cpus = cpus
        self._cpu: list[Mapping[str, float] | Trouble] = [] if cpu is None else _listed(cpu)
        self._memory = memory
        self._container = container
        self._swap: list[Swap | Trouble] = [] if swap is None else _listed(swap)
        self._processes = list(processes)
        self._units = {name: _lists(one) for name, one in (units or {}).items()}
        self._files = {name: _lists(one) for name, one in (files or {}).items()}
        self._ages = dict(ages or {})

    def disk(self, path: str) -> Usage:
        return _given(self._disks.get(path), f"{path} is not there: there is no such mount point")

    def filesystems(self, kinds: Sequence[str] = (), exclude: Sequence[str] = ()) -> list[Mount]:
        return real_mounts.worth_watching(self._mounts, kinds, exclude)

    def load(self) -> tuple[float, float, float]:
        return _given(self._load, "this machine has no load average")

    def cpus(self) -> float:
        return self._cpus

    def cpu(self) -> dict[str, float]:
        return dict(_given(_next(self._cpu), "this machine does not say what its CPUs did"))

    def memory(self, *, cgroup: bool = False) -> Memory:
        whole = _given(self._memory, "this machine does not say how much memory it has")
        return self._container if cgroup and self._container is not None else whole

    def swap(self) -> Swap:
        return _given(_next(self._swap), "this machine does not say how much swap it has")

    def processes(
        self,
        *,
        names: Sequence[str] = (),
        users: Sequence[str] = (),
        states: Sequence[str] = (),
        command_lines: Sequence[str] = (),
    ) -> list[Process]:
        return real_processes.matching(
            self._processes, names=names, users=users, states=states, command_lines=command_lines
        )

    def units(self, pattern: str) -> list[Unit]:
        return list(_given(self._units.get(pattern), f"there is no unit {pattern} here"))

    def failed_units(self) -> list[Unit]:
        known = [units for units in self._units.values() if not isinstance(units, Trouble)]
        return [unit for units in known for unit in units if unit.state == "failed"]

    def files(self, pattern: str) -> list[File]:
        found = self._files.get(pattern)
        return [] if found is None else list(_given(found, ""))

    def age(self, file: File) -> float:
        return _given(self._ages.get(file.path), f"this test gives no age for {file.path}: ages={{...}}")


class FakeStateFile(StateFile):
    """Memory that lives as long as the fake, and forgets nothing of what it was given.

    before: what the last run of the check left, None for a first run. seconds: how long ago that was. Nothing is
    waited for: two readings in one run are as far apart as asked.
    """

    def __init__(self, before: Mapping[str, Any] | None = None, *, seconds: float = 60) -> None:
        super().__init__()
        self.seconds = seconds
        self.remembered: dict[str, Mapping[str, Any]] = {} if before is None else {"": dict(before)}

    def update(self, change: Callable[[Before | None], Data], part: str = "") -> None:
        before = self.remembered.get(part)
        self.remembered[part] = dict(change(None if before is None else Before(before, self.seconds)))

    def growth(self, read: Callable[[], Mapping[str, float]], over: float | None = None, part: str = "") -> Growth:
        grown = super().growth(read, over, part)
        grown.seconds = grown.seconds if grown.seconds >= 1 else over or 1.0
        return grown

    def _wait(self, seconds: float) -> None:
        """Two readings of a fake are told apart by their order."""


class FakeCommand(Command):
    """Programs as a test says they answer. answers: by the words of the command; calls: what was run, in order."""

    def __init__(self, answers: Mapping[tuple[str, ...], Finished | Trouble] | None = None) -> None:
        self.answers = dict(answers or {})
        self.calls: list[tuple[str, ...]] = []

    def run(self, words: Sequence[str], *, env: Mapping[str, str] | None = None, limit: int = 1_000_000) -> Finished:
        self.calls.append(tuple(words))
        return _given(self.answers.get(tuple(words)), f"cannot run {words[0]}: there is no program {words[0]} here")


def _given(value: T | Trouble | None, otherwise: str) -> T:
    if value is None:
        raise CannotTell(otherwise)
    if isinstance(value, Trouble):
        raise value
    return value


def _listed(given: T | Sequence[T]) -> list[T]:
    return list(given) if isinstance(given, Sequence) else [given]


def _lists(given: T | Sequence[T] | Trouble) -> list[T] | Trouble:
    return given if isinstance(given, Trouble) else _listed(given)


def _next(readings: list[T]) -> T | None:
    """The next reading; the last one stays."""
    if len(readings) > 1:
        return readings.pop(0)
    return readings[0] if readings else None


__all__ = [
    "Before",
    "FakeCommand",
    "FakeStateFile",
    "FakeSystem",
    "File",
    "Finished",
    "Growth",
    "Memory",
    "Mount",
    "Process",
    "Swap",
    "Unit",
    "Usage",
]
