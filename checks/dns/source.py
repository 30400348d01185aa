"""Queries to DNS servers, with dnspython."""

import time

from checkwright.core.errors import CheckError
from checkwright.core.text import clean
from checkwright.net import connect
from checkwright.net.host_names import to_ascii, without_brackets
from checkwright.sources import BadUsage, CannotTell, Down, Source, doing

#: Packages of others that this family needs.
REQUIRES = "dns"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dns.message import Message
    from dns.rdata import Rdata

    from checkwright.net.connect import Family
    from checkwright.sources import Deadline

_REASONS = {
    "NXDOMAIN": "does not exist (NXDOMAIN)",
    "SERVFAIL": "cannot be resolved: the server failed (SERVFAIL)",
    "REFUSED": "is not answered: the server refused the query (REFUSED)",
}


class Answer:
    """Records of one name and type, as sorted texts. seconds: response time. server: the server that answered."""

    __slots__ = ("records", "seconds", "server")

    def __init__(self, records: tuple[str, ...], seconds: float = 0.0, server: str = "") -> None:
        self.records = records
        self.seconds = seconds
        self.server = server


class Dns(Source):
    """DNS servers: the given one, otherwise those of /etc/resolv.conf in their order."""

    def look_up(
        self, name: str, kind: str = "A", *, server: str = "", family: "Family" = "", within: float | None = None
    ) -> Answer:
        """Return the records of `name` of the type `kind`, names without their last dot. server: HOST[:PORT].

        within: most seconds for all servers, None for the time that the run has left.

        With the type PTR, `name` may be an address. family: address family of the servers to query. A server that
        cannot be reached is skipped as a silent one. A name without a record of that type has an empty answer.
        Raises Down for NXDOMAIN, SERVFAIL, a refusal and silence; CannotTell if there is no server to query.
        """
        import dns.exception
        import dns.message

        from checkwright.sources import Deadline

        deadline = Deadline()
        end = time.monotonic() + (within or 0.0)
        query = _query(name, kind)
        servers = _servers(server, family, deadline)
        failures: list[tuple[str, CheckError | None]] = []
        for position, address in enumerate(servers):
            shown = connect.join_host_port(address.host, address.port)
            target = f"DNS server {shown}"
            doing(target)
            began = time.perf_counter()
            try:
                seconds = deadline.left() if within is None else min(deadline.left(), max(0.01, end - time.monotonic()))
                reply = _exchange(query, address, seconds / (len(servers) - position))
            except (dns.exception.Timeout, TimeoutError):
                failures.append((shown, None))
                continue
            except dns.exception.DNSException as error:
                raise Down(f"{target}: its answer is not valid DNS: {error or type(error).__name__}") from None
            except EOFError:
                raise Down(f"{target}: the connection was reset") from None
            except OSError as error:
                failures.append((shown, connect.failure(error, target, deadline)))
                continue
            except ValueError as error:
                raise Down(f"{target}: its answer is not valid DNS: {clean(error, 100)}") from None
            return Answer(parse(reply, name, kind, shown), time.perf_counter() - began, shown)
        raise _no_answer(name, failures, deadline)


def record_key(text: str, kind: str) -> object:
    """Return a value that is equal for two spellings of one record, such as `2001:db8::1` and `2001:DB8:0::1`.

    Names are compared without regard to case, TXT records exactly. TXT may be in quotes, as in a zone file.
    Raises BadUsage for text that is no record of this type.
    """
    import dns.exception
    import dns.name
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype

    if kind == "TXT" and not (text.startswith('"') and text.endswith('"')):
        return text
    try:
        record = dns.rdata.from_text(
            dns.rdataclass.IN, dns.rdatatype.from_text(kind), text, origin=dns.name.root, relativize=False
        )
        return _format(record) if kind == "TXT" else record.to_digestable()
    except (dns.exception.DNSException, ValueError) as error:
        if kind == "TXT":  # text that merely begins and ends with a quote
            return text
        raise BadUsage(f"{text!r} is not a record of the type {kind}: {clean(error, 100)}") from None


class _Server:
    """Address of a DNS server, as the socket module needs it."""

    __slots__ = ("address", "host", "kind", "port")

    def __init__(self, kind: int, address: "tuple[Any, ...]") -> None:
        self.kind = kind
        self.address = address
        self.host = str(address[0])
        self.port = int(address[1])


