"""Text of Apache's module status, `server-status?auto`."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Letters of the scoreboard: a worker that waits for a connection, and a slot without a worker.
_IDLE, _EMPTY = "_", "."


class ServerStatus:
    """Status of one Apache. accesses, kilobytes, duration: since its start, None without `ExtendedStatus On`.

    busy, idle: workers. slots: workers that there may be. duration: milliseconds of all requests together. uptime: in
    seconds. closing: workers that finish their last requests, of processes that end.
    """

    __slots__ = ("accesses", "busy", "closing", "duration", "idle", "kilobytes", "slots", "uptime")

    def __init__(
        self,
        *,
        busy: int = 1,
        idle: int = 74,
        slots: int = 150,
        closing: int = 0,
        uptime: int = 86_400,
        accesses: int | None = 1_000,
        kilobytes: int | None = 5_000,
        duration: int | None = 30_000,
    ) -> None:
        self.busy = busy
        self.idle = idle
        self.slots = slots
        self.closing = closing
        self.uptime = uptime
        self.accesses = accesses
        self.kilobytes = kilobytes
        self.duration = duration


def parse(text: str) -> ServerStatus:
    """Parse the page. Raises ValueError for any other text.

    Workers are counted in the scoreboard: BusyWorkers leaves out those of processes that end gracefully.
    """
    lines = dict(line.split(": ", 1) for line in text.split("\n") if ": " in line)
    if "Scoreboard" not in lines or "Uptime" not in lines:
        raise ValueError("not a page of server-status?auto")
    board = lines["Scoreboard"].strip()
    idle = board.count(_IDLE)
    return ServerStatus(
        busy=len(board) - idle - board.count(_EMPTY),
        idle=idle,
        slots=len(board),
        closing=board.count("G"),
        uptime=int(lines["Uptime"]),
        accesses=_number(lines, "Total Accesses"),
        kilobytes=_number(lines, "Total kBytes"),
        duration=_number(lines, "Total Duration"),
    )


def _number(lines: "Mapping[str, str]", name: str) -> int | None:
    return int(lines[name]) if name in lines else None
