"""notify.json: the channels of teams and the links of watches, which a build writes. It holds no secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checkwright.core.regular_file import read_regular
from checkwright.notify.channel import BadSettings, Channel
from checkwright.notify.channels.mail import Mail
from checkwright.notify.channels.opsgenie import Opsgenie
from checkwright.notify.channels.pagerduty import PagerDuty
from checkwright.notify.channels.slack import Slack
from checkwright.notify.channels.sms import Sms
from checkwright.notify.channels.webhook import Webhook

VERSION = 1
_LARGEST = 200_000_000
KINDS: Mapping[str, type[Channel]] = {
    "mail": Mail,
    "opsgenie": Opsgenie,
    "pagerduty": PagerDuty,
    "slack": Slack,
    "sms": Sms,
    "webhook": Webhook,
}


class NotUsable(Exception):
    """Error of a notify.json: one sentence."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Runbook of a watch. runbooks: of hosts that have another one. gauges: noun and unit by name."""

    runbook: str = ""
    runbooks: Mapping[str, str] = field(default_factory=dict)
    gauges: Mapping[str, tuple[str, str]] = field(default_factory=dict)


class NotifyFile:
    """Content of a notify.json."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        """Raises NotUsable for a value that this version did not write."""
        if not isinstance(value, dict) or value.get("version") != VERSION:
            raise NotUsable(f"it is no file of version {VERSION}: build it again with this version of checkwright")
        self.environment = str(value.get("environment", ""))
        self._channels: Mapping[str, Mapping[str, Any]] = value.get("channels", {})
        self._teams: Mapping[str, Mapping[str, list[str]]] = value.get("teams", {})
        self._watches: Mapping[str, Mapping[str, Any]] = value.get("watches", {})
        self._checks: Mapping[str, Mapping[str, list[str]]] = value.get("checks", {})
        self._roles: Mapping[str, str] = value.get("roles", {})
        self.graphs = str(value.get("graphs", ""))
        self.catalogue = str(value.get("catalogue", ""))

    def channels_of(self, team: str, level: str) -> tuple[str, ...]:
        """Return the names of a team's channels for "page" or "ticket", () for a team or level without any."""
        return tuple(self._teams.get(team, {}).get(level, ()))

    def channel(self, name: str) -> Channel:
        """Return a channel. Raises BadSettings, also if there is none of this name."""
        settings = self._channels.get(name)
        if settings is None:
            raise BadSettings("there is no channel of this name in notify.json any more")
        kind = KINDS.get(str(settings.get("kind")))
        if kind is None:
            raise BadSettings(f"{settings.get('kind')!r} is no kind of channel in this version")
        return kind(settings)  # type: ignore[call-arg]

    def watch(self, role: str, name: str) -> Watch:
        """Return the links and gauges of a watch, an empty Watch for an unknown one."""
        found = self._watches.get(f"{role}:{name}", {})
        return Watch(
            str(found.get("runbook", "")),
            found.get("runbooks", {}),
            {gauge: (str(pair[0]), str(pair[1])) for gauge, pair in self._gauges(found).items()},
        )

    def knows(self, role: str, name: str) -> bool:
        """Return whether there is a watch of this name."""
        return f"{role}:{name}" in self._watches

    def _gauges(self, watch: Mapping[str, Any]) -> Mapping[str, list[str]]:
        return self._checks.get(str(watch.get("check", "")), {})

    def runbook_of_role(self, role: str) -> str:
        return str(self._roles.get(role, ""))


def read(path: str) -> NotifyFile:
    """Return the content of a file. Raises NotUsable."""
    try:
        value = json.loads(read_regular(path, _LARGEST))
    except OSError as error:
        raise NotUsable(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise NotUsable(f"{path} is not JSON: copy it from the build again") from None
    try:
        return NotifyFile(value)
    except NotUsable as error:
        raise NotUsable(f"{path}: {error}") from None
