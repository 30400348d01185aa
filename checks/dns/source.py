"""Queries to DNS servers, with dnspython."""

import time

from checkwright.net import connect
from checkwright.sources import BadUsage, CannotTell, Down, Source, doing

#: Packages of others that this family needs.
REQUIRES = "dns"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dns.message import Message

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

    def look_up(self, name: str, kind: str = "A", *, server: str = "") -> Answer:
        """Return the records of `name` of the type `kind`, names without their last dot. server: HOST[:PORT].

        A name without a record of that type has an empty answer. Raises Down for NXDOMAIN, SERVFAIL, a refusal and
        silence; CannotTell where there is no server to query.
        """
        import dns.exception
        import dns.message
        import dns.query
        import dns.rdatatype

        from checkwright.sources import Deadline

        deadline = Deadline()
        try:
            query = dns.message.make_query(name, dns.rdatatype.from_text(kind))
        except (dns.exception.DNSException, UnicodeError) as error:
            raise BadUsage(f"cannot query {name!r}: {error}") from None
        servers = _servers(server, deadline)
        silent: list[str] = []
        for position, (address, port) in enumerate(servers):
            shown = connect.join_host_port(address, port)
            target = f"DNS server {shown}"
            doing(target)
            began = time.perf_counter()
            try:
                share = deadline.left() / (len(servers) - position)
                reply, _ = dns.query.udp_with_fallback(query, address, share, port)
            except (dns.exception.Timeout, TimeoutError):
                silent.append(shown)
                continue
            except dns.exception.DNSException as error:
                raise Down(f"{target}: its answer is not valid DNS: {error or type(error).__name__}") from None
            except EOFError:
                raise Down(f"{target}: the connection was reset") from None
            except OSError as error:
                raise connect.failure(error, target, deadline) from None
            return Answer(parse(reply, name, kind, shown), time.perf_counter() - began, shown)
        raise Down(f"{name}: no answer from DNS server {', '.join(silent)} within {deadline.shown()}")


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
    return tuple(sorted(_format(record.to_text(), kind) for record in found)) if found else ()


def _servers(server: str, deadline: "Deadline") -> list[tuple[str, int]]:
    if server:
        host, port = connect.split_host_port(server, 53, "--server")
        target = f"DNS server {server}"
        return [(str(address[0]), port) for _, address in connect.resolve(host, port, target, deadline)][:1]
    import dns.exception
    import dns.resolver

    try:
        found = [str(one) for one in dns.resolver.Resolver().nameservers]
    except (dns.exception.DNSException, OSError):
        found = []
    if not found:
        raise CannotTell("/etc/resolv.conf names no DNS server: name one with --server")
    return [(address, 53) for address in found]


def _format(text: str, kind: str) -> str:
    if kind == "TXT":
        return "".join(text.split('"')[1::2]) if '\\"' not in text else text
    return text[:-1] if text.endswith(".") and text != "." else text
