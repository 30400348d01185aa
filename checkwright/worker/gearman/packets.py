"""Gearman's binary packets, without any input or output: bytes in, packets out, and the other way round.

A packet is a magic of four bytes, its kind and the size of its body (both 32
bits, big-endian), and a body of arguments with a NUL between two. The last
argument may hold NULs itself, so how many there are is known from the kind.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

REQUEST = b"\0REQ"
RESPONSE = b"\0RES"
_HEADER = struct.Struct(">4sII")
#: Bytes of a body that are kept when it is larger than its reader takes: enough for a job's handle and queue.
_KEPT = 4_096


class Kind(IntEnum):
    """What a packet says; the names and numbers are the protocol's."""

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


#: How many arguments a kind has, where it is not one.
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


class Nonsense(Exception):
    """The other side does not speak this protocol. One sentence; nothing more can be read from the connection."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet. arguments: as many as its kind has.

    dropped: bytes of its body beyond what the reader takes; where there are any, the last argument is not whole.
    """

    kind: Kind
    arguments: tuple[bytes, ...] = ()
    dropped: int = 0


def request(kind: Kind, *arguments: bytes) -> bytes:
    """The bytes of a packet to a gearmand.

    Raises ValueError for a wrong number of arguments, or a NUL in one that is not the last.
    """
    return _written(REQUEST, kind, arguments)


def response(kind: Kind, *arguments: bytes) -> bytes:
    """The bytes of a packet as a gearmand sends it. Raises as `request` does."""
    return _written(RESPONSE, kind, arguments)


def _written(magic: bytes, kind: Kind, arguments: tuple[bytes, ...]) -> bytes:
    wanted = _ARGUMENTS.get(kind, 1)
    if len(arguments) != wanted:
        raise ValueError(f"{kind.name} has {wanted} arguments, not {len(arguments)}")
    if any(b"\0" in argument for argument in arguments[:-1]):
        raise ValueError(f"an argument of {kind.name} holds a NUL, which would be read as its end")
    body = b"\0".join(arguments)
    return _HEADER.pack(magic, kind, len(body)) + body


class PacketReader:
    """Turns what comes in from a connection, in pieces of any size, into packets.

    magic: RESPONSE for what a gearmand sends, REQUEST for what it receives. limit: bytes of a body that are taken;
    of a larger one only the beginning is kept, so that its sender can still be answered, and the rest is passed over.
    """

    def __init__(self, magic: bytes = RESPONSE, *, limit: int = 1_048_576) -> None:
        self._magic = magic
        self._limit = max(limit, _KEPT)
        self._held = bytearray()
        self._skip = 0

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Take bytes and give the packets that are whole now.

        Raises Nonsense, after the packets before it, where the bytes are no packet.
        """
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        self._held += memoryview(data)[skipped:]
        return self._whole()

    def _whole(self) -> Iterator[Packet]:
        while len(self._held) >= _HEADER.size:
            magic, number, size = _HEADER.unpack_from(self._held)
            if magic != self._magic:
                raise self._no_packet()
            kind = _known(number)
            taken = size if size <= self._limit else _KEPT
            if len(self._held) < _HEADER.size + taken:
                return
            body = bytes(self._held[_HEADER.size : _HEADER.size + taken])
            dropped = size - taken
            gone = min(len(self._held), _HEADER.size + size)
            self._skip = _HEADER.size + size - gone
            del self._held[:gone]
            yield _read(kind, body, dropped)
        if not self._magic.startswith(bytes(self._held[: len(self._magic)])):
            raise self._no_packet()

    def _no_packet(self) -> Nonsense:
        return Nonsense(f"it sent {bytes(self._held[:20])!r}, which is no packet of gearman's")


def _known(number: int) -> Kind:
    try:
        return Kind(number)
    except ValueError:
        raise Nonsense(f"it sent a packet of kind {number}, which gearman does not have") from None


def _read(kind: Kind, body: bytes, dropped: int) -> Packet:
    wanted = _ARGUMENTS.get(kind, 1)
    arguments = tuple(body.split(b"\0", wanted - 1)) if wanted else ()
    if len(arguments) != wanted or (not wanted and body):
        raise Nonsense(f"it sent {kind.name} with {len(arguments)} of {wanted} arguments")
    return Packet(kind, arguments, dropped)
