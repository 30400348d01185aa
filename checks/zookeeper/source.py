"""State of ZooKeeper servers, read with the four letter words srvr and mntr."""

from checkwright.core.text import clean
from checkwright.sources import CannotTell, Source, Stream

PORT = 2181
_NOT_SERVING = "not currently serving requests"
_NOT_ALLOWED = "not in the whitelist"


class ZookeeperState:
    """State of one server.

    mode: leader, follower, observer, standalone, or "" for one that serves nobody, as without a quorum. latency: the
    average and the most in seconds since the start. values: those of mntr by name, empty where it was not requested.
    """

    __slots__ = ("connections", "latency", "mode", "nodes", "outstanding", "seconds", "values")

    def __init__(
        self,
        mode: str,
        *,
        connections: int = 0,
        outstanding: int = 0,
        nodes: int = 0,
        latency: tuple[float, float] = (0.0, 0.0),
        values: "dict[str, str] | None" = None,
        seconds: float = 0.0,
    ) -> None:
        self.mode = mode
        self.connections = connections
        self.outstanding = outstanding
        self.nodes = nodes
        self.latency = latency
        self.values = values or {}
        self.seconds = seconds

    def number(self, name: str) -> float | None:
        """Return a value of mntr as a number, None if it does not have one."""
        try:
            return float(self.values[name])
        except (KeyError, ValueError):
            return None


class ZookeeperServers(Source):
    """Connections to ZooKeeper servers, one for each word."""

    def state(self, address: str, *, details: bool = False) -> ZookeeperState:
        """Return the state of a server, `HOST[:PORT]`. details: with the values of mntr, which it must allow.

        Raises Down if no ZooKeeper answers, CannotTell if it does not allow the word.
        """
        import time

        began = time.perf_counter()
        state = parse(self._ask(address, "srvr"))
        state.seconds = time.perf_counter() - began
        if details and state.mode:
            lines = (line.partition("\t") for line in self._ask(address, "mntr").split("\n"))
            state.values = {name: value for name, tab, value in lines if tab}
        return state

    def _ask(self, address: str, word: str) -> str:
        with Stream.dial(address, PORT, name="zookeeper") as stream:
            stream.send(word.encode())
            text = stream.rest().decode("utf-8", "backslashreplace")
            if _NOT_ALLOWED in text:
                raise CannotTell(f"{stream.target}: it does not allow {word}: set 4lw.commands.whitelist=srvr, {word}")
            if word == "srvr":
                parse(text)  # inside the block, which reports what cannot be read
            return text


def parse(text: str) -> ZookeeperState:
    """Parse the answer to srvr. Raises ValueError for another one."""
    if _NOT_SERVING in text:
        return ZookeeperState("")
    lines = (line.partition(": ") for line in text.split("\n"))
    values = {name: value for name, colon, value in lines if colon}
    if "Zookeeper version" not in values or "Mode" not in values:
        raise ValueError(f"{clean(text, 80)!r} is no answer of ZooKeeper")
    latencies = values["Latency min/avg/max"].split("/")
    return ZookeeperState(
        values["Mode"],
        connections=int(values["Connections"]),
        outstanding=int(values["Outstanding"]),
        nodes=int(values["Node count"]),
        latency=(float(latencies[1]) / 1_000, float(latencies[2]) / 1_000),
    )
