"""Status pages of PHP-FPM, requested by FastCGI without a web server."""

import time

from checkwright.core.text import clean
from checkwright.sources import CannotTell, Source, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PORT = 9000
_VERSION = 1
_BEGIN, _END, _PARAMS, _STDIN, _STDOUT, _STDERR = 1, 3, 4, 5, 6, 7
_RESPONDER = 1
_REQUEST = 1
_LIMIT = 1_000_000


class PoolStatus:
    """Status of one pool. Counters begin with the start of PHP-FPM.

    manager: static, dynamic or ondemand. active, idle, total: processes. busiest: the most that were active at once.
    queue, queue_length: waiting connections and room for them, always 0 on Unix sockets. reached: times that the pool
    needed more processes than it may have. seconds: the time that the answer took.
    """

    __slots__ = (
        "accepted",
        "active",
        "busiest",
        "idle",
        "manager",
        "name",
        "queue",
        "queue_length",
        "reached",
        "seconds",
        "slow",
        "total",
    )

    def __init__(
        self,
        name: str = "www",
        *,
        manager: str = "dynamic",
        active: int = 1,
        idle: int = 1,
        total: int = 2,
        busiest: int = 1,
        queue: int = 0,
        queue_length: int = 0,
        accepted: int = 1,
        reached: int = 0,
        slow: int = 0,
        seconds: float = 0.003,
    ) -> None:
        self.name = name
        self.manager = manager
        self.active = active
        self.idle = idle
        self.total = total
        self.busiest = busiest
        self.queue = queue
        self.queue_length = queue_length
        self.accepted = accepted
        self.reached = reached
        self.slow = slow
        self.seconds = seconds


class PhpFpmPools(Source):
    """Pools of PHP-FPM, a new connection for each request."""

    def status(self, address: str, path: str = "/fpm-status") -> PoolStatus:
        """Return the status of a pool. address: the path of a Unix socket, or `HOST[:PORT]`. path: pm.status_path.

        Raises Down if no PHP-FPM answers, CannotTell if this user may not connect, or the path is no status page.
        """
        began = time.perf_counter()
        with Stream.dial(address, PORT, name="php-fpm", limit=_LIMIT) as stream:
            stream.send(request(path))
            answer = response(stream)
            status, body = split(answer)
            if status != 200:
                raise CannotTell(
                    f"{stream.target}: status {status} for {path} ({clean(body, 60)}): "
                    f"add pm.status_path = {path} to the pool's file, since the pool has no status page by default"
                )
            found = parse(body)
        found.seconds = time.perf_counter() - began
        return found


def request(path: str, query: str = "json") -> bytes:
    """Return the FastCGI records of a GET request for a page of PHP-FPM itself."""
    parameters = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": path,
        # Without it PHP-FPM answers "File not found", even for its own pages.
        "SCRIPT_FILENAME": path,
        "REQUEST_URI": f"{path}?{query}",
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    content = b"".join(_pair(name.encode(), value.encode()) for name, value in parameters.items())
    begin = _RESPONDER.to_bytes(2, "big") + b"\0" * 6
    return b"".join((_record(_BEGIN, begin), _record(_PARAMS, content), _record(_PARAMS, b""), _record(_STDIN, b"")))


def response(stream: Stream) -> bytes:
    """Read the records of the answer, and return what PHP-FPM wrote. Raises ValueError for other protocols."""
    output = b""
    while True:
        version, kind, _, _, high, low, padding, _ = stream.exactly(8)
        if version != _VERSION or kind not in (_END, _STDOUT, _STDERR):
            raise ValueError("it is not FastCGI")
        content = stream.exactly(high * 256 + low + padding)[: high * 256 + low]
        if kind == _END:
            if len(content) >= 5 and content[4]:
                raise ValueError(f"it refused the request with FastCGI's status {content[4]}")
            return output
        if kind == _STDOUT:
            output += content


def split(answer: bytes) -> tuple[int, str]:
    """Return status and body of a CGI answer. Raises ValueError for one without headers."""
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        raise ValueError(f"it has no headers, it begins {answer[:60]!r}")
    status = 200
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
    return status, body.decode("utf-8", "replace")


def parse(body: str) -> PoolStatus:
    """Parse the JSON of the status page. Raises ValueError or KeyError for any other text."""
    import json

    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("it is no status page")
    return PoolStatus(
        str(found["pool"]),
        manager=str(found["process manager"]),
        active=_count(found, "active processes"),
        idle=_count(found, "idle processes"),
        total=_count(found, "total processes"),
        busiest=_count(found, "max active processes"),
        queue=_count(found, "listen queue"),
        queue_length=_count(found, "listen queue len"),
        accepted=_count(found, "accepted conn"),
        reached=_count(found, "max children reached"),
        slow=_count(found, "slow requests"),
    )


def _count(found: "Mapping[str, object]", name: str) -> int:
    value = found[name]
    if not isinstance(value, int):
        raise ValueError(f"{name} is no number")
    return value


def _record(kind: int, content: bytes) -> bytes:
    return bytes((_VERSION, kind)) + _REQUEST.to_bytes(2, "big") + len(content).to_bytes(2, "big") + b"\0\0" + content


def _pair(name: bytes, value: bytes) -> bytes:
    return _length(name) + _length(value) + name + value


def _length(data: bytes) -> bytes:
    return bytes((len(data),)) if len(data) < 128 else (len(data) | 1 << 31).to_bytes(4, "big")
