"""The messages of Nagios's worker protocol: pairs KEY=VALUE that each end with NUL, then the four bytes 1 0 0 0."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.worker.job import Answer

END = b"\x01\0\0\0"
#: The first bytes of a message that is longer than a command may be; they hold its number and kind.
_HEAD = 4_096
#: Bytes of a message. Nagios's own commands end at some kilobytes; with environment macros, at tens of them.
MOST = 1_000_000
_ETIME = 62
#: Longer outputs go through, but a Nagios that does not read them must not fill our memory.
_CUT = 4_096


class Messages:
    """Splits what Nagios sends into messages. One that is too long is told by its head, and the rest is passed over."""

    __slots__ = ("_held", "_skipping")

    def __init__(self) -> None:
        self._held = bytearray()
        self._skipping = b""

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bool]]:
        """(message, whole): what has arrived. Of one that is not whole only the head is given, once it has ended."""
        held = self._held
        held += data
        while (end := held.find(END)) >= 0:
            message = bytes(held[:end])
            del held[: end + len(END)]
            if self._skipping:
                yield self._skipping, False
                self._skipping = b""
            elif len(message) > MOST:
                yield message[:_HEAD], False
            else:
                yield message, True
        if len(held) > MOST:
            self._skipping = self._skipping or bytes(held[:_HEAD])
            del held[: -len(END)]


def pairs(message: bytes) -> dict[bytes, bytes]:
    """Keys and values; a part without = is left out."""
    found = {}
    for part in message.split(b"\0"):
        key, equals, value = part.partition(b"=")
        if equals:
            found[key] = value
    return found


def environment(text: bytes) -> dict[str, str]:
    """The variables of a job: NAME=value, one to a line."""
    found = {}
    for line in text.decode("utf-8", "surrogateescape").split("\n"):
        name, equals, value = line.partition("=")
        if equals and name:
            found[name] = value
    return found


def reply(number: bytes, kind: bytes, answer: Answer, *, cut: bool = False) -> bytes:
    """An answer as Nagios wants it. cut: keep little of the output, for nobody reads it.

    Processor times are left out: Nagios 4.4.6 knows their names, uses them for nothing, and logs a line for each.
    """
    output, errors = _value(answer.output, cut), _value(answer.errors, cut)
    how = b"exited_ok=0\0error_code=%d" % _ETIME if answer.timed_out else b"exited_ok=1"
    return b"job_id=%b\0type=%b\0wait_status=%d\0%b\0start=%b\0stop=%b\0outerr=%b\0outstd=%b\0%b" % (
        number,
        kind,
        answer.status,
        how,
        _time(answer.started),
        _time(answer.stopped),
        errors,
        output,
        END,
    )


def _time(seconds: float) -> bytes:
    """Nagios reads the fraction as a number of microseconds: it must have six digits."""
    return b"%.6f" % seconds


def _value(text: bytes, cut: bool) -> bytes:
    # NUL would end the value, and what follows would be read as further keys.
    if b"\0" in text:
        text = text.replace(b"\0", b"")
    return text[:_CUT] if cut else text
