"""Client that puts jobs on a queue of gearmand and waits until gearmand has them. For code without an event loop."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence

from checkwright.worker.gearman.packets import Kind, PacketReader, ProtocolError, request


class NotAccepted(Exception):
    """gearmand did not accept the remaining jobs, and why: one sentence. accepted: how many jobs it has accepted."""

    def __init__(self, why: str, accepted: int) -> None:
        super().__init__(why)
        self.accepted = accepted


def submit(host: str, port: int, queue: str, payloads: Sequence[bytes], seconds: float) -> None:
    """Put background jobs on a queue, in order, within so many seconds. Raises NotAccepted."""
    accepted = 0
    end = time.monotonic() + seconds
    try:
        with socket.create_connection((host, port), seconds) as connection:
            reader = PacketReader()
            name = queue.encode("utf-8", "surrogateescape")
            connection.settimeout(max(0.01, end - time.monotonic()))
            connection.sendall(b"".join(request(Kind.SUBMIT_JOB_BG, name, b"", payload) for payload in payloads))
            while accepted < len(payloads):
                connection.settimeout(max(0.01, end - time.monotonic()))
                data = connection.recv(65_536)
                if not data:
                    raise NotAccepted("it closed the connection", accepted)
                for packet in reader.feed(data):
                    if packet.kind is Kind.ERROR:
                        text = b": ".join(packet.arguments).decode("utf-8", "replace")
                        raise NotAccepted(f"it answered {text}", accepted)
                    if packet.kind is Kind.JOB_CREATED:
                        accepted += 1
    except TimeoutError:
        raise NotAccepted(f"no answer within {seconds:g} s", accepted) from None
    except ConnectionRefusedError:
        raise NotAccepted("connection refused", accepted) from None
    except ProtocolError as error:
        raise NotAccepted(str(error), accepted) from None
    except OSError as error:
        raise NotAccepted((error.strerror or str(error)).lower(), accepted) from None
