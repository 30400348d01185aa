"""Statistics of memcached servers, read with the text command `stats`."""

from checkwright.core.text import clean
from checkwright.sources import CannotTell, Down, Source, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PORT = 11211


class MemcachedState:
    """Statistics of one server: its values by name, and the seconds from the connection to the last line."""

    __slots__ = ("seconds", "values")

    def __init__(self, values: "Mapping[str, str]", seconds: float = 0.0) -> None:
        self.values = dict(values)
        self.seconds = seconds

    def number(self, name: str) -> float:
        """Return a value as a number, 0 if this version does not have it. Raises CannotTell for a word."""
        text = self.values.get(name, "0")
        try:
            return float(text)
        except ValueError:
            raise CannotTell(f"memcached reports {clean(text, 50)!r} as {name}, which is not a number") from None


class MemcachedServers(Source):
    """Connections to memcached servers, a new one for each request."""

    def state(self, address: str) -> MemcachedState:
        """Return the statistics of a server, `HOST[:PORT]` or the path of its socket.

        Raises Down if no memcached answers or it has too many connections, CannotTell if it requires a login.
        """
        import time

        began = time.perf_counter()
        with Stream.dial(address, PORT, name="memcached") as stream:
            stream.send(b"stats\r\n")
            values: dict[str, str] = {}
            while (line := stream.line()) != b"END":
                text = line.decode("utf-8", "backslashreplace")
                if text.startswith("CLIENT_ERROR") and "authenticat" in text:
                    raise CannotTell(f"{stream.target}: it requires a login for its statistics: {clean(text, 100)}")
                if text.startswith("ERROR Too many open connections"):
                    raise Down(f"{stream.target}: it accepts no more clients: {clean(text, 100)}")
                values |= parse([text])  # at once: another kind of server may never send END
            if "curr_connections" not in values:
                raise KeyError("curr_connections")
            return MemcachedState(values, time.perf_counter() - began)


def parse(lines: "Iterable[str]") -> dict[str, str]:
    """Parse the lines `STAT NAME VALUE` of an answer to `stats`. Raises ValueError for any other line."""
    found = {}
    for line in lines:
        parts = line.split(" ", 2)
        if len(parts) != 3 or parts[0] != "STAT":
            raise ValueError(f"{clean(line, 80)!r} is no line of memcached's statistics")
        found[parts[1]] = parts[2]
    return found
