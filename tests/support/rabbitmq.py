"""The real RabbitMQ with its management plugin, as one node without a network beyond this machine."""

import base64
import json
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.support.daemons import Daemon, accepts, running
from tests.support.ports import free_port
from tests.support.real import require

_SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
_CONTROL = "/usr/lib/rabbitmq/bin/rabbitmqctl"
_CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
stomp.listeners.tcp.1 = 127.0.0.1:{stomp}
collect_statistics_interval = 250
management.rates_mode = basic
management.sample_retention_policies.global.minute = 1
management.sample_retention_policies.basic.minute = 1
management.sample_retention_policies.detailed.minute = 1
"""


class Rabbitmq(Daemon):
    """Node whose administrator is guest. url: of the management API.

    It takes 5 to 20 seconds to start, and hardly a test needs one of its own.
    """

    def __init__(self, folder: Path, epmd: int) -> None:
        self.management, self._stomp = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.management}"
        require("rabbitmqctl", package="rabbitmq-server")
        (folder / "plugins").write_text("[rabbitmq_management,rabbitmq_stomp].\n")
        (folder / "rabbitmq.conf").write_text(
            _CONFIGURATION.format(amqp=free_port(), management=self.management, stomp=self._stomp)
        )
        self.environment = {
            "HOME": str(folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(epmd),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_NODENAME": f"checks{self.management}@localhost",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
        }
        super().__init__([_SERVER], folder, self._is_ready, env=self.environment, patience=180)

    def control(self, *words: str) -> None:
        """Run rabbitmqctl, which takes a second."""
        done = subprocess.run(
            [_CONTROL, *words], env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **self.environment}, capture_output=True
        )
        assert done.returncode == 0, done

    def api(self, method: str, path: str, body: object = None) -> object:
        """Send a request of the administrator to the management API, and return the answer."""
        request = urllib.request.Request(
            f"{self.url}/api/{path}",
            None if body is None else json.dumps(body).encode(),
            {
                "Authorization": f"Basic {base64.b64encode(b'guest:guest').decode()}",
                "Content-Type": "application/json",
            },
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def monitor(self, name: str, password: str, *, tags: str = "monitoring", vhost: str = "/") -> None:
        """Create an account as the pages of the checks write it. vhost: "" for none."""
        self.api("PUT", f"users/{name}", {"password": password, "tags": tags})
        if vhost:
            rights = dict.fromkeys(("configure", "write", "read"), "^$")
            self.api("PUT", f"permissions/{quote(vhost, safe='')}/{name}", rights)

    def publish(self, queue: str, number: int = 1) -> None:
        """Send messages to a queue; to no queue where it does not exist."""
        message = {"properties": {}, "routing_key": queue, "payload": "x", "payload_encoding": "string"}
        for _ in range(number):
            self.api("POST", "exchanges/%2F/amq.default/publish", message)

    @contextmanager
    def consumer(self, queue: str) -> Iterator[None]:
        """Take messages of a queue, by STOMP, without an acknowledgement."""
        with socket.create_connection(("127.0.0.1", self._stomp), 20) as client:
            client.sendall(b"CONNECT\nlogin:guest\npasscode:guest\nhost:/\naccept-version:1.2\n\n\0")
            assert client.recv(1_000).startswith(b"CONNECTED")
            client.sendall(f"SUBSCRIBE\nid:1\ndestination:/amq/queue/{queue}\nack:client\n\n\0".encode())
            yield

    def _is_ready(self) -> bool:
        try:
            self.api("GET", "overview")
        except (OSError, urllib.error.HTTPError):
            return False
        return True


@contextmanager
def rabbitmq(folder: Path) -> Iterator[Rabbitmq]:
    """Run a RabbitMQ, and the port mapper that it needs, until the block ends."""
    with ExitStack() as stack:
        port = free_port()
        program = require("epmd", package="rabbitmq-server")
        mapper = Daemon(
            [program, "-port", str(port), "-address", "127.0.0.1"], folder, lambda: accepts(f"127.0.0.1:{port}")
        )
        stack.enter_context(running(mapper))
        yield stack.enter_context(running(Rabbitmq(folder, port)))
