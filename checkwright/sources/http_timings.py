"""Where the time of an HTTP exchange went."""


class Timings:
    """Seconds, each phase by itself, summed over redirects; None where there was no such phase.

    resolve: the look-up of the name. connect: the TCP handshake. tls: the TLS handshake. first_byte: from the request's
    last byte to the answer's head. total: everything, to the last byte of the answer.
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
        """Count `seconds` towards a phase."""
        setattr(self, phase, (getattr(self, phase) or 0.0) + seconds)
