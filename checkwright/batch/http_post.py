"""POST requests over one kept connection, each bounded in time whatever the server does meanwhile."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Mapping

from checkwright.core.text import clean

_LONGEST_ANSWER = 4_096


class HttpPost:
    """Connection to one server. patience: seconds for a request and its answer."""

    def __init__(self, host: str, port: int, *, patience: float, tls: bool = False) -> None:
        kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
        self._connection = kind(host, port, timeout=patience)
        self._patience = patience
        self._hung_up = False

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Return status and beginning of the answer. Raises OSError, HTTPException.

        A connection that the server has closed meanwhile is reopened, so a request may arrive twice.
        """
        fresh = self._connection.sock is None
        try:
            return self._exchange(path, body, headers)
        except (ConnectionError, http.client.RemoteDisconnected):
            if fresh:
                raise
            return self._exchange(path, body, headers)

    def close(self) -> None:
        self._connection.close()

    def _exchange(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        # A socket's own timeout restarts with each byte: this one ends the whole exchange.
        watch = threading.Timer(self._patience, self._hang_up)
        watch.daemon = True
        self._hung_up = False
        watch.start()
        try:
            self._connection.request("POST", path, body, dict(headers))
            answer = self._connection.getresponse()
            text = answer.read(_LONGEST_ANSWER)
            if self._hung_up:  # the answer ended because of us, not of the server
                raise TimeoutError
            if answer.read(1):
                self._connection.close()
            return answer.status, clean(text.decode("utf-8", "replace"), 200)
        except (OSError, http.client.HTTPException):
            self._connection.close()
            if self._hung_up:
                raise TimeoutError from None
            raise
        finally:
            watch.cancel()

    def _hang_up(self) -> None:
        self._hung_up = True
        sock = self._connection.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has just ended by itself
