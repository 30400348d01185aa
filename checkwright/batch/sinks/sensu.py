"""`sensu` or `sensu:URL`: events for the API of the local Sensu agent, which queues them on its disk.

202 means queued. 400 (and 413, 422) concerns the event: it would be refused again, so it is counted, logged and
dropped. Everything else concerns the agent or the connection: the event is kept and tried again.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from checkwright.batch.http_post import HttpPost
from checkwright.batch.results import Result, parts_of, values_of
from checkwright.batch.sink import Context, QueueSink, Receipt
from checkwright.core.errors import BadUsage
from checkwright.core.sensu_output import for_sensu
from checkwright.core.text import clean
from sensu.events import Events, Measured

DEFAULT = "http://127.0.0.1:3031"
#: Seconds for one event, whatever the agent does meanwhile.
PATIENCE = 10.0
_QUEUED = range(200, 300)
_REFUSED = (400, 413, 422)


def make(place: str, context: Context) -> QueueSink:
    """Return the sink for a place. Raises BadUsage."""
    url = place or DEFAULT
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 3031
    except ValueError:
        host, port = None, 0
    if host is None or parts.scheme != "http" or parts.path.strip("/") or parts.query or parts.username:
        raise BadUsage(f"sensu needs the URL of an agent's API such as {DEFAULT}, not {clean(url, 200)!r}")
    return AgentApi(host, port, lasting=not context.once)


class AgentApi(QueueSink):
    """Posts events over one connection, which it keeps open."""

    most = 100

    def __init__(self, host: str, port: int, *, lasting: bool) -> None:
        """lasting: results come on the plan's intervals, so that Sensu may notice missing ones (the event's ttl)."""
        self._url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self._server = HttpPost(host, port, patience=PATIENCE)
        self._lasting = lasting
        self._events: Events | None = None

    def payload(self, result: Result) -> bytes:
        task = result.task
        measured = Measured(
            host=task.host,
            status=result.code,
            # The output of the agent's own run. That of a foreign plugin stays as it is there too.
            output=(for_sensu(result.output) if task.entry.check else result.output) + "\n",
            executed=int(result.started),
            seconds=result.seconds,
            values=tuple(
                (value.label, value.value)
                for value in values_of(parts_of(result.output).perfdata)
                if value.value is not None
            ),
            lasting=self._lasting,
        )
        if self._events is None or self._events.plan is not task.plan:
            self._events = Events(task.plan)
        return json.dumps(self._events.event(task.entry, measured)).encode("ascii")

    def send(self, payloads: Sequence[bytes]) -> Receipt:
        refused: list[str] = []
        for number, payload in enumerate(payloads):
            try:
                status, answer = self._server.post("/events", payload, {"Content-Type": "application/json"})
            except (OSError, http.client.HTTPException) as error:
                return Receipt(number - len(refused), tuple(refused), self._unreachable(error))
            if status in _REFUSED:
                refused.append(f"{_about(payload)}: the agent at {self._url} answered {status} {answer}".rstrip())
            elif status not in _QUEUED:
                return Receipt(number - len(refused), tuple(refused), self._unwilling(status, answer))
        return Receipt(len(payloads) - len(refused), tuple(refused))

    def close(self) -> None:
        self._server.close()

    def _unreachable(self, error: Exception) -> str:
        if isinstance(error, ConnectionRefusedError):
            return f"no Sensu agent listens at {self._url}: connection refused"
        if isinstance(error, TimeoutError):
            return f"the Sensu agent at {self._url} did not answer within {PATIENCE:.0f} s"
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
        return f"cannot reach the Sensu agent at {self._url}: {clean(text, 200)}"

    def _unwilling(self, status: int, answer: str) -> str:
        if 400 <= status < 500 and status not in (408, 429):
            return f"the server at {self._url} is not the API of a Sensu agent: {status} {answer}".rstrip()
        return f"the Sensu agent at {self._url} cannot take events now: {status} {answer}".rstrip()


def _about(payload: bytes) -> str:
    event = json.loads(payload)
    return f"{event['check']['metadata']['name']} of {event['entity']['metadata']['name']}"
