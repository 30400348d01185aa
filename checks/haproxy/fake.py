"""Fake HAProxy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.haproxy.source import HaproxyStats, Row
from checkwright.core.errors import CheckError
from checkwright.testing.canned import answer_for


class FakeHaproxyStats(HaproxyStats):
    """Rows by address: `FakeHaproxyStats({"/run/haproxy/admin.sock": [Row("web", "FRONTEND", "OPEN")]})`.

    A CheckError is raised.
    """

    def __init__(self, sockets: Mapping[str, Sequence[Row] | CheckError]) -> None:
        self.sockets = dict(sockets)

    def rows(self, address: str) -> list[Row]:
        return list(answer_for(self, self.sockets, address))


__all__ = ["FakeHaproxyStats", "Row"]
