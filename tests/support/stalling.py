"""Proxy on the loopback interface that can stop forwarding without closing a connection."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Stalling:
    """Proxy of another port. While `stalled` is set it forwards nothing in either direction."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.stalled = threading.Event()
        self._ended = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self._ended.is_set():
            with suppress(OSError):
                near, _ = self._listener.accept()
                self._sockets.append(near)
                try:
                    far = socket.create_connection(("127.0.0.1", self._target), 5)
                except OSError:
                    near.shutdown(socket.SHUT_RDWR)
                    continue
                far.settimeout(None)
                self._sockets.append(far)
                for source, sink in ((near, far), (far, near)):
                    thread = threading.Thread(target=self._pass, args=(source, sink), daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                while self.stalled.is_set() and not self._ended.is_set():
                    time.sleep(0.01)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._ended.set()
        for one in (self._listener, *self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in (self._listener, *self._sockets):
            one.close()


@contextmanager
def stalling(port: int) -> Iterator[Stalling]:
    """Run a proxy of this port until the block ends."""
    proxy = Stalling(port)
    try:
        yield proxy
    finally:
        proxy.close()
