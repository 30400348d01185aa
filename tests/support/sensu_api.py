"""Small HTTP server with the rules of a Sensu Go agent's events API, from its sources (6.12).

POST /events: 202 for an event that the agent queues, 400 for one that it refuses. `mood` selects other failures.
"""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

#: Behaviour: of an agent; 500 for a full disk; closes the connection; never answers; answers slowly; 404.
Mood = Literal["well", "full", "drops", "drops after reading", "stalls", "drips", "other"]

_NAME = re.compile(r"[A-Za-z0-9_.\-:]+")
_UNSIGNED = ("interval", "timeout", "status", "low_flap_threshold", "high_flap_threshold", "occurrences")
_SIGNED = ("ttl", "executed", "issued", "max_output_size")
_TEXTS = ("command", "output", "state", "proxy_entity_name", "output_metric_format", "cron")
_LISTS = ("handlers", "subscriptions", "output_metric_handlers", "env_vars", "runtime_assets")


class Bad(Exception):
    """The agent refuses an event; the message is the text of the 400."""


@dataclass
class Agent:
    """Events that the server accepted. `attempts` counts all requests."""

    name: str
    url: str = ""
    mood: Mood = "well"
    events: list[dict[str, Any]] = field(default_factory=list)
    attempts: int = 0
    connections: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def took(self) -> list[tuple[str, str, int, str]]:
        """Return entity, check, status and output of each event in their order."""
        return [
            (
                one["entity"]["metadata"]["name"],
                one["check"]["metadata"]["name"],
                one["check"]["status"],
                one["check"]["output"],
            )
            for one in self.events
        ]


@contextmanager
def agent_api(name: str = "web-1", port: int = 0) -> Iterator[Agent]:
    """Run an agent's API under this name until the block ends."""
    agent = Agent(name)
    server = _Server(("127.0.0.1", port), agent)
    agent.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield agent
    finally:
        agent.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def prepared(event: Any, agent: str) -> dict[str, Any]:
    """Return the event as the agent queues it, with the fields that it adds. Raises Bad."""
    if not isinstance(event, dict):
        raise Bad("error unmarshaling event: not an object")
    check, metrics = event.get("check"), event.get("metrics")
    if check is None and metrics is None:
        raise Bad("event must have either a check or metrics defined")
    if check is not None:
        _check(check)
    if metrics is not None:
        _metrics(metrics)
    entity = event.get("entity")
    if entity is not None:
        if not isinstance(entity, dict) or not isinstance(entity.get("metadata"), dict):
            raise Bad("entity: cannot unmarshal")
        name = entity["metadata"].get("name", "")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Bad("entity name must not be empty or have special characters")
        if name != agent and check is not None:
            check["proxy_entity_name"] = name
    return event


def _check(check: Any) -> None:
    if not isinstance(check, dict):
        raise Bad("check: cannot unmarshal")
    _types(check)
    metadata = check.get("metadata") or {}
    name = metadata.get("name", "")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Bad("check name must not be empty or have special characters")
    for kind in ("labels", "annotations"):
        pairs = metadata.get(kind) or {}
        if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
            raise Bad(f"metadata.{kind}: cannot unmarshal")
    check.setdefault("interval", 1)
    ttl = check.get("ttl", 0)
    if ttl and ttl <= check["interval"]:
        raise Bad("ttl must be greater than check interval")
    if 0 < ttl < 5:
        raise Bad("minimum ttl is 5 seconds")
    if "" in check.get("subscriptions", ()):
        raise Bad("subscriptions cannot be empty strings")
    if check.get("max_output_size", 0) < 0:
        raise Bad("MaxOutputSize must be >= 0")


def _types(check: Mapping[str, Any]) -> None:
    """Raise Bad for a wrong type, or a fraction in place of a whole number, as Go's JSON decoder does."""
    for names, fits in (
        (_UNSIGNED, lambda value: type(value) is int and 0 <= value < 2**32),
        (_SIGNED, lambda value: type(value) is int and abs(value) < 2**63),
        (("duration",), lambda value: type(value) in (int, float)),
        (_TEXTS, lambda value: type(value) is str),
        (_LISTS, lambda value: type(value) is list and all(type(one) is str for one in value)),
    ):
        _fits(check, names, fits)


def _fits(check: Mapping[str, Any], names: tuple[str, ...], fits: Callable[[Any], bool]) -> None:
    for name in names:
        if name in check and not fits(check[name]):
            raise Bad(f"json: cannot unmarshal {check[name]!r} into Go struct field Check.{name}")


def _metrics(metrics: Any) -> None:
    points = metrics.get("points") if isinstance(metrics, dict) else None
    for point in points or ():
        if type(point.get("name")) is not str or type(point.get("value")) not in (int, float):
            raise Bad("metrics: cannot unmarshal")
        if type(point.get("timestamp")) is not int:
            raise Bad("metrics: cannot unmarshal timestamp")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], agent: Agent) -> None:
        super().__init__(address, _Handler)
        self.agent = agent

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that close the connection early."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.agent.connections += 1

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def do_POST(self) -> None:
        agent = self.server.agent
        agent.attempts += 1
        mood = agent.mood
        if mood == "drops":
            self._hang_up()
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if mood == "drops after reading":
            self._hang_up()
        elif mood == "stalls":
            agent.stopping.wait(60)
            self._hang_up()
        elif mood == "drips":
            self._drip()
        elif mood == "full":
            self._respond(500, "error queueing event: no space left on device")
        elif mood == "other" or self.path != "/events":
            self._respond(404, "404 page not found")
        else:
            self._take(body)

    def _take(self, body: bytes) -> None:
        try:
            event = prepared(json.loads(body), self.server.agent.name)
        except (Bad, ValueError) as error:
            self._respond(400, str(error))
            return
        self.server.agent.events.append(event)
        self._respond(202, "")

    def _respond(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 202 Accepted\r\n")
        while not self.server.agent.stopping.wait(0.05):
            self.wfile.write(b"X: y\r\n")
            self.wfile.flush()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
