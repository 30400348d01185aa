"""`gearman:HOST[:PORT][,HOST...][,key=FILE][,queue=NAME]`: the queue from which mod_gearman reads results.

As with send_gearman, each result is a background job that the broker module in Nagios takes as a passive result.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

from checkwright.batch.nagios_text import name_in_line
from checkwright.batch.results import Result
from checkwright.batch.sink import Context, QueueSink, Receipt
from checkwright.core.errors import BadUsage
from checkwright.net.connect import split_host_port
from checkwright.worker.gearman import messages
from checkwright.worker.gearman.gearman_client import NotAccepted, submit
from checkwright.worker.gearman.job_results import LARGEST
from checkwright.worker.gearman.payload import BadKey, Codec, read_key

_PORT = 4730
_QUEUE = "check_results"
_SETTINGS = ("key", "queue")
#: Seconds for a gearmand to accept all results of one delivery.
_PATIENCE = 10.0


def make(place: str, context: Context) -> QueueSink:
    """Return the sink for a place. Raises BadUsage."""
    servers: list[tuple[str, int]] = []
    settings = {"key": "", "queue": _QUEUE}
    for part in place.split(","):
        name, equals, value = part.partition("=")
        if not equals:
            servers.append(split_host_port(part, _PORT, "gearman"))
        elif name in _SETTINGS and value:
            settings[name] = value
        else:
            raise BadUsage(f"gearman takes HOST[:PORT], key=FILE and queue=NAME, separated by commas, and not {part!r}")
    if not servers:
        raise BadUsage("gearman needs a gearmand: gearman:HOST[:PORT],key=FILE")
    if not settings["key"]:
        context.log("gearman: results are not encrypted without key=FILE; a mod_gearman that has a key drops them")
    try:
        codec = Codec(read_key(settings["key"]) if settings["key"] else None)
    except BadKey as error:
        raise BadUsage(str(error)) from None
    return ResultQueue(servers, settings["queue"], codec)


class ResultQueue(QueueSink):
    """Sends results to Nagios through the first gearmand that accepts them."""

    def __init__(self, servers: Sequence[tuple[str, int]], queue: str, codec: Codec) -> None:
        self._servers = tuple(servers)
        self._queue = queue
        self._codec = codec
        self._source = socket.gethostname()

    def payload(self, result: Result) -> bytes:
        """Return the text, not encrypted yet: `send` uses the key of that day."""
        found = messages.Result(
            name_in_line(result.task.host),
            name_in_line(result.task.watch),
            "",
            result.started,
            result.ended,
            result.code,
            result.output.encode("utf-8", "backslashreplace")[:LARGEST].decode("utf-8", "ignore"),
            self._source,
        )
        return messages.write_result(found, passive=True).encode()

    def send(self, payloads: Sequence[bytes]) -> Receipt:
        encrypted = [self._codec.write(payload.decode()) for payload in payloads]
        problems = []
        accepted = 0
        for host, port in self._servers:
            try:
                submit(host, port, self._queue, encrypted[accepted:], _PATIENCE)
                return Receipt(len(payloads))
            except NotAccepted as error:
                accepted += error.accepted
                problems.append(f"gearmand {host}:{port}: {error}")
        return Receipt(accepted, problem="; ".join(problems))
