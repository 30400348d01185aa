"""Statistics of uWSGI servers, which they send to each client of the socket `--stats`."""

from checkwright.sources import Source, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PORT = 1717


class UwsgiState:
    """Statistics of one server.

    queues: connections that wait and the length of the queue, by socket. workers: the word of each worker, such as
    idle, busy, cheap. counters: requests, exceptions and harakiri since the start of the workers.
    """

    __slots__ = ("counters", "queues", "seconds", "workers")

    def __init__(
        self,
        *,
        queues: "dict[str, tuple[int, int]] | None" = None,
        workers: "list[str] | None" = None,
        counters: "dict[str, float] | None" = None,
        seconds: float = 0.0,
    ) -> None:
        self.queues = queues or {}
        self.workers = workers or []
        self.counters = counters or {}
        self.seconds = seconds


class UwsgiServers(Source):
    """Connections to the statistics of uWSGI servers, a new one for each request."""

    def state(self, address: str) -> UwsgiState:
        """Return the statistics, from `HOST[:PORT]` or the path of a socket. Raises Down, CannotTell."""
        import time

        began = time.perf_counter()
        with Stream.dial(address, PORT, name="uwsgi") as stream:
            state = parse(stream.rest())
            state.seconds = time.perf_counter() - began
            return state


def parse(answer: bytes) -> UwsgiState:
    """Parse the document. Raises ValueError for another one, KeyError for one without an expected field."""
    import json

    try:
        document = json.loads(answer)
    except ValueError:
        raise ValueError(f"it begins {answer[:40]!r}, and is no JSON") from None
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")
    try:
        return _state(document)
    except (TypeError, AttributeError, OverflowError):
        raise ValueError("a value in it is of another kind than expected") from None


def _state(document: "dict[str, Any]") -> UwsgiState:
    workers = document["workers"]
    counters = {
        "requests": sum(worker["requests"] for worker in workers),
        "exceptions": sum(worker["exceptions"] for worker in workers),
        "harakiri": sum(worker["harakiri_count"] for worker in workers),
    }
    return UwsgiState(
        queues={str(one["name"]): (int(one["queue"]), int(one["max_queue"])) for one in document["sockets"]},
        workers=[str(worker["status"]) for worker in workers],
        counters=counters,
    )
