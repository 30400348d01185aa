"""The report as data for a machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from checkwright.report.capacity_use import headroom
from checkwright.report.facts import Report
from checkwright.report.three_answers import answers
from checkwright.web.clock import Clock

VERSION = 1


def as_json(report: Report) -> dict[str, Any]:
    """Return all facts of a report. Times are in milliseconds, moments in seconds since the epoch."""
    clock = Clock(report.zone)
    scopes = []
    for scope in report.scopes:
        found = asdict(scope)
        for change in found["changes"]:
            del change["curves"]
        found["answers"] = [str(answer) for answer in answers(scope, clock)]
        if scope.peak is not None:
            found["peak"] |= {
                "in_flight": scope.peak.in_flight,
                "working": scope.peak.working,
                "waiting": scope.peak.waiting,
                "capacity": [
                    {"name": one.name, "size": one.size, "times": headroom(scope.peak, one)}
                    for one in scope.peak.capacity
                ],
            }
        scopes.append(found)
    return {"version": VERSION, "zone": report.zone, "scopes": scopes, "notes": list(report.notes)}
