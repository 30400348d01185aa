"""What a rule has to say about a registry or a plan: one sentence, an id, a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checkwright.registry.plan import Origin


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of one rule.

    `id` is the rule's (R001, N001, S001, ...): stable, so that it can be searched for.
    `message` says what is wrong; `hint` says what to do.
    """

    id: str
    severity: Literal["error", "warning"]
    origin: Origin | None
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.severity} {self.id}: {self.message}{hint}"


class Refused(Exception):
    """A build that findings stopped; `findings` holds at least one error."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings
