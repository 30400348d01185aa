"""Server with canned answers, for tests of a source that speaks a protocol of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress


@contextmanager
def serve(
    answers: Mapping[bytes, bytes], *, greeting: bytes = b"", hang_up: bool = False, path: str = ""
) -> Iterator[str]:
    """Run a server with canned answers while the `with` block runs, and yield its address for `Stream.dial`.

        with serve({b"version\\r\\n": b"VERSION 1.6.18\\r\\n"}) as address:
            assert Memcached().version(address) == "1.6.18"

    answers: by request, each exactly as the client sends it. The server closes the connection at any other request.
    greeting: sent to each client at once. hang_up: close the connection after the greeting or the first answer.
    path: listen on a Unix socket at this path instead of a free port of 127.0.0.1.
    """
    listener = socket.socket(socket.AF_UNIX) if path else socket.create_server(("127.0.0.1", 0))
    if path:
        listener.bind(path)
        listener.listen()
    thread = threading.Thread(target=_accept, args=(listener, dict(answers), greeting, hang_up), daemon=True)
    thread.start()
    try:
        yield path or f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _accept(listener: socket.socket, answers: Mapping[bytes, bytes], greeting: bytes, hang_up: bool) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            arguments = (connection, answers, greeting, hang_up)
            threading.Thread(target=_converse, args=arguments, daemon=True).start()


def _converse(connection: socket.socket, answers: Mapping[bytes, bytes], greeting: bytes, hang_up: bool) -> None:
    request = b""
    with connection, suppress(OSError):
        connection.sendall(greeting)
        while not (hang_up and greeting):
            part = connection.recv(65_536)
            request += part
            if request in answers:
                connection.sendall(answers[request])
                request = b""
                if hang_up:
                    return
            elif not part or not any(known.startswith(request) for known in answers):
                return
