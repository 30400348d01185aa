"""Puts jobs on a gearmand's queues and waits until it has them: for whoever has no event loop."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence

from checkwright.worker.gearman.packets import Kind, Nonsense, PacketReader, request


class NotTaken(Exception):
    """Why gearmand did not take the rest: one sentence. taken: how many jobs it has taken before."""

    def __init__(self, why: str, taken: int) -> None:
        super().__init__(why)
        self.taken = taken


def submit(host: str, port: int, queue: str, payloads: Sequence[bytes], seconds: float) -> None:
    """Put background jobs on a queue, in order, within so many seconds. Raises NotTaken."""
    taken = 0
    end = time.monotonic() + seconds
    try:
        with socket.create_connection((host, port), seconds) as connection:
            reader = PacketReader()
            name = queue.encode("utf-8", "surrogateescape")
            connection.settimeout(max(0.01, end - time.monotonic()))
            connection.sendall(b"".join(request(Kind.SUBMIT_JOB_BG, name, b"", payload) for payload in payloads))
            while taken < len(payloads):
                connection.settimeout(max(0.01, end - time.monotonic()))
                data = connection.recv(65_536)
                if not data:
                    raise NotTaken("it closed the connection", taken)
                for packet in reader.feed(data):
                    if packet.kind is Kind.ERROR:
                        raise NotTaken(f"it says {b': '.join(packet.arguments).decode('utf-8', 'replace')}", taken)
                    if packet.kind is Kind.JOB_CREATED:
                        taken += 1
    except TimeoutError:
        raise NotTaken(f"no answer within {seconds:g} s", taken) from None
    except ConnectionRefusedError:
        raise NotTaken("connection refused", taken) from None
    except Nonsense as nonsense:
        raise NotTaken(str(nonsense), taken) from None
    except OSError as error:
        raise NotTaken((error.strerror or str(error)).lower(), taken) from None
