"""Events of Sensu Go, as its API gives them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from checkwright.status.observed import SERVICE_STATES, Observed, Remark, Snapshot, State, Unreadable, moment_of
from checkwright.status.sensu_connection import SensuConnection
from sensu.conditions import ATTEMPTS

#: Seconds for all pages together.
_PATIENCE = 20.0
_KEEPALIVE, _PING = "keepalive", "host-up"
_UNKNOWN = 3


class SensuApi(SensuConnection):
    """API of a Sensu backend, for its events. See SensuConnection."""

    def __init__(self, url: str, key: str = "", clock: Callable[[], float] = time.time) -> None:
        super().__init__(url, key)
        self._clock = clock

    def snapshot(self, namespace: str) -> Snapshot:
        """Return the events of a namespace, with the reasons of silences. Raises Unreadable."""
        until = time.monotonic() + _PATIENCE
        events = self.all(f"namespaces/{namespace}/events", until)
        silences = self.all(f"namespaces/{namespace}/silenced", until)
        return snapshot(events, silences, namespace, self.name, self._clock())


def snapshot(
    events: Iterable[Any], silences: Iterable[Any], namespace: str, source: str = "Sensu", taken: float = 0.0
) -> Snapshot:
    """Return events of a namespace as observations. Raises Unreadable for JSON that is none of Sensu's."""
    try:
        known = {one["metadata"]["name"]: _silence(one) for one in silences}
        observed = tuple(_observed(one, known, namespace) for one in events if one.get("check"))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise Unreadable(f"{source} gives events in a form that Sensu Go does not have") from None
    return Snapshot(source=f"{source}, namespace {namespace}", kind="sensu", taken=taken, observed=observed)


def _observed(event: Mapping[str, Any], silences: Mapping[str, Remark], namespace: str) -> Observed:
    check = event["check"]
    name = str(check["metadata"]["name"])
    status = int(check["status"])
    is_host = name == _KEEPALIVE or name.partition(".")[0] == _PING
    first, _, rest = str(check.get("output") or "").rstrip().partition("\n")
    silenced = [str(one) for one in check.get("silenced") or ()]
    annotations = {
        **(event.get("metadata") or {}).get("annotations", {}),
        **(check["metadata"].get("annotations") or {}),
    }
    attempts = str(annotations.get(ATTEMPTS, "1"))
    return Observed(
        host=str(event["entity"]["metadata"]["name"]),
        service="" if is_host else name,
        environment=namespace,
        state=_state(status, is_host=is_host),
        # A keepalive warns first, which notifies nobody.
        confirmed=status > 1 if name == _KEEPALIVE else int(check.get("occurrences") or 1) >= _number(attempts),
        since=_since(check, status),
        last_check=moment_of(check.get("executed")),
        output=first.partition("|")[0].rstrip(),
        details="\n".join(line.partition("|")[0].rstrip() for line in rest.split("\n")) if rest else "",
        flapping=check.get("state") == "flapping",
        in_downtime=bool(silenced),
        downtime=next((silences[one] for one in silenced if one in silences), None),
    )


def _state(status: int, *, is_host: bool) -> State:
    if is_host:
        return "UP" if status == 0 else "DOWN"
    return SERVICE_STATES[status] if 0 <= status <= _UNKNOWN else "UNKNOWN"


def _since(check: Mapping[str, Any], status: int) -> float:
    """Return the time of the first result of the present state in the history, which has 21 results at most."""
    since = moment_of(check.get("executed"))
    for one in reversed(check.get("history") or ()):
        if min(int(one["status"]), _UNKNOWN) != min(status, _UNKNOWN):
            return since
        since = moment_of(one["executed"])
    return since


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 1


def _silence(one: Mapping[str, Any]) -> Remark:
    begin, end = (moment_of(max(0, int(one.get(name) or 0))) for name in ("begin", "expire_at"))  # -1 is no end
    return Remark(str(one.get("creator") or ""), str(one.get("reason") or ""), begin, end)
