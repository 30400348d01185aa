"""Fake kernel."""

from __future__ import annotations

from collections.abc import Mapping

from checks.kernel.source import Boot, Kernel, Sockets
from checkwright.core.errors import CheckError
from checkwright.testing.canned import value_of


class FakeKernel(Kernel):
    """Kernel with facts: `FakeKernel(sockets=Sockets(timewait=200))`. A CheckError is raised, None is not known."""

    def __init__(
        self,
        *,
        sockets: Sockets | CheckError | None = None,
        events: Mapping[str, float] | CheckError | None = None,
        boot: Boot | CheckError | None = None,
    ) -> None:
        super().__init__()
        self.facts = (sockets, events, boot)

    def sockets(self, *, pairs: bool = False) -> Sockets:
        return value_of(self.facts[0], "cannot read /proc/net/netstat: No such file or directory")

    def events(self) -> dict[str, float]:
        return dict(value_of(self.facts[1], "cannot read /proc/vmstat: No such file or directory"))

    def boot(self) -> Boot:
        return value_of(self.facts[2], "cannot read /proc/uptime: No such file or directory")


__all__ = ["Boot", "FakeKernel", "Sockets"]
