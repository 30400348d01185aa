"""Evaluation of event filters' expressions with Node.js, in place of Sensu's interpreter."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

_PROGRAM = """
const vm = require('vm');
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const programs = {};
console.log(JSON.stringify(cases.map(function (one) {
  programs[one[0]] = programs[one[0]] || new vm.Script(one[0]);
  return programs[one[0]].runInNewContext({event: one[1]});
})));
"""


def evaluated(expression: str, events: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Return the value of the expression for each event."""
    cases = json.dumps([(expression, event) for event in events])
    ended = subprocess.run(["node", "-e", _PROGRAM], input=cases, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    values: list[Any] = json.loads(ended.stdout)
    return values


class History:
    """State that a backend keeps of a check: occurrences, their watermark, and the last 21 results."""

    def __init__(self, interval: int = 60, **annotations: str) -> None:
        self.interval = interval
        self.annotations = annotations
        self.results: list[tuple[int, int]] = []
        self.occurrences = self.watermark = self.last_ok = 0

    def event(self, at: int, status: int) -> dict[str, Any]:
        """Return the event of the next result."""
        before = self.results[-1][1] if self.results else None
        self.results.append((at, status))
        self.occurrences = self.occurrences + 1 if before == status else 1
        if status and before == 0:
            self.watermark = 1
        elif self.occurrences > self.watermark:
            self.watermark += 1
        if not status:
            self.last_ok = at
        return {
            "timestamp": at,
            "entity": {"name": self.annotations.get("entity", "web-1")},
            "check": {
                "name": "web.disk",
                "status": status,
                "interval": self.interval,
                "issued": at,
                "last_ok": self.last_ok,
                "annotations": {"fatigue_check/occurrences": self.annotations.get("attempts", "1")},
                "occurrences": self.occurrences,
                "occurrences_watermark": self.watermark,
                "history": [{"status": status, "executed": at} for at, status in self.results[-21:]],
            },
        }

    def is_incident(self) -> bool:
        """Return the value of Sensu's own filter: True for a problem and for its end."""
        return self.results[-1][1] != 0 or (len(self.results) > 1 and self.results[-2][1] != 0)
