"""The real etcd with one member, on free ports."""

import base64
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.daemons import Daemon
from tests.support.ports import free_port
from tests.support.real import require


class Etcd(Daemon):
    """Member at `url`. quota: most bytes of its database."""

    def __init__(self, folder: Path, *, quota: int = 0) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        peers = f"http://127.0.0.1:{free_port()}"
        words = {
            "data-dir": folder / "data",
            "name": "one",
            "listen-client-urls": self.url,
            "advertise-client-urls": self.url,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "initial-cluster": f"one={peers}",
            "quota-backend-bytes": quota,
        }
        program = require("etcd", package="etcd-server")
        super().__init__([program, *(f"--{name}={value}" for name, value in words.items())], folder, self._is_ready)

    def call(self, path: str, body: object) -> Any:
        """Send a request to the API, such as `kv/put`, and return the answer."""
        request = urllib.request.Request(f"{self.url}/v3/{path}", json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def put(self, key: str, value: bytes) -> None:
        words = (base64.b64encode(part).decode() for part in (key.encode(), value))
        self.call("kv/put", dict(zip(("key", "value"), words, strict=True)))

    def make_room(self, prefix: str) -> None:
        """Delete the keys with a prefix, give their room back, and end the alarm NOSPACE."""
        begin, end = (
            base64.b64encode(key.encode()).decode() for key in (prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1))
        )
        deleted = self.call("kv/deleterange", {"key": begin, "range_end": end})
        self.call("kv/compaction", {"revision": deleted["header"]["revision"], "physical": True})
        self.call("maintenance/defragment", {})
        self.call(
            "maintenance/alarm",
            {"action": "DEACTIVATE", "memberID": deleted["header"]["member_id"], "alarm": "NOSPACE"},
        )

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.HTTPError):
            return False
