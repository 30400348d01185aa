"""The real HAProxy, with two web servers behind it, a stats socket and a stats page."""

from pathlib import Path

from tests.support.daemons import Daemon, accepts
from tests.support.ports import free_port
from tests.support.real import require

_CONFIGURATION = """\
global
    stats socket {socket} mode 600 level user
    stats socket {admin} mode 600 level admin
    maxconn 100
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
    retries 1
frontend web
    bind 127.0.0.1:{web}
    default_backend shop
listen stats
    bind 127.0.0.1:{stats}
    stats enable
    stats uri /stats
    stats auth nagios:s3cret
backend shop
    server web1 127.0.0.1:{one} maxconn 1 check inter 100ms fall 2 rise 2
    server web2 127.0.0.1:{two} maxconn 1 check inter 100ms fall 2 rise 2
"""


class Haproxy(Daemon):
    """HAProxy with the backend `shop` of the servers web1 and web2 at two ports of this machine.

    socket: stats socket of the level user. web, stats: ports of the frontend, and of the stats page with a login.
    """

    def __init__(self, folder: Path, one: int, two: int) -> None:
        self.socket = str(folder / "user.sock")
        self.admin = str(folder / "admin.sock")
        self.web, self.stats = free_port(), free_port()
        file = folder / "haproxy.cfg"
        file.write_text(
            _CONFIGURATION.format(
                socket=self.socket, admin=self.admin, web=self.web, stats=self.stats, one=one, two=two
            )
        )
        program = require("haproxy", package="haproxy")
        super().__init__([program, "-db", "-f", str(file)], folder, lambda: accepts(self.socket))

    def command(self, line: str) -> str:
        """Send a command to the admin socket and return the answer."""
        import socket

        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.admin)
            client.sendall(f"{line}\n".encode())
            answer = b""
            while more := client.recv(65_536):
                answer += more
        return answer.decode()
