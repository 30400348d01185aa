"""Queues of Gearman job servers, read with the text command `status` on the port for jobs."""

from checkwright.core.secret import beginning
from checkwright.sources import Source, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PORT = 4730


class JobQueue:
    """One queue of a server.

    waiting: jobs that no worker has taken. running: jobs that a worker has taken. workers: connected for this queue.
    """

    __slots__ = ("name", "running", "waiting", "workers")

    def __init__(self, name: str, waiting: int, running: int, workers: int) -> None:
        self.name = name
        self.waiting = waiting
        self.running = running
        self.workers = workers


class GearmanServers(Source):
    """Connections to gearmand servers, a new one for each request."""

    def queues(self, server: str, names: "Sequence[str]" = ("*",), exclude: "Sequence[str]" = ()) -> list[JobQueue]:
        """Return the queues that a server has met since its start, sorted by name.

        server: `HOST` or `HOST:PORT`. names, exclude: queues, or shell patterns. A queue that is named without a
        wildcard is listed with zeros where the server does not know it.
        Raises Down if no gearmand answers, CannotTell if the connection cannot be tried.
        """
        with Stream.dial(server, PORT, name="gearmand") as stream:
            stream.send(b"status\n")
            return select(parse(iter(stream.line, b".")), names, exclude)


def parse(lines: "Iterable[bytes]") -> list[JobQueue]:
    """Parse the lines of the answer to `status`, without the last one, which is a dot. Raises ValueError."""
    return [_queue(line.decode("utf-8", "backslashreplace")) for line in lines]


def select(queues: "Iterable[JobQueue]", names: "Sequence[str]", exclude: "Sequence[str]") -> list[JobQueue]:
    """Return the queues that match `names` and not `exclude`, see GearmanServers.queues."""
    from fnmatch import fnmatchcase

    found = {
        queue.name: queue
        for queue in queues
        if any(queue.name == name or fnmatchcase(queue.name, name) for name in names)
        and (queue.name in names or not any(fnmatchcase(queue.name, pattern) for pattern in exclude))
    }
    for name in names:
        if not any(character in name for character in "*?["):
            found.setdefault(name, JobQueue(name, 0, 0, 0))
    return [found[name] for name in sorted(found)]


def _queue(line: str) -> JobQueue:
    """Parse `NAME\\tJOBS\\tRUNNING\\tWORKERS`. Only the name may contain further tabs."""
    parts = line.rsplit("\t", 3)
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts[1:]):
        raise ValueError(f"{' '.join(beginning(line, 200).split())!r} is not a line of gearmand's status")
    jobs, running, workers = map(int, parts[1:])
    return JobQueue(parts[0], max(0, jobs - running), running, workers)