def _query(name: str, kind: str) -> "Message":
    import dns.exception
    import dns.message
    import dns.rdatatype
    import dns.reversename

    bare = without_brackets(name)
    try:
        if kind == "PTR" and connect.is_literal(bare):
            return dns.message.make_query(dns.reversename.from_address(bare.partition("%")[0]), dns.rdatatype.PTR)
        return dns.message.make_query(to_ascii(name), dns.rdatatype.from_text(kind))
    except (dns.exception.DNSException, ValueError) as error:
        raise BadUsage(f"cannot query {name!r}: {error}") from None


def _exchange(query: "Message", server: _Server, seconds: float) -> "Message":
    """Query one server by UDP, and by TCP where the answer is too long. Packets that answer no query are ignored."""
    import socket

    import dns.message
    import dns.query

    end = time.monotonic() + seconds
    wire = query.to_wire()
    with socket.socket(server.kind, socket.SOCK_DGRAM) as sock:
        sock.settimeout(seconds)
        sock.connect(server.address)
        sock.send(wire)
        while True:
            received = sock.recv(65_535)
            if received[:2] == wire[:2]:
                try:
                    reply = dns.message.from_wire(received, raise_on_truncation=True)
                except dns.message.Truncated:
                    break
                if query.is_response(reply):
                    return reply
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            sock.settimeout(left)
    with socket.socket(server.kind, socket.SOCK_STREAM) as sock:
        sock.settimeout(max(0.01, end - time.monotonic()))
        sock.connect(server.address)
        sock.setblocking(False)
        return dns.query.tcp(query, server.host, max(0.01, end - time.monotonic()), server.port, sock=sock)


def _no_answer(name: str, failures: "list[tuple[str, CheckError | None]]", deadline: "Deadline") -> CheckError:
    """Return the error to raise when no server answered: each is silent, or has failed before it could answer."""
    if len(failures) == 1 and failures[0][1] is not None:
        return failures[0][1]
    described = ", ".join(
        shown if error is None else f"{shown} ({str(error).rpartition(': ')[2]})" for shown, error in failures
    )
    text = f"{name}: no answer from DNS server {described} within {deadline.shown()}"
    return CannotTell(text) if all(isinstance(error, CannotTell) for _, error in failures) else Down(text)


def parse(reply: "Message", name: str, kind: str, server: str) -> tuple[str, ...]:
    """Return the records in the reply of `server`, sorted. Raises Down for an error code and an inconsistent reply."""
    import dns.exception
    import dns.message
    import dns.rcode

    code = dns.rcode.to_text(reply.rcode())
    if code != "NOERROR":
        raise Down(f"{name} {_REASONS.get(code, f'is answered with {code}')}, according to {server}")
    if not isinstance(reply, dns.message.QueryMessage):
        raise Down(f"{name}: the answer of {server} is not valid DNS: it answers no query")
    try:
        found = reply.resolve_chaining().answer
    except dns.exception.DNSException as error:
        raise Down(f"{name}: the answer of {server} is not valid DNS: {error}") from None
    return tuple(sorted(map(_format, found))) if found else ()


def _servers(server: str, family: "Family", deadline: "Deadline") -> list[_Server]:
    if server:
        host, port = connect.split_host_port(server, 53, "--server")
        target = f"DNS server {server}"
        return [_Server(*found) for found in connect.resolve(host, port, target, deadline, family=family)]
    import dns.exception
    import dns.resolver

    try:
        names = [str(one) for one in dns.resolver.Resolver().nameservers]
    except (dns.exception.DNSException, OSError):
        names = []
    if not names:
        raise CannotTell("/etc/resolv.conf names no DNS server: name one with --server")
    fitting = [name for name in names if family in ("", "6" if ":" in name else "4")]
    if not fitting:
        raise CannotTell(f"/etc/resolv.conf names no DNS server with an IPv{family} address: name one with --server")
    return [_Server(*found) for name in fitting for found in connect.resolve(name, 53, f"DNS server {name}", deadline)]


def _format(record: "Rdata") -> str:
    strings = getattr(record, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "backslashreplace")
    text = record.to_text()
    return text if text == "." or text.endswith(" .") else text.removesuffix(".")
