"""Refusal of builds that have errors."""

from __future__ import annotations

from checkwright.registry.findings import Finding, Refused


def refuse_errors(findings: tuple[Finding, ...]) -> None:
    """Raise Refused with all findings if one of them is an error."""
    if any(finding.severity == "error" for finding in findings):
        raise Refused(findings)
