"""Messages of Nagios's worker protocol: pairs KEY=VALUE that each end with NUL, then the four bytes 1 0 0 0."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.worker.job import Answer

END = b"\x01\0\0\0"
#: First bytes of a message that is too long: they hold its number and kind.
_HEAD = 4_096
#: Most bytes of a message. Nagios's own commands take some kilobytes; with environment macros, tens of them.
LARGEST = 1_000_000
_ETIME = 62
#: Bytes of output that are kept while Nagios does not read its results, which must not fill our memory.
_CUT = 4_096


class Messages:
    """Splits the bytes that Nagios sends into messages. Of a message that is too long, only the beginning is kept."""

    __slots__ = ("_buffer", "_skipping")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._skipping = b""

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bool]]:
        """Add bytes and return (message, whole) for each message that has ended, of a long one the beginning."""
        buffer = self._buffer
        buffer += data
        while (end := buffer.find(END)) >= 0:
            message = bytes(buffer[:end])
            del buffer[: end + len(END)]
            if self._skipping:
                yield self._skipping, False
                self._skipping = b""
            elif len(message) > LARGEST:
                yield message[:_HEAD], False
            else:
                yield message, True
        if len(buffer) > LARGEST:
            self._skipping = self._skipping or bytes(buffer[:_HEAD])
            del buffer[: -len(END)]


def pairs(message: bytes) -> dict[bytes, bytes]:
    """Return keys and values; parts without = are left out."""
    found = {}
    for part in message.split(b"\0"):
        key, equals, value = part.partition(b"=")
        if equals:
            found[key] = value
    return found


def environment(text: bytes) -> dict[str, str]:
    """Return the variables of a job, written as one NAME=value a line."""
    found = {}
    for line in text.decode("utf-8", "surrogateescape").split("\n"):
        name, equals, value = line.partition("=")
        if equals and name:
            found[name] = value
    return found


def reply(number: bytes, kind: bytes, answer: Answer, *, cut: bool = False) -> bytes:
    """Return an answer as Nagios reads it. cut: keep little of the output.

    Processor times are left out: Nagios 4.4.6 knows their names, uses them for nothing, and logs a line for each.
    """
    output, errors = _value(answer.output, cut), _value(answer.errors, cut)
    end = b"exited_ok=0\0error_code=%d" % _ETIME if answer.timed_out else b"exited_ok=1"
    return b"job_id=%b\0type=%b\0wait_status=%d\0%b\0start=%b\0stop=%b\0outerr=%b\0outstd=%b\0%b" % (
        number,
        kind,
        answer.status,
        end,
        _time(answer.started),
        _time(answer.stopped),
        errors,
        output,
        END,
    )


def _time(seconds: float) -> bytes:
    """Write a time with six digits after the point: Nagios reads the fraction as a number of microseconds."""
    return b"%.6f" % seconds


def _value(text: bytes, cut: bool) -> bytes:
    # A NUL would end the value, and the rest would be read as further keys.
    if b"\0" in text:
        text = text.replace(b"\0", b"")
    return text[:_CUT] if cut else text
