"""One notification: the problem of a watch or a host, its end, or somebody's acknowledgement."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

Action = Literal["trigger", "resolve", "acknowledge", "note"]

#: Longest key that every service accepts: PagerDuty takes 255 characters, Opsgenie 512.
_LONGEST_KEY = 255
#: Characters of output, details and comment that a record keeps.
_LONGEST_TEXT = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A notification. Texts of plugins and people may hold any characters.

    action: "note" is for what opens and closes nothing, such as flapping or a downtime. watch: "" for the host itself.
    kind: the word of the monitoring system, such as PROBLEM. values: measured values with their thresholds, the worst
    first. runbooks: URLs. links: (title, URL). since: seconds since 1970 of the notification.
    """

    action: Action
    kind: str
    environment: str
    host: str
    watch: str = ""
    address: str = ""
    state: str
    severity: Literal["critical", "warning", "unknown", "ok"]
    output: str = ""
    details: str = ""
    values: tuple[str, ...] = ()
    runbooks: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    author: str = ""
    comment: str = ""
    since: float = 0.0

    @property
    def key(self) -> str:
        """Name of the incident, equal for its problem, acknowledgement and recovery."""
        name = f"checkwright/{self.environment}/{self.host}/{self.watch}"
        if len(name) <= _LONGEST_KEY:
            return name
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return f"{name[: _LONGEST_KEY - 33]}-{digest}"

    def shortened(self) -> Incident:
        """Return the incident with texts of a bounded size."""
        return replace(
            self,
            output=self.output[:_LONGEST_TEXT],
            details=self.details[:_LONGEST_TEXT],
            comment=self.comment[:_LONGEST_TEXT],
            author=self.author[:200],
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def from_json(value: dict[str, Any]) -> Incident:
    """Return the incident of `as_json`. Raises TypeError, ValueError, KeyError for anything else."""
    fields = dict(value)
    for name in ("values", "runbooks"):
        fields[name] = tuple(str(one) for one in fields[name])
    fields["links"] = tuple((str(title), str(url)) for title, url in fields["links"])
    if fields["action"] not in ("trigger", "resolve", "acknowledge", "note"):
        raise ValueError(f"{fields['action']!r} is no action")
    return Incident(**fields)
