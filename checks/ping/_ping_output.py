"""Output of the program ping, of iputils and of BusyBox."""

from checkwright.core.errors import CannotTell, Down
from checkwright.core.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.sources.command import Finished

#: Ends of the errors of ping, each with a clear sentence.
_ERRORS = {
    "Network is unreachable": "this machine has no route to that network",
    "Temporary failure in name resolution": "the name cannot be resolved: no DNS server answers",
    "Operation not permitted": "this account may not ping: give ping its capability, cap_net_raw+ep",
    "Permission denied": "this account may not ping: give ping its capability, cap_net_raw+ep",
    "lacking privilege for raw socket.": "this account may not ping: see CAP_NET_RAW in ping(8)",
}
_NO_NAME = ("Name or service not known", "No address associated with hostname", "bad address")


class Echoes:
    """Answers of a host. lost: percentage of the packets. Round trip times are in seconds, None without an answer."""

    __slots__ = ("average", "longest", "lost")

    def __init__(self, lost: float = 0.0, average: float | None = None, longest: float | None = None) -> None:
        self.lost = lost
        self.average = average
        self.longest = longest


def parse(host: str, done: "Finished") -> Echoes:
    """Parse the output of `ping -q`. Raises Down if the name does not exist, CannotTell if ping cannot work."""
    lost: float | None = None
    times: list[float] = []
    for line in done.output.split("\n"):
        if "packet loss" in line:
            share = next(part for part in line.split(",") if "packet loss" in part)
            lost = _number(share.split()[0].removesuffix("%"))
        elif " = " in line and "min/avg/max" in line:
            times = [
                number for one in line.partition(" = ")[2].split()[0].split("/") if (number := _number(one)) is not None
            ]
    if lost is None:
        message = clean((done.errors.strip() or done.output.strip() or f"exit code {done.code}").split("\n")[-1], 150)
        if any(text in message for text in _NO_NAME):
            raise Down(f"ping {host}: the name does not exist")
        known = next((sentence for text, sentence in _ERRORS.items() if message.endswith(text)), "")
        raise CannotTell(f"ping {host}: {known or message}")
    return Echoes(lost, times[1] / 1_000, times[2] / 1_000) if len(times) >= 3 else Echoes(lost)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
