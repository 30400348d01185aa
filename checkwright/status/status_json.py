"""The status as data for a machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from checkwright.status.present_problems import Status, age_of, is_old

VERSION = 1


def as_json(status: Status) -> dict[str, Any]:
    """Return all facts of a status. Moments are seconds since 1970, ages seconds."""
    sources = [
        asdict(one)
        | {"age": None if one.problem else round(age_of(one, status.now), 1), "old": is_old(one, status.now)}
        for one in status.sources
    ]
    return {
        "version": VERSION,
        "now": status.now,
        "environments": list(status.environments),
        "sources": sources,
        "good": status.good,
        "problems": [asdict(one) for one in status.problems],
        "missing": [asdict(one) for one in status.missing],
        "pending": [asdict(one) for one in status.pending],
        "late": [asdict(one) for one in status.late],
        "unknown": [asdict(one) for one in status.unknown],
        "elsewhere": dict(status.elsewhere),
    }
