"""A check with annotations that are text because of `from __future__ import annotations`."""

from __future__ import annotations

from pathlib import Path

from checkwright import Check, Literal, Metrics, Secret, gauge, option


class Postponed(Check):
    """Options of several kinds."""

    paths: tuple[str, ...] = option("Path", flags="-p", default=("/",))
    file: Path = option("File", default=Path("/"))
    mode: Literal["fast", "slow"] | None = option("Mode", default=None)
    token: Secret | None = option("Token", default=None)

    used = gauge("Used")

    def probe(self) -> Metrics:
        yield self.used(len(self.paths))
