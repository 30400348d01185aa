"""Run one check as Nagios would, against fakes."""

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
    """The check uses a source for which the test has no fake."""


class RunOutcome(Outcome):
    """Outcome with its command line, which golden entries show."""

    __slots__ = ("command_line",)
    command_line: str


def run(kind: type[Check], command_line: str | Sequence[str], *world: Source | World) -> RunOutcome:
    """Run a check and return its outcome: `run(Disk, "-p /", FakeSystem(...))`.

    command_line: without the name of the check, as text or as a list of words. world: fakes of the sources that the
    check uses. A source without a fake raises MissingFake, which names it. `World()` opens real sources instead.
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
            f"{kind.__name__} uses {fake}, and this test has no fake of it: run({kind.__name__}, ..., Fake{fake}(...))"
        )
    outcome = RunOutcome(found.name, found.lines, found.readings, found.perfdata, found.debug)
    outcome.command_line = shlex.join(["check", kind.title(), *words])
    return outcome


class _Sealed(World):
    """World of the fakes and worlds of a test. It opens no other source."""

    def __init__(self, *world: Source | World) -> None:
        super().__init__(*(one for one in world if isinstance(one, Source)), sealed=True)
        self._worlds = [one for one in world if isinstance(one, World)]
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

    def optional(self, kind: type[S]) -> S | None:
        found = super().optional(kind)
        return found or next((source for world in self._worlds if (source := world.optional(kind))), None)
