"""The packets of gearman, in pieces of any size."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.worker.gearman.packets import (
    REQUEST,
    RESPONSE,
    Kind,
    Packet,
    PacketReader,
    ProtocolError,
    request,
    response,
)

PLAIN = st.binary(max_size=40).filter(lambda data: b"\0" not in data)
NONE = (Kind.NO_JOB, Kind.NOOP, Kind.PRE_SLEEP)
MANY = {Kind.JOB_ASSIGN: 3, Kind.WORK_COMPLETE: 2, Kind.ERROR: 2, Kind.JOB_CREATED: 1, Kind.SUBMIT_JOB_BG: 3}


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    kind = draw(st.sampled_from((*NONE, *MANY)))
    if kind in NONE:
        return Packet(kind)
    first = [draw(PLAIN) for _ in range(MANY[kind] - 1)]
    return Packet(kind, (*first, draw(st.binary(max_size=200))))


def test_bytes_of_a_request_and_of_a_completion() -> None:
    assert request(Kind.GRAB_JOB) == b"\0REQ\0\0\0\x09\0\0\0\0"
    assert request(Kind.WORK_COMPLETE, b"H:vm:1", b"") == b"\0REQ\0\0\0\x0d\0\0\0\x07H:vm:1\0"
    assert request(Kind.SUBMIT_JOB_BG, b"q", b"", b"a\0b") == b"\0REQ\0\0\0\x12\0\0\0\x06q\0\0a\0b"


@given(st.lists(packets(), max_size=8), st.data())
def test_packets_are_read_in_pieces_of_any_size(sent: list[Packet], data: st.DataObject) -> None:
    stream = b"".join(response(packet.kind, *packet.arguments) for packet in sent)
    reader = PacketReader()
    read: list[Packet] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        read += reader.feed(stream[:size])
        stream = stream[size:]
    assert read == sent


@given(st.binary(max_size=300))
def test_any_bytes_are_packets_or_an_error(data: bytes) -> None:
    reader = PacketReader()
    try:
        for packet in reader.feed(data):
            assert data.startswith(RESPONSE) and packet.dropped >= 0
    except ProtocolError as nonsense:
        assert str(nonsense).startswith("it sent ")
    else:
        assert not data or RESPONSE.startswith(data[:4])


NONSENSE = {
    "a web server": (b"HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1"),
    "its first byte": (b"H", "'H'"),
    "a request": (request(Kind.GRAB_JOB), "no packet of gearman"),
    "an unknown kind": (RESPONSE + struct.pack(">II", 999, 0), "kind 999"),
    "too few arguments": (RESPONSE + struct.pack(">II", 11, 3) + b"H:1", "JOB_ASSIGN with 1 of 3 arguments"),
    "a body if there is none": (RESPONSE + struct.pack(">II", 6, 1) + b"x", "NOOP"),
    "nonsense behind a packet": (response(Kind.NOOP) + b"nonsense", "nonsense"),
}


@pytest.mark.parametrize(("data", "why"), NONSENSE.values(), ids=NONSENSE)
def test_protocol_error_is_raised_early(data: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        list(PacketReader().feed(data))


def test_reader_waits_for_the_rest_of_a_packet() -> None:
    whole = response(Kind.JOB_ASSIGN, b"H:1", b"service", b"payload")
    reader = PacketReader()
    assert [list(reader.feed(whole[position : position + 1])) for position in range(len(whole) - 1)] == [[]] * (
        len(whole) - 1
    )
    assert list(reader.feed(whole[-1:])) == [Packet(Kind.JOB_ASSIGN, (b"H:1", b"service", b"payload"))]


@pytest.mark.parametrize("piece", [1_000, 65_536, 20_000_000])
def test_beginning_of_ten_megabytes_is_kept(piece: int) -> None:
    size = 10_000_000
    stream = response(Kind.JOB_ASSIGN, b"H:1", b"service", b"x" * size) + response(Kind.NOOP)
    reader = PacketReader(limit=100_000)
    read: list[Packet] = []
    most = 0
    for position in range(0, len(stream), piece):
        read += reader.feed(stream[position : position + piece])
        most = max(most, len(reader._buffer))
    large, after = read
    assert after == Packet(Kind.NOOP)
    assert large.arguments[:2] == (b"H:1", b"service")
    assert len(large.arguments[2]) + large.dropped == size
    assert most <= 100_000 + piece if piece < size else True


def test_packet_of_exactly_the_limit_is_whole() -> None:
    reader = PacketReader(REQUEST, limit=10_000)
    (packet,) = reader.feed(request(Kind.SUBMIT_JOB_BG, b"q", b"u", b"x" * 9_996))
    assert (len(packet.arguments[2]), packet.dropped) == (9_996, 0)


def test_impossible_packets_are_refused() -> None:
    with pytest.raises(ValueError, match="SUBMIT_JOB_BG has 3 arguments, not 2"):
        request(Kind.SUBMIT_JOB_BG, b"q", b"x")
    with pytest.raises(ValueError, match="holds a NUL"):
        request(Kind.SUBMIT_JOB_BG, b"q\0", b"", b"x")
