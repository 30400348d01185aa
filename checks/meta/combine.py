"""Several checks in one run."""

from checks.meta.source import Checks
from checkwright import BadUsage, Check, Metrics, option, uses


class Combine(Check):
    """Several checks as one: the worst state comes first, followed by the performance data of all parts.

    `check combine disk -p / -- load -- memory` runs its parts concurrently, within one deadline. A part that does not
    return is UNKNOWN, and the others are still reported. -v prints a line for each part. Performance data labels start
    with the name of the part, such as `disk.space:/`; a second part with the same check is `disk_2`. -v, --output and
    --project belong before the first part, and are an error in a part. So is a `-t` of a part that is longer than that
    of combine, which ends all parts.
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
