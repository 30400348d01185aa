"""Findings as text."""

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin


def test_finding_is_one_line() -> None:
    finding = Finding("S021", "warning", Origin("fleet/web.py", 3), "Sensu does not know it: first\nsecond\r\nthird")
    assert str(finding) == "fleet/web.py:3: warning S021: Sensu does not know it: first second third"
