"""Synchronisation of this machine's clock: the kernel's state, chrony's, and the answers of time servers."""

import os
import time

from checkwright.core.text import clean
from checkwright.sources import CannotTell, Down, Source, doing
from checkwright.sources.udp import Udp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.sources.command import Finished

PORT = 123
#: Seconds from 1900, where NTP begins, to 1970.
_EPOCH = 2_208_988_800
_UNSYNCHRONISED = 0x0040  # STA_UNSYNC of adjtimex
_FIELDS_OF_TRACKING = 14


class ClockState:
    """State of a clock, as one observer sees it.

    synchronised: false for one that nothing has set. offset: seconds that the clock of this machine differs, None if
    the observer does not know it. error: the most that it may be wrong, in seconds. stratum: steps to a reference.
    drift: correction of its speed, in millionths.
    """

    __slots__ = ("drift", "error", "offset", "stratum", "synchronised")

    def __init__(
        self,
        *,
        synchronised: bool = True,
        offset: float | None = None,
        error: float | None = None,
        stratum: int | None = None,
        drift: float | None = None,
    ) -> None:
        self.synchronised = synchronised
        self.offset = offset
        self.error = error
        self.stratum = stratum
        self.drift = drift


class Clock(Source):
    """Clock of this machine."""

    def __init__(self) -> None:
        self._udp = Udp()

    def kernel(self) -> ClockState:
        """Return the kernel's own state, which chrony, ntpd and systemd-timesyncd all keep. Raises CannotTell."""
        import ctypes

        doing("adjtimex")
        library = ctypes.CDLL(None, use_errno=True)
        answer = ctypes.create_string_buffer(256)  # struct timex, with modes = 0: it changes nothing
        if library.adjtimex(answer) < 0:
            raise CannotTell(f"cannot ask the kernel for its clock: {os.strerror(ctypes.get_errno())}")
        return parse_timex(answer.raw)

    def server(self, address: str) -> ClockState:
        """Return what a time server, `HOST[:PORT]`, says about this machine's clock.

        Raises Down for silence and for an answer that is none, CannotTell if the server refuses to serve.
        """
        from checkwright.net.connect import split_host_port

        host, port = split_host_port(address, PORT, "NTP server")
        target = f"NTP server {clean(host, 200)}"
        nonce = os.urandom(8)  # in the place of the time, so that nobody can send the answer before
        sent = time.time()
        answer, seconds = self._udp.ask(host, port, bytes([0x23]) + bytes(39) + nonce, name="NTP server")
        return parse_sntp(answer, nonce, sent, sent + seconds, target)

    def chrony(self, port: int = 323) -> ClockState:
        """Return the state of the chronyd of this machine. port: its command port. Raises Down, CannotTell."""
        from checkwright.sources.command import run

        return parse_tracking(run(["chronyc", "-h", "127.0.0.1", "-p", str(port), "-n", "-c", "tracking"]))


def parse_timex(raw: bytes) -> ClockState:
    """Return the state in a struct timex of a 64-bit or 32-bit Linux."""
    import struct

    long = struct.calcsize("l")
    # modes (an int, aligned as a long), offset, freq, maxerror and esterror, and the int status.
    freq, maxerror = struct.unpack_from("ll", raw, 2 * long)
    (status,) = struct.unpack_from("i", raw, 5 * long)
    return ClockState(synchronised=not status & _UNSYNCHRONISED, error=maxerror / 1e6, drift=freq / 65_536)


def parse_sntp(answer: bytes, nonce: bytes, sent: float, received: float, target: str) -> ClockState:
    """Return the state in an answer of SNTP (RFC 4330). nonce: the transmit timestamp of the request.

    sent, received: time of this machine. Raises Down, CannotTell.
    """
    import struct

    if len(answer) < 48 or answer[0] & 0x07 not in (4, 5):
        raise Down(f"{target}: its answer is no time: {len(answer)} bytes")
    leap, stratum = answer[0] >> 6, answer[1]
    if answer[24:32] != nonce:
        raise Down(f"{target}: its answer is to another request")
    if stratum == 0 and (code := answer[12:16].strip(b"\0")):
        raise CannotTell(f"{target}: it refuses to serve this machine: {clean(code.decode('ascii', 'replace'), 20)}")
    if leap == 3 or not 1 <= stratum <= 15:
        return ClockState(synchronised=False)
    delay, dispersion = struct.unpack_from("!II", answer, 4)
    arrived, departed = (_unix(answer[start : start + 8], received) for start in (32, 40))
    return ClockState(
        offset=((arrived - sent) + (departed - received)) / 2,
        error=delay / 65_536 / 2 + dispersion / 65_536,
        stratum=stratum,
    )


def parse_tracking(done: "Finished") -> ClockState:
    """Return the state in the output of `chronyc -c tracking`. Raises Down, CannotTell."""
    text = clean(done.output or done.errors, 200)
    if done.code != 0:
        raise Down(f"chronyd does not answer: {text or f'exit status {done.code}'}")
    fields = done.output.strip().split(",")
    try:
        if len(fields) != _FIELDS_OF_TRACKING:
            raise ValueError("fields")
        return ClockState(
            synchronised=fields[13] != "Not synchronised",
            offset=float(fields[4]),
            error=float(fields[10]) / 2 + float(fields[11]),
            stratum=int(fields[2]),
            drift=float(fields[7]),
        )
    except ValueError:
        raise CannotTell(f"chronyc prints no tracking data: {text}") from None


def _unix(stamp: bytes, near: float) -> float:
    """Return a timestamp of NTP as seconds since 1970. Its seconds begin again in 2036, so take the era near `near`."""
    value = int.from_bytes(stamp, "big") / (1 << 32) - _EPOCH
    return value + round((near - value) / (1 << 32)) * (1 << 32)
