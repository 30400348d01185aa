"""Several checks in one run."""

from checks.meta.source import Checks
from checkwright import BadUsage, Check, Metrics, option, uses


class Combine(Check):
    """The findings of several checks as one: the worst state leads, and the performance data of all follows.

    `check combine disk -p / -- load -- memory` runs its parts at the same
    time, within one deadline. A part that does not come back is UNKNOWN, and
    the others are still shown. -v has a line for each part. Labels carry the
    part's name, such as `disk.space:/`; a second part of one check is `disk_2`.
    """

    checks = uses(Checks)

    parts: tuple[str, ...] = option("Checks with their options, separated by --", flags="...")

    def validate(self) -> None:
        if not all(self._split()):
            raise BadUsage("combine has an empty part: write NAME [options] -- NAME [options]")

    def probe(self) -> Metrics:
        yield from self.checks.metrics(self._split())

    def _split(self) -> list[list[str]]:
        parts: list[list[str]] = [[]]
        for word in self.parts:
            if word == "--":
                parts.append([])
            else:
                parts[-1].append(word)
        return parts
