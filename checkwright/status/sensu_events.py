"""Events of Sensu Go, as its API gives them."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from checkwright.core.errors import BadUsage
from checkwright.status.observed import SERVICE_STATES, Observed, Remark, Snapshot, State, Unreadable, moment_of
from sensu.conditions import ATTEMPTS

#: Seconds for one answer, and for all pages together.
_TIMEOUT, _PATIENCE = 5.0, 20.0
#: Events of one page, and bytes of one answer. Sensu keeps the history and the whole output of each.
_PAGE, _LARGEST = 500, 100_000_000
_KEEPALIVE, _PING = "keepalive", "host-up"
_UNKNOWN = 3


class SensuApi:
    """API of a Sensu backend.

    url: such as http://127.0.0.1:8080. key: an API key, sent as `Authorization: Key` and to no server that this one
    redirects to; "" for none. Raises BadUsage for another kind of URL, or a key that no header can hold.
    """

    def __init__(self, url: str, key: str = "", clock: Callable[[], float] = time.time) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise BadUsage("--sensu needs the URL of a backend's API, such as http://127.0.0.1:8080, without a login")
        if not key.isascii() or not key.isprintable() or " " in key:
            raise BadUsage(
                "the API key of Sensu holds characters that no key has: it is one word, as sensuctl prints it"
            )
        self._url = url.rstrip("/")
        self._key = key
        self._clock = clock
        self.name = f"Sensu at {parts.netloc}"

    def snapshot(self, namespace: str) -> Snapshot:
        """Return the events of a namespace, with the reasons of silences. Raises Unreadable."""
        until = time.monotonic() + _PATIENCE
        events = self._all(f"namespaces/{namespace}/events", until)
        silences = self._all(f"namespaces/{namespace}/silenced", until)
        return snapshot(events, silences, namespace, self.name, self._clock())

    def _all(self, path: str, until: float) -> list[Any]:
        found: list[Any] = []
        following = ""
        while True:
            query = {"limit": str(_PAGE)} | ({"continue": following} if following else {})
            page, following = self._page(f"{path}?{urllib.parse.urlencode(query)}")
            found += page
            if not following:
                return found
            if time.monotonic() > until:  # each page has its own timeout
                raise Unreadable(f"{self.name} did not give all of {path} within {_PATIENCE:.0f} s")

    def _page(self, path: str) -> tuple[list[Any], str]:
        request = urllib.request.Request(f"{self._url}/api/core/v2/{path}")  # noqa: S310 - http or https
        if self._key:
            request.add_unredirected_header("Authorization", f"Key {self._key}")
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as reply:  # noqa: S310
                body = reply.read(_LARGEST + 1)
                following = str(reply.headers.get("Sensu-Continue") or "")
        except urllib.error.HTTPError as error:
            error.close()
            raise Unreadable(f"{self.name} {self._refusal(error.code, path)}") from None
        except OSError as error:  # URLError and a timeout are some
            raise Unreadable(f"{self.name} does not answer: {_reason(error)}") from None
        except ValueError:
            raise Unreadable(f"{self.name} does not answer as HTTP does: is it the port of the API?") from None
        if len(body) > _LARGEST:
            raise Unreadable(f"{self.name} answers with more than {_LARGEST // 1_000_000} MB for {_PAGE} events")
        with suppress(ValueError):
            found = json.loads(body)
            if isinstance(found, list):
                return found, following
        raise Unreadable(f"{self.name} does not answer as Sensu's API does: is it one?")

    def _refusal(self, code: int, path: str) -> str:
        if code in (401, 403):
            other = "another" if self._key else "an"
            return f"answers {code}: name {other} API key that may list events and silences, by --sensu-key FILE"
        if code == 404:
            return f"answers 404 for {path.partition('?')[0]}: there is no such namespace, or this is no Sensu backend"
        return f"answers {code}"


def _reason(error: OSError) -> str:
    """Return why there is no answer. A URLError has the error of the connection, or a text, as its reason."""
    found = getattr(error, "reason", None) or error
    return (found.strerror if isinstance(found, OSError) else "") or str(found)


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
    """Return the moment of the first result of the present state in the history, which has 21 results at most."""
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
