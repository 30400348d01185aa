"""Run one check as Nagios would, against a world of fakes."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TypeVar

from checkwright.core.check import Check
from checkwright.core.outcome import Outcome
from checkwright.core.run import run as run_in
from checkwright.core.source import Source
from checkwright.core.world import World

S = TypeVar("S", bound=Source)


class MissingFake(LookupError):
    """The check asked for a source that the test did not give it."""


class KitOutcome(Outcome):
    """An outcome that also knows the command line that led to it, so that a golden can show it."""

    __slots__ = ("command_line",)
    command_line: str


def run(kind: type[Check], command_line: str | Sequence[str], *world: Source | World) -> KitOutcome:
    """Run `kind` with the words of a command line, without the check's name: `run(Disk, "-p /", FakeSystem(...))`.

    `world` is what the check may use: fakes, or a World of them. Nothing else is opened: the test fails with
    MissingFake, which names the source. An unsealed `World()` says that real sources are wanted.
    """
    words = shlex.split(command_line) if isinstance(command_line, str) else list(command_line)
    sealed = _Sealed(*world)
    try:
        found = run_in(kind, words, sealed)
    finally:
        sealed.close()
    if sealed.missing:
        fake = sealed.missing[0]
        raise MissingFake(
            f"{kind.__name__} uses {fake}, and this test gave it none: run({kind.__name__}, ..., Fake{fake}(...))"
        )
    outcome = KitOutcome(found.name, found.lines, found.readings, found.perfdata, found.debug)
    outcome.command_line = shlex.join(["check", kind.title(), *words])
    return outcome


class _Sealed(World):
    """The sources and worlds that a test gave, and nothing else."""

    def __init__(self, *given: Source | World) -> None:
        super().__init__(*(one for one in given if isinstance(one, Source)), sealed=True)
        self._worlds = [one for one in given if isinstance(one, World)]
        self.missing: list[str] = []

    def get(self, kind: type[S]) -> S:
        try:
            return super().get(kind)
        except LookupError:
            pass
        for world in self._worlds:
            try:
                return world.get(kind)
            except LookupError:
                continue
        self.missing.append(kind.__name__)
        raise MissingFake(f"no {kind.__name__} in this test's world")
