"""Small HTTP server with the rules of Sensu Go's API for silences, from its sources (6.12)."""

import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Seconds from now on within which a silence must end, unless the backend has another setting.
_LONGEST = 86_400


@dataclass
class Silences:
    """Stored silences by name. deaf: it answers, and stores nothing. user: owner of the key."""

    url: str = ""
    key: str = ""
    deaf: bool = False
    user: str = "deploy"
    stored: dict[str, dict[str, Any]] = field(default_factory=dict)


@contextmanager
def silences_api(namespace: str, key: str = "") -> Iterator[Silences]:
    """Run the API of one namespace until the block ends."""
    found = Silences(key=key)
    path = f"/api/core/v2/namespaces/{namespace}/silenced"

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

        def do_GET(self) -> None:
            if self._is_known():
                self._answer(200, json.dumps(list(found.stored.values())))

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not self._is_known():
                return
            silence = json.loads(body) if self.headers["Content-Type"] == "application/json" else {}
            name = self._name()
            expected = f"{silence.get('subscription') or '*'}:{silence.get('check') or '*'}"
            if name != expected or silence.get("metadata") != {"name": name, "namespace": namespace}:
                self._answer(400, '{"message": "invalid", "code": 3}')
                return
            silence["begin"] = silence["begin"] or int(time.time())
            silence["expire_at"] = silence["begin"] + silence["expire"]
            silence["creator"] = found.user
            if silence["expire_at"] > time.time() + _LONGEST:
                self._answer(500, '{"message": "silenced crossed maximum duration allowed", "code": 1}')
                return
            if not found.deaf:
                found.stored[name] = silence
            self._answer(201, "")

        def do_DELETE(self) -> None:
            if self._is_known():
                gone = self._name() in found.stored if found.deaf else found.stored.pop(self._name(), None)
                self._answer(204 if gone else 404, "")

        def _name(self) -> str:
            return urllib.parse.unquote(self.path.removeprefix(f"{path}/"))

        def _is_known(self) -> bool:
            if found.key and self.headers["Authorization"] != f"Key {found.key}":
                self._answer(401, "")
                return False
            if not self.path.startswith(path):
                self._answer(404, "")
                return False
            return True

        def _answer(self, code: int, text: str) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
