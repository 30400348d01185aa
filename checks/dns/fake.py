"""Fake DNS servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from checks.dns.source import Answer, Dns
from checkwright.core.errors import CheckError
from checkwright.testing.canned import answer_for

if TYPE_CHECKING:
    from checkwright.net.connect import Family


class FakeDns(Dns):
    """Answers by name and type: `FakeDns({"shop.test A": Answer(("10.0.0.7",), 0.01)})`. A CheckError is raised.

    The answer of one server has its name too: `"shop.test SOA @ns1.shop.test"`.
    """

    def __init__(self, answers: Mapping[str, Answer | CheckError]) -> None:
        self.answers = dict(answers)

    def look_up(
        self, name: str, kind: str = "A", *, server: str = "", family: Family = "", within: float | None = None
    ) -> Answer:
        own = f"{name} {kind} @{server}"
        return answer_for(self, self.answers, own if own in self.answers else f"{name} {kind}")


__all__ = ["Answer", "FakeDns"]
