"""Refusal of builds that have errors."""

from __future__ import annotations

from checkwright.registry.findings import Finding, FindingsError


def refuse_errors(findings: tuple[Finding, ...]) -> None:
    """Raise FindingsError with all findings if one of them is an error."""
    if any(finding.severity == "error" for finding in findings):
        raise FindingsError(findings)
