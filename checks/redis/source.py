"""State of Redis servers and Sentinels, read with INFO and a few other commands of the protocol RESP."""

from checkwright.core.text import clean
from checkwright.sources import CannotTell, Down, Source, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from checkwright.core.secret import Secret
    from checkwright.net.tls_context import TlsOptions

PORT = 6379
SENTINEL_PORT = 26379
#: First words of errors that concern the account of the check, and not the server's health.
_ACCOUNT = ("NOAUTH", "WRONGPASS", "NOPERM", "DENIED", "ERR unknown command", "ERR unknown subcommand")
#: First words of a node of a cluster that does not have the key.
_ELSEWHERE = ("MOVED", "ASK", "TRYAGAIN")
_TOO_MANY = "max number of clients"
_NO_PASSWORD_SET = "without any password configured"  # noqa: S105 - the server's words
#: Most values of a reply, far above those of a reply that the check requests.
_MOST_PARTS = 10_000


class Failed(str):
    """Error reply of a server, such as `NOPERM this user has no permissions to run the 'info' command`."""

    __slots__ = ()


class RedisState:
    """State of one server.

    info: the fields of INFO by name. cluster: the fields of CLUSTER INFO, empty where cluster mode is off.
    lists: number of entries by name of a list, empty while the server loads its data. seconds: time from the
    connection to the reply.
    """

    __slots__ = ("cluster", "info", "lists", "seconds")

    def __init__(
        self,
        info: "Mapping[str, str]",
        *,
        cluster: "Mapping[str, str] | None" = None,
        lists: "Mapping[str, int] | None" = None,
        seconds: float = 0.0,
    ) -> None:
        self.info = dict(info)
        self.cluster = dict(cluster or {})
        self.lists = dict(lists or {})
        self.seconds = seconds

    def number(self, name: str) -> float | None:
        """Return a field as a number; None if the server does not have it. Raises CannotTell for a word."""
        return _number(self.info, name)

    def errors(self, kind: str) -> float:
        """Return the number of errors of one kind, such as OOM, since the server's start."""
        return _number(fields(self.info.get(f"errorstat_{kind}", "")), "count") or 0

    def replicas(self) -> "list[dict[str, str]]":
        """Return the fields of each connected replica: ip, port, state, offset, lag."""
        return _numbered(self.info, "slave")


class SentinelState:
    """State of one Sentinel.

    masters: the fields of each master by its name: status, address, slaves, sentinels. quorums: by name, "" for a
    quorum that can be reached, else the reason of the Sentinel.
    """

    __slots__ = ("masters", "quorums", "seconds")

    def __init__(
        self, masters: "Mapping[str, Mapping[str, str]]", quorums: "Mapping[str, str]", seconds: float = 0.0
    ) -> None:
        self.masters = {name: dict(found) for name, found in masters.items()}
        self.quorums = dict(quorums)
        self.seconds = seconds


class RedisServers(Source):
    """Connections to Redis servers and Sentinels, a new one for each request."""

    def state(
        self,
        address: str,
        *,
        user: str = "",
        password: "Secret | None" = None,
        tls: "TlsOptions | None" = None,
        lists: "Sequence[str]" = (),
    ) -> RedisState:
        """Return the state of a server, `HOST[:PORT]` or the path of its socket. lists: lists to count.

        Raises Down if no Redis answers or has no room for one more client, CannotTell if the account is rejected
        or may not run a command, BadUsage.
        """
        import time

        began = time.perf_counter()
        with Stream.dial(address, PORT, name="redis", tls=tls) as stream:
            _log_in(stream, user, password)
            info = parse_info(_text(stream, _ask(stream, "INFO"), "INFO"))
            seconds = time.perf_counter() - began
            if "redis_version" not in info:
                raise ValueError("the reply to INFO has no redis_version")
            ready = info.get("loading") != "1"  # a server that loads its data answers INFO and nothing else
            clustered = ready and info.get("cluster_enabled") == "1"
            cluster = parse_info(_text(stream, _ask(stream, "CLUSTER", "INFO"), "CLUSTER INFO")) if clustered else {}
            counts = {name: _count(stream, name) for name in lists} if ready else {}
        return RedisState(info, cluster=cluster, lists=counts, seconds=seconds)

    def sentinel(
        self,
        address: str,
        names: "Sequence[str]" = (),
        *,
        user: str = "",
        password: "Secret | None" = None,
        tls: "TlsOptions | None" = None,
    ) -> SentinelState:
        """Return the state of a Sentinel. names: masters, by default all that it monitors. Raises as `state` does."""
        import time

        began = time.perf_counter()
        with Stream.dial(address, SENTINEL_PORT, name="sentinel", tls=tls) as stream:
            _log_in(stream, user, password)
            info = parse_info(_text(stream, _ask(stream, "INFO", "sentinel"), "INFO"))
            if "sentinel_masters" not in info:
                raise CannotTell(f"{stream.target}: it is a Redis server and no Sentinel: use the check redis")
            masters = parse_masters(info)
            seconds = time.perf_counter() - began
            quorums = {}
            for name in names or masters:
                if name not in masters:
                    known = ", ".join(sorted(masters)) or "none"
                    raise CannotTell(f"{stream.target}: it monitors no master {clean(name, 100)}, only {known}")
                quorums[name] = _quorum(stream, name)
        return SentinelState({name: masters[name] for name in quorums}, quorums, seconds)


