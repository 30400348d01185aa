"""Fake of the files that api_latency reads and writes."""

from __future__ import annotations

from collections.abc import Mapping

from checks.latency.source import LatencyFiles
from checkwright.core.errors import CheckError
from checkwright.latency import routes_file
from checkwright.latency.counts import Header, Slot
from checkwright.latency.routes_file import RoutesFile
from checkwright.testing.canned import value_of


class FakeLatencyFiles(LatencyFiles):
    """Routes files by path: `FakeLatencyFiles({"shop.routes": "alb\\nGET /orders/{id}"})`. An error is raised.

    kept: the slots that were written, with their headers. not_ready: why counts cannot be kept.
    """

    def __init__(self, files: Mapping[str, str | CheckError], *, not_ready: str = "") -> None:
        self.files = dict(files)
        self.not_ready = not_ready
        self.kept: list[tuple[Header, Slot]] = []

    def routes(self, path: str) -> RoutesFile:
        text = value_of(self.files.get(path), f"cannot read the routes file {path}: No such file or directory")
        return routes_file.parse(text, path)

    def host(self) -> str:
        return "web-1"

    def ready(self, folder: str) -> str:
        return self.not_ready

    def keep(self, folder: str, header: Header, slots: list[Slot], step: int, now: float) -> None:
        self.kept += [(header, slot) for slot in slots]
