"""Single questions by UDP, as SNTP and other small protocols ask them."""

import time

from checkwright.core.current import doing
from checkwright.core.errors import CheckError
from checkwright.core.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.net.connect import Family

_LARGEST = 65_535


class Udp(Source):
    """Queries over UDP: one packet out, one packet back.

        class Ntp(Source):
            def offset(self, host: str) -> float:
                answer, seconds = self.udp.ask(host, 123, request())

    A packet is sent once: UDP may lose it, so give the check's watch more than one attempt.
    """

    def ask(self, host: str, port: int, data: bytes, *, name: str = "", family: "Family" = "") -> tuple[bytes, float]:
        """Send one packet, and return the answer and the seconds that it took. Packets from other hosts are ignored.

        name: the kind of server, for errors, such as `NTP server`. Raises Down for silence, a closed port and a missing
        host, and CannotTell if the packet cannot be sent.
        """
        import socket

        from checkwright.net import connect
        from checkwright.net.deadline import Deadline

        kind = f"{name} " if name else ""
        target = f"{kind}{connect.join_host_port(host, port)}/udp"
        doing(target)
        deadline = Deadline()
        addresses = connect.resolve(host, port, target, deadline, family=family)
        problem: CheckError | None = None
        for position, (version, address) in enumerate(addresses):
            try:
                with socket.socket(version, socket.SOCK_DGRAM) as sock:
                    sock.settimeout(deadline.left() / (len(addresses) - position))
                    sock.connect(address)
                    began = time.perf_counter()
                    sock.send(data)
                    answer = sock.recv(_LARGEST)
                    return answer, time.perf_counter() - began
            except OSError as error:
                problem = problem or connect.failure(error, target, deadline)
        if problem is None:
            raise LookupError(f"{target} has no address")
        raise problem
