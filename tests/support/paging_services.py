"""Doubles of services that page people, which follow their documented APIs, and an SMTP server.

PagerDuty: Events API v2. Opsgenie: Alert API. Slack: incoming webhooks. A test sets `failing` for other answers.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.servers import WebServer, web_server

Reply = tuple[int, dict[str, str], str]
KEY = "R0utingKey0123456789abcdef012345"
API_KEY = "f0e1d2c3-0000-4444-8888-aabbccddeeff"
HOOK = "/services/T000/B000/secretXYZ"
TOKEN = "t0ken-of-the-gateway"


class Services:
    """State of the services. `events` are accepted requests, as (path, JSON); `failing` answers in their place."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.attempts = 0
        self.open: dict[str, str] = {}
        self.failing: Callable[[BaseHTTPRequestHandler], Reply | None] | None = None
        self.server: WebServer | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.port}"

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> Reply:
        self.attempts += 1
        if self.failing and (reply := self.failing(handler)):
            return reply
        path = urlsplit(handler.path).path
        value = json.loads(body)
        if path == "/v2/enqueue":
            reply = self._pagerduty(value)
        elif path.startswith("/v2/alerts"):
            reply = self._opsgenie(handler, path, value)
        elif path == HOOK:
            reply = (200, {}, "ok") if value.get("text") else (400, {}, "no_text")
        elif path.startswith("/services/"):
            reply = (404, {}, "no_service")
        elif handler.headers["Authorization"] != f"Bearer {TOKEN}":
            reply = (401, {}, "")
        else:
            reply = (204, {}, "")
        if reply[0] < 300:
            self.events.append((path, value))
        return reply

    def _pagerduty(self, event: dict[str, Any]) -> Reply:
        faults = []
        if event.get("routing_key") != KEY:
            faults.append("'routing_key' is invalid")
        if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
            faults.append("'event_action' is invalid")
        if event["event_action"] == "trigger":
            payload = event["payload"]
            if not payload["summary"] or len(payload["summary"]) > 1_024 or not payload["source"]:
                faults.append("'payload.summary' is invalid")
            if payload["severity"] not in ("critical", "error", "warning", "info"):
                faults.append("'payload.severity' is invalid")
        elif not event.get("dedup_key"):
            faults.append("'dedup_key' is missing")
        if len(event.get("dedup_key", "")) > 255:
            faults.append("'dedup_key' is too long")
        if faults:
            body = {"status": "invalid event", "message": "Event object is invalid", "errors": faults}
            return 400, {}, json.dumps(body)
        self.open[event["dedup_key"]] = event["event_action"]
        body = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return 202, {}, json.dumps(body)

    def _opsgenie(self, handler: BaseHTTPRequestHandler, path: str, value: dict[str, Any]) -> Reply:
        if handler.headers["Authorization"] != f"GenieKey {API_KEY}":
            return 401, {}, json.dumps({"message": "Could not authenticate", "took": 0.001, "requestId": "r"})
        words = path.removeprefix("/v2/alerts").strip("/").split("/")
        if words == [""]:
            if not value.get("message") or len(value["message"]) > 130 or len(value["alias"]) > 512:
                return 422, {}, json.dumps({"message": "Request body is not processable", "requestId": "r"})
            self.open[value["alias"]] = "trigger"
        elif parse_qs(urlsplit(handler.path).query) != {"identifierType": ["alias"]}:
            return 404, {}, json.dumps({"message": "Alert does not exist", "requestId": "r"})
        else:
            self.open[words[0]] = words[1]
        return 202, {}, json.dumps({"result": "Request will be processed", "took": 0.1, "requestId": "43a29c5c"})


class _Everything(dict[str, Any]):
    """Pages of the server: one function for each path."""

    def __init__(self, page: Callable[[BaseHTTPRequestHandler], None]) -> None:
        super().__init__()
        self._page = page

    def __missing__(self, _: str) -> Callable[[BaseHTTPRequestHandler], None]:
        return self._page


@contextmanager
def paging_services(context: Any = None) -> Iterator[Services]:
    """Run the services on one port."""
    services = Services()

    def page(handler: BaseHTTPRequestHandler) -> None:
        assert services.server is not None
        status, headers, text = services.answer(handler, services.server.seen[-1][3])
        content = text.encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    with web_server(_Everything(page), context) as server:
        services.server = server
        yield services


class SmtpServer:
    """SMTP server for one message after the other. `refuse` is the answer to RCPT, "" to accept."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.refuse = ""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as lines:
                self._converse(connection, lines)

    def _converse(self, connection: socket.socket, lines: Any) -> None:
        connection.sendall(b"220 test ESMTP\r\n")
        for line in lines:
            word = line.strip().upper()
            if word.startswith(b"RCPT") and self.refuse:
                connection.sendall(f"{self.refuse}\r\n".encode())
            elif word == b"DATA":
                connection.sendall(b"354 go on\r\n")
                self.mails.append(b"".join(iter(lines.readline, b".\r\n")))
                connection.sendall(b"250 queued\r\n")
            elif word == b"QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            else:
                connection.sendall(b"250 ok\r\n")

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def smtp_server() -> Iterator[SmtpServer]:
    server = SmtpServer()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(5)
