"""Gearman job servers, asked by the text commands that they answer on the port of their jobs."""

from checkwright.core.current import doing
from checkwright.core.errors import Down
from checkwright.core.source import Source
from checkwright.core.text import clean
from checkwright.net import connect

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Sequence

    from checkwright.net.deadline import Deadline

PORT = 4730
#: Bytes of an answer that are read: a line for each queue, and no server has so many.
_LIMIT = 10_000_000


class JobQueue:
    """One queue of a server. waiting: jobs that nobody has taken; running: jobs that were; workers: who take them."""

    __slots__ = ("name", "running", "waiting", "workers")

    def __init__(self, name: str, waiting: int, running: int, workers: int) -> None:
        self.name = name
        self.waiting = waiting
        self.running = running
        self.workers = workers


class GearmanServers(Source):
    """Asks gearmand for its queues. A connection for each question."""

    def queues(self, server: str, names: "Sequence[str]" = ("*",), exclude: "Sequence[str]" = ()) -> list[JobQueue]:
        """The queues of a server (`HOST` or `HOST:PORT`), by name: those that it has met since its start.

        names, exclude: queues, or shell patterns over their names. One that is named without a wildcard is listed,
        with zeros, where the server does not know it.
        Raises Down where it does not answer as a gearmand, CannotTell where we could not look.
        """
        from checkwright.net.deadline import Deadline

        host, port = connect.host_and_port(server, PORT, "--server")
        what = f"gearmand {connect.shown_host(host, port)}"
        doing(what)
        deadline = Deadline()
        opened: socket.socket = connect.connect(host, port, what, deadline).sock
        try:
            opened.sendall(b"status\n")
            answer = _answer(opened, what, deadline)
        except OSError as error:
            raise connect.trouble(error, what, deadline) from None
        finally:
            opened.close()
        lines = answer.decode("utf-8", "backslashreplace").split("\n")[:-2]
        return matching((_queue(line, what) for line in lines), names, exclude)


def matching(queues: "Iterable[JobQueue]", names: "Sequence[str]", exclude: "Sequence[str]") -> list[JobQueue]:
    """The queues that are asked for, as `GearmanServers.queues` says."""
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


def _answer(opened: "socket.socket", what: str, deadline: "Deadline") -> bytes:
    """All lines to the one that is a dot."""
    data = bytearray()
    while not data.endswith(b"\n.\n") and data != b".\n":
        try:
            more = opened.recv(65_536)
        except TimeoutError:
            raise _nonsense(what, data, f"within {deadline.shown()}") from None
        data += more
        if not more:
            raise _nonsense(what, data, "before it closed the connection")
        if len(data) > _LIMIT:
            raise _nonsense(what, data, f"in its first {_LIMIT} bytes")
    return bytes(data)


def _queue(line: str, what: str) -> JobQueue:
    """`NAME\\tJOBS\\tRUNNING\\tWORKERS`, where only the name may hold further tabs."""
    parts = line.rsplit("\t", 3)
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts[1:]):
        raise Down(f"{what}: it answered {clean(line, 200)!r} to `status`, as no gearmand does")
    jobs, running, workers = map(int, parts[1:])
    return JobQueue(parts[0], max(0, jobs - running), running, workers)


def _nonsense(what: str, data: bytearray, when: str) -> Down:
    if not data:
        return Down(f"{what}: it said nothing {when}")
    said = clean(data[:200].decode("utf-8", "backslashreplace"), 200)
    return Down(f"{what}: it said {said!r} and not all of a gearmand's answer to `status` {when}")
