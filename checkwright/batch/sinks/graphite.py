"""`graphite:HOST[:PORT]`: lines of the plaintext protocol of carbon.

Carbon acknowledges nothing. It closes a connection when it has read all of it, so each delivery has a connection of
its own, and counts once the server has closed that after the end. A value that arrives twice for one moment replaces
itself.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from zlib import crc32

from checkwright.batch.measured_values import measured
from checkwright.batch.results import Result
from checkwright.batch.sink import Context, QueueSink, Receipt
from checkwright.core.errors import BadUsage
from checkwright.core.text import clean
from checkwright.net.connect import split_host_port

#: Seconds for one delivery.
PATIENCE = 10.0
_PORT = 2003
#: First part of all paths.
PREFIX = "checkwright"
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
#: Characters that are common in names, with their replacements in a path.
_USUAL = {"/": "+", ".": ":"}


def make(place: str, context: Context) -> QueueSink:
    """Return the sink for a place. Raises BadUsage."""
    if not place or "," in place or "/" in place:
        raise BadUsage(f"graphite needs HOST:PORT of a carbon, such as graphite:127.0.0.1:{_PORT}")
    return Carbon(*split_host_port(place, _PORT, "graphite"))


class Carbon(QueueSink):
    """Sends lines to one carbon."""

    most = 1_000

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._name = f"{host}:{port}"

    def payload(self, result: Result) -> bytes:
        task = result.task
        place = ".".join(map(path_part, (PREFIX, task.plan.environment, task.host, task.watch)))
        moment = int(result.started)
        lines = [f"{place}._state {result.code} {moment}\n", f"{place}._seconds {result.seconds!r} {moment}\n"]
        for one in measured(result):
            name = f"{path_part(one.gauge)}.{path_part(one.item)}" if one.item else path_part(one.gauge)
            lines.append(f"{place}.{name} {float(one.number)!r} {moment}\n")
        return "".join(lines).encode("ascii")

    def send(self, payloads: Sequence[bytes]) -> Receipt:
        until = time.monotonic() + PATIENCE
        try:
            with socket.create_connection(self._address, PATIENCE) as peer:
                peer.sendall(b"".join(payloads))
                peer.shutdown(socket.SHUT_WR)
                while True:
                    peer.settimeout(max(0.001, until - time.monotonic()))
                    if not peer.recv(4_096):
                        return Receipt(len(payloads))
        except ConnectionRefusedError:
            return Receipt(0, problem=f"no carbon listens at {self._name}: connection refused")
        except TimeoutError:
            return Receipt(0, problem=f"carbon {self._name} did not take all lines within {PATIENCE:.0f} s")
        except OSError as error:
            return Receipt(0, problem=f"cannot reach carbon {self._name}: {clean(error.strerror or error, 200)}")


def path_part(text: str) -> str:
    """Return one part of a path: letters, digits, `_` and `-`, with `+` for `/` and `:` for `.`.

    Two texts never share a part: any other character becomes `_`, and a checksum of the text follows.
    """
    if text and _PLAIN.issuperset(text):
        return text
    part = "".join(letter if letter in _PLAIN else _USUAL.get(letter, "_") for letter in text)
    return (
        part
        if text and _PLAIN.union(_USUAL).issuperset(text)
        else f"{part}-{crc32(text.encode('utf-8', 'surrogatepass')):08x}"
    )
