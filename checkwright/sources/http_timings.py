"""Time of an HTTP exchange by phase."""


class Timings:
    """Seconds per phase, summed over redirects; None for a phase that did not happen.

    resolve: the name lookup. connect: the TCP handshake. tls: the TLS handshake. first_byte: from the last byte of the
    request to the head of the answer. total: everything up to the last byte of the answer.
    """

    __slots__ = ("connect", "first_byte", "resolve", "tls", "total")

    def __init__(
        self,
        total: float = 0.0,
        *,
        resolve: float | None = None,
        connect: float | None = None,
        tls: float | None = None,
        first_byte: float | None = None,
    ) -> None:
        self.total = total
        self.resolve = resolve
        self.connect = connect
        self.tls = tls
        self.first_byte = first_byte

    def add(self, phase: str, seconds: float) -> None:
        """Add `seconds` to a phase."""
        setattr(self, phase, (getattr(self, phase) or 0.0) + seconds)