def parse_info(text: str) -> dict[str, str]:
    """Parse the lines `NAME:VALUE` of a reply to INFO. Titles of sections and empty lines are left out."""
    lines = (line.rstrip("\r") for line in text.split("\n"))
    return {name: value for name, colon, value in (line.partition(":") for line in lines if line[:1] != "#") if colon}


def parse_masters(info: "Mapping[str, str]") -> dict[str, dict[str, str]]:
    """Return the fields of each master of a Sentinel by its name, from a parsed INFO."""
    if "sentinel_masters" not in info:
        raise ValueError("it is a Redis server and no Sentinel")
    return {found["name"]: found for found in _numbered(info, "master")}


def fields(text: str) -> dict[str, str]:
    """Parse `NAME=VALUE,NAME=VALUE`."""
    return {name: value for name, equals, value in (part.partition("=") for part in text.split(",")) if equals}


def _numbered(info: "Mapping[str, str]", name: str) -> list[dict[str, str]]:
    """Return the fields of `slave0`, `slave1` and so on."""
    found: list[dict[str, str]] = []
    while f"{name}{len(found)}" in info:
        found.append(fields(info[f"{name}{len(found)}"]))
    return found


def _number(values: "Mapping[str, str]", name: str) -> float | None:
    text = values.get(name)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise CannotTell(f"redis reports {clean(text, 50)!r} as {name}, which is not a number") from None


def encode(words: "Sequence[str]") -> bytes:
    """Return a command as the protocol has it: an array of strings with their lengths."""
    encoded = [word.encode("utf-8", "surrogateescape") for word in words]
    parts = [b"*%d\r\n" % len(encoded), *(b"$%d\r\n%b\r\n" % (len(word), word) for word in encoded)]
    return b"".join(parts)


def _ask(stream: Stream, *words: str) -> object:
    stream.send(encode(words))
    return _reply(stream)


def _reply(stream: Stream) -> object:
    """Return the next reply: a text, a number, None, Failed, or a list of these. Raises ValueError."""
    line = stream.line()
    kind, rest = line[:1], line[1:]
    if kind in (b"+", b"-"):
        text = rest.decode("utf-8", "backslashreplace")
        return Failed(text) if kind == b"-" else text
    if kind not in (b":", b"$", b"*") or not rest.removeprefix(b"-").isdigit() or len(rest) > 19:
        raise ValueError(f"{clean(line.decode('utf-8', 'backslashreplace'), 80)!r} is no reply of Redis")
    size = int(rest)
    if kind == b":":
        return size
    if size < 0:
        return None
    if kind == b"$":
        data = stream.exactly(size + 2)
        return data[:-2].decode("utf-8", "backslashreplace")
    if size > _MOST_PARTS:
        raise ValueError(f"a reply has {size} parts")
    return [_reply(stream) for _ in range(size)]


def _log_in(stream: Stream, user: str, password: "Secret | None") -> None:
    if password is None:
        return
    reply = _ask(stream, "AUTH", *([user] if user else []), password.value())
    if isinstance(reply, Failed) and _NO_PASSWORD_SET in reply:
        raise CannotTell(f"{stream.target}: the server has no password, and the check was given one")
    if isinstance(reply, Failed) and reply.startswith("ERR ") and _TOO_MANY not in reply:  # servers before 6
        raise CannotTell(f"{stream.target}: it refuses AUTH: {clean(reply, 200)}")
    _text(stream, reply, "AUTH")


def _text(stream: Stream, reply: object, command: str) -> str:
    """Return a reply as text. Raises CannotTell or Down for an error reply, ValueError for another kind of reply."""
    if isinstance(reply, Failed):
        text = clean(reply, 200)
        if reply.startswith(_ACCOUNT):
            raise CannotTell(f"{stream.target}: it refuses {command}: {text}")
        if _TOO_MANY in reply:
            raise Down(f"{stream.target}: it accepts no more clients: {text}")
        raise Down(f"{stream.target}: {command} fails: {text}")
    if not isinstance(reply, str):
        raise ValueError(f"the reply to {command} is no text")
    return reply


def _count(stream: Stream, name: str) -> int:
    reply = _ask(stream, "LLEN", name)
    if isinstance(reply, Failed) and reply.startswith("WRONGTYPE"):
        raise CannotTell(f"{stream.target}: the key {clean(name, 100)} is no list")
    if isinstance(reply, Failed) and reply.startswith(_ELSEWHERE):
        raise CannotTell(
            f"{stream.target}: the list {clean(name, 100)} is on another node of the cluster: {clean(reply, 100)}"
        )
    if isinstance(reply, Failed):
        _text(stream, reply, "LLEN")
    if not isinstance(reply, int):
        raise ValueError("the reply to LLEN is no number")
    return reply


def _quorum(stream: Stream, name: str) -> str:
    """Return "" if the quorum for a master can be reached, else the reason."""
    reply = _ask(stream, "SENTINEL", "CKQUORUM", name)
    if isinstance(reply, Failed) and reply.startswith("NOQUORUM"):
        return str(reply).partition(" ")[2] or "no quorum"
    _text(stream, reply, "SENTINEL CKQUORUM")
    return ""
