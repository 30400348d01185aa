"""Text of nginx's module stub_status."""


class StubStatus:
    """Counts of one nginx. accepted, handled, requests: since the start of nginx. The others are current connections.

    active: connections, idle ones included. reading, writing, waiting: they read a request, answer, or are idle.
    """

    __slots__ = ("accepted", "active", "handled", "reading", "requests", "waiting", "writing")

    def __init__(
        self,
        *,
        active: int = 1,
        accepted: int = 1,
        handled: int = 1,
        requests: int = 1,
        reading: int = 0,
        writing: int = 1,
        waiting: int = 0,
    ) -> None:
        self.active = active
        self.accepted = accepted
        self.handled = handled
        self.requests = requests
        self.reading = reading
        self.writing = writing
        self.waiting = waiting


def parse(text: str) -> StubStatus:
    """Parse the page of `stub_status`. Raises ValueError for any other text."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0].startswith("Active connections: ") or not lines[1].startswith("server accepts"):
        raise ValueError("not a page of stub_status")
    accepted, handled, requests = [int(word) for word in lines[2].split()[:3]]
    words = lines[3].split()
    states = {name.rstrip(":").lower(): int(number) for name, number in zip(words[::2], words[1::2], strict=True)}
    if set(states) != {"reading", "writing", "waiting"}:
        raise ValueError("not the states of stub_status")
    return StubStatus(
        active=int(lines[0].rpartition(":")[2]), accepted=accepted, handled=handled, requests=requests, **states
    )
