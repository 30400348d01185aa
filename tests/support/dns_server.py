"""DNS server on the loopback interface."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.support.ports import free_port

#: Answers by "NAME TYPE": lines of a zone file, an rcode, raw bytes, or None for no answer.
Zone = dict[str, list[str] | str | bytes | None]


def _answer(wire: bytes, zone: Zone, *, may_cut: bool) -> bytes | None:
    query = dns.message.from_wire(wire)
    question = query.question[0]
    found = zone[f"{question.name.to_text(omit_final_dot=True)} {dns.rdatatype.to_text(question.rdtype)}"]
    if found is None or isinstance(found, bytes):
        return found
    response = dns.message.make_response(query)
    if isinstance(found, str):
        response.set_rcode(dns.rcode.from_text(found))
        return response.to_wire()
    for line in found:
        name, kind, data = line.split(" ", 2)
        response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, data))
    whole = response.to_wire(max_size=65_535)
    if may_cut and len(whole) > 512:
        response.answer.clear()
        response.flags |= dns.flags.TC
        return response.to_wire()
    return whole


@contextmanager
def dns_server(zone: Zone) -> Iterator[str]:
    """Run a server that answers from `zone` by UDP and TCP. Yields HOST:PORT."""
    port = free_port()
    tcp = socket.create_server(("127.0.0.1", port))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    udp.settimeout(0.05)
    ended = threading.Event()

    def serve_udp() -> None:
        while not ended.is_set():
            with suppress(TimeoutError):
                wire, client = udp.recvfrom(4_096)
                if answer := _answer(wire, zone, may_cut=True):
                    udp.sendto(answer, client)

    def serve_tcp() -> None:
        with suppress(OSError):
            while True:
                connection, _ = tcp.accept()
                with connection:
                    size = int.from_bytes(connection.recv(2, socket.MSG_WAITALL), "big")
                    answer = _answer(connection.recv(size, socket.MSG_WAITALL), zone, may_cut=False) or b""
                    connection.sendall(len(answer).to_bytes(2, "big") + answer)

    threads = [threading.Thread(target=serve, daemon=True) for serve in (serve_udp, serve_tcp)]
    for thread in threads:
        thread.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        ended.set()
        tcp.shutdown(socket.SHUT_RDWR)
        tcp.close()
        for thread in threads:
            thread.join(5)
        udp.close()
