"""TLS sockets that keep the run's deadline. An SSLContext makes them through its `sslsocket_class`."""

import ssl

from checkwright.net.deadline import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class DeadlineSSLSocket(ssl.SSLSocket):
    """TLS connection whose every read and write ends at the deadline."""

    deadline: Deadline | None = None

    def recv_into(self, *args: "Any", **words: "Any") -> int:
        if self.deadline is not None:
            self.settimeout(self.deadline.left())
        return super().recv_into(*args, **words)

    def recv(self, *args: "Any", **words: "Any") -> bytes:
        if self.deadline is not None:
            self.settimeout(self.deadline.left())
        return super().recv(*args, **words)

    def send(self, *args: "Any", **words: "Any") -> int:
        if self.deadline is not None:
            self.settimeout(self.deadline.left())
        return super().send(*args, **words)
