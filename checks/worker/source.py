"""Status of warm workers, read from their status sockets."""

from checkwright.sources import CannotTell, Source, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "/run/checkwright/worker.sock"
_LIMIT = 4_000_000


class WorkerStatus:
    """Status of one worker. Times are in seconds, memory is in bytes.

    held: jobs without an answer yet. waiting: held jobs that have not begun. oldest: age of the oldest held job.
    p50, p99: latency of answers, None if there was no answer. stuck: threads that do not return. ended: helper
    processes that were lost since the start. frontends: by name, whether they are connected.
    """

    __slots__ = ("ended", "frontends", "held", "jobs", "memory", "oldest", "p50", "p99", "stuck", "waiting")

    def __init__(
        self,
        *,
        held: int = 0,
        waiting: int = 0,
        oldest: float = 0.0,
        p50: float | None = None,
        p99: float | None = None,
        stuck: int = 0,
        ended: int = 0,
        jobs: int = 0,
        memory: int = 0,
        frontends: "Mapping[str, bool] | None" = None,
    ) -> None:
        self.held = held
        self.waiting = waiting
        self.oldest = oldest
        self.p50 = p50
        self.p99 = p99
        self.stuck = stuck
        self.ended = ended
        self.jobs = jobs
        self.memory = memory
        self.frontends = dict(frontends or {})


class Workers(Source):
    """Status sockets of this machine's workers, a new connection for each request."""

    def status(self, path: str = DEFAULT) -> WorkerStatus:
        """Return the status of the worker with this status socket.

        Raises Down if no worker answers, CannotTell if this user may not connect or something else answers.
        """
        with Stream.dial(path, name="worker", limit=_LIMIT) as stream:
            answer = stream.rest()
        try:
            return parse(answer)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError):
            raise CannotTell(f"{stream.target} is not a worker of this version: its answer has another form") from None


def parse(answer: bytes) -> WorkerStatus:
    """Parse the JSON document that a worker sends. Raises ValueError, KeyError, TypeError and the like."""
    import json

    found = json.loads(answer)
    return WorkerStatus(
        held=int(found["held"]),
        waiting=int(found["waiting"]),
        oldest=float(found["oldest"]),
        p50=None if found["p50"] is None else float(found["p50"]),
        p99=None if found["p99"] is None else float(found["p99"]),
        stuck=sum(int(one["stuck"]) for one in found["processes"]),
        ended=int(found["counts"]["ended"]),
        jobs=int(found["counts"]["jobs"]),
        memory=int(found["memory"]),
        frontends={str(one["name"]): bool(one["connected"]) for one in found["frontends"]},
    )
