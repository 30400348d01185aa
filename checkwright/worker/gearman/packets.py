"""Gearman's binary packets, without input or output: bytes to packets, and packets to bytes.

A packet is a magic of four bytes, its kind and the size of its body (both 32
bits, big-endian), and a body of arguments with a NUL between two. The last
argument may hold NULs itself, so the kind defines the number of arguments.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

REQUEST = b"\0REQ"
RESPONSE = b"\0RES"
_HEADER = struct.Struct(">4sII")
#: Bytes that are kept of a body that is too large: enough for a job's handle and queue.
_KEPT = 4_096


class Kind(IntEnum):
    """Kinds of packets, with the protocol's names and numbers."""

    CAN_DO = 1
    CANT_DO = 2
    RESET_ABILITIES = 3
    PRE_SLEEP = 4
    NOOP = 6
    SUBMIT_JOB = 7
    JOB_CREATED = 8
    GRAB_JOB = 9
    NO_JOB = 10
    JOB_ASSIGN = 11
    WORK_STATUS = 12
    WORK_COMPLETE = 13
    WORK_FAIL = 14
    GET_STATUS = 15
    ECHO_REQ = 16
    ECHO_RES = 17
    SUBMIT_JOB_BG = 18
    ERROR = 19
    STATUS_RES = 20
    SUBMIT_JOB_HIGH = 21
    SET_CLIENT_ID = 22
    CAN_DO_TIMEOUT = 23
    ALL_YOURS = 24
    WORK_EXCEPTION = 25
    OPTION_REQ = 26
    OPTION_RES = 27
    WORK_DATA = 28
    WORK_WARNING = 29
    GRAB_JOB_UNIQ = 30
    JOB_ASSIGN_UNIQ = 31
    SUBMIT_JOB_HIGH_BG = 32
    SUBMIT_JOB_LOW = 33
    SUBMIT_JOB_LOW_BG = 34


#: Number of arguments of each kind that has not exactly one.
_ARGUMENTS = {
    Kind.RESET_ABILITIES: 0,
    Kind.PRE_SLEEP: 0,
    Kind.NOOP: 0,
    Kind.GRAB_JOB: 0,
    Kind.NO_JOB: 0,
    Kind.ALL_YOURS: 0,
    Kind.GRAB_JOB_UNIQ: 0,
    Kind.SUBMIT_JOB: 3,
    Kind.SUBMIT_JOB_BG: 3,
    Kind.SUBMIT_JOB_HIGH: 3,
    Kind.SUBMIT_JOB_HIGH_BG: 3,
    Kind.SUBMIT_JOB_LOW: 3,
    Kind.SUBMIT_JOB_LOW_BG: 3,
    Kind.JOB_ASSIGN: 3,
    Kind.JOB_ASSIGN_UNIQ: 4,
    Kind.WORK_STATUS: 3,
    Kind.WORK_COMPLETE: 2,
    Kind.WORK_EXCEPTION: 2,
    Kind.WORK_DATA: 2,
    Kind.WORK_WARNING: 2,
    Kind.STATUS_RES: 5,
    Kind.ERROR: 2,
    Kind.CAN_DO_TIMEOUT: 2,
}


class ProtocolError(Exception):
    """The peer does not speak this protocol: one sentence. Nothing more can be read from the connection."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet. arguments: as many as its kind has.

    dropped: bytes of its body beyond the reader's limit. If there are any, the last argument is not complete.
    """

    kind: Kind
    arguments: tuple[bytes, ...] = ()
    dropped: int = 0


def request(kind: Kind, *arguments: bytes) -> bytes:
    """Return the bytes of a packet to a gearmand.

    Raises ValueError for a wrong number of arguments, or a NUL in an argument that is not the last.
    """
    return _packet(REQUEST, kind, arguments)


def response(kind: Kind, *arguments: bytes) -> bytes:
    """Return the bytes of a packet as a gearmand sends it. Raises as `request` does."""
    return _packet(RESPONSE, kind, arguments)


def _packet(magic: bytes, kind: Kind, arguments: tuple[bytes, ...]) -> bytes:
    expected = _ARGUMENTS.get(kind, 1)
    if len(arguments) != expected:
        raise ValueError(f"{kind.name} has {expected} arguments, not {len(arguments)}")
    if any(b"\0" in argument for argument in arguments[:-1]):
        raise ValueError(f"an argument of {kind.name} holds a NUL, which would be read as its end")
    body = b"\0".join(arguments)
    return _HEADER.pack(magic, kind, len(body)) + body


class PacketReader:
    """Splits the bytes of a connection, in pieces of any size, into packets.

    magic: RESPONSE for packets of a gearmand, REQUEST for packets to it. limit: largest body in bytes. Of a larger one
    only the beginning is kept, so that its sender can still be answered.
    """

    def __init__(self, magic: bytes = RESPONSE, *, limit: int = 1_048_576) -> None:
        self._magic = magic
        self._limit = max(limit, _KEPT)
        self._buffer = bytearray()
        self._skip = 0

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Add bytes and return the packets that are complete.

        Raises ProtocolError, after the packets before it, if the bytes are no packet.
        """
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        self._buffer += memoryview(data)[skipped:]
        return self._complete()

    def _complete(self) -> Iterator[Packet]:
        while len(self._buffer) >= _HEADER.size:
            magic, number, size = _HEADER.unpack_from(self._buffer)
            if magic != self._magic:
                raise self._no_packet()
            kind = _kind(number)
            taken = size if size <= self._limit else _KEPT
            if len(self._buffer) < _HEADER.size + taken:
                return
            body = bytes(self._buffer[_HEADER.size : _HEADER.size + taken])
            dropped = size - taken
            gone = min(len(self._buffer), _HEADER.size + size)
            self._skip = _HEADER.size + size - gone
            del self._buffer[:gone]
            yield _parse(kind, body, dropped)
        if not self._magic.startswith(bytes(self._buffer[: len(self._magic)])):
            raise self._no_packet()

    def _no_packet(self) -> ProtocolError:
        return ProtocolError(f"it sent {bytes(self._buffer[:20])!r}, which is no packet of gearman")


def _kind(number: int) -> Kind:
    try:
        return Kind(number)
    except ValueError:
        raise ProtocolError(f"it sent a packet of kind {number}, which gearman does not have") from None


def _parse(kind: Kind, body: bytes, dropped: int) -> Packet:
    expected = _ARGUMENTS.get(kind, 1)
    arguments = tuple(body.split(b"\0", expected - 1)) if expected else ()
    if len(arguments) != expected or (not expected and body):
        raise ProtocolError(f"it sent {kind.name} with {len(arguments)} of {expected} arguments")
    return Packet(kind, arguments, dropped)
