"""Rules, and the findings that they report about a registry, a plan or built files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from checkwright.registry.plan import Origin, Plan

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem that a rule found.

    `id` is the rule's (R001, N001, S001, ...) and never changes, so that it can be searched for.
    `message` says what is wrong; `hint` says what to do.
    """

    id: str
    severity: Severity
    origin: Origin | None
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        hint = f" ({self.hint})" if self.hint else ""
        message = " ".join(self.message.splitlines())  # a reason may have several lines, a finding has one
        return f"{place}{self.severity} {self.id}: {message}{hint}"


class Rule:
    """Base class of all rules. The docstring of a subclass is its section in docs/reference/rules.md.

    The first line is the title: one sentence that says what is wrong. Then comes what a reader needs to know, and an
    example below `Wrong:` and `Right:`. `hint` says what to do and is part of each finding.

        class HostWithoutAddress(RegistryRule):
            \"\"\"A host has no address.

            Nagios needs one to ping the host and to reach its NRPE daemon.

            Wrong:
                Host("web-1", roles=(web,))

            Right:
                Host("web-1", "10.0.0.11", roles=(web,))
            \"\"\"

            id = "R007"
            hint = "give it an IP address or a DNS name"

            def find(self, subject: Subject) -> Iterator[Finding]:
                for machine in subject.resolved.machines:
                    if not machine.address:
                        yield self.finding(machine.origin, f"host {machine.name!r} has no address")

    A rule needs no `find` where other code notices the problem, such as a renderer: that code calls
    `HostWithoutAddress.finding(origin, message)` on the class.
    """

    id: ClassVar[str]
    severity: ClassVar[Severity] = "error"
    hint: ClassVar[str] = ""
    #: Language of the example: python, yaml, json, or text.
    language: ClassVar[str] = "python"

    @classmethod
    def finding(
        cls, origin: Origin | None, message: str, *, hint: str | None = None, severity: Severity | None = None
    ) -> Finding:
        """Return a finding of this rule. `hint` and `severity` default to the rule's own."""
        return Finding(cls.id, severity or cls.severity, origin, message, cls.hint if hint is None else hint)


class PlanRule(Rule):
    """Rule that looks at one plan, as those of the generators do."""

    def find(self, plan: Plan) -> Iterator[Finding]:
        """Yield all findings in `plan`."""
        raise NotImplementedError


class FindingsError(Exception):
    """Error of a build that findings stopped; `findings` holds at least one error."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings
