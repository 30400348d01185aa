"""Questions to DNS servers. dnspython does the protocol."""

import time

from checkwright.core.current import doing
from checkwright.core.errors import BadUsage, CannotTell, Down
from checkwright.core.source import Source
from checkwright.net import connect

#: Modules of other packages that this family imports.
REQUIRES = "dns"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dns.message import Message

    from checkwright.net.deadline import Deadline

_WORDS = {
    "NXDOMAIN": "does not exist (NXDOMAIN)",
    "SERVFAIL": "cannot be resolved: the server failed (SERVFAIL)",
    "REFUSED": "is not answered: the server refused the question (REFUSED)",
}


class Answer:
    """Records of one name and type, as text, sorted; and the seconds that the server took. server: who answered."""

    __slots__ = ("records", "seconds", "server")

    def __init__(self, records: tuple[str, ...], seconds: float = 0.0, server: str = "") -> None:
        self.records = records
        self.seconds = seconds
        self.server = server


class Dns(Source):
    """Asks DNS servers: the given one, or those of /etc/resolv.conf in their order."""

    def look_up(self, name: str, kind: str = "A", *, server: str = "") -> Answer:
        """The records of `name`, of the type `kind`, names without their last dot. server: HOST[:PORT].

        No record of that type is an empty answer. Raises Down for NXDOMAIN, SERVFAIL, a refusal and silence; CannotTell
        where there is no server to ask.
        """
        import dns.exception
        import dns.message
        import dns.query
        import dns.rdatatype

        from checkwright.net.deadline import Deadline

        deadline = Deadline()
        try:
            question = dns.message.make_query(name, dns.rdatatype.from_text(kind))
        except (dns.exception.DNSException, UnicodeError) as error:
            raise BadUsage(f"{name!r} cannot be asked for: {error}") from None
        servers = _servers(server, deadline)
        silent: list[str] = []
        for position, (address, port) in enumerate(servers):
            shown = connect.shown_host(address, port)
            doing(f"DNS server {shown}")
            what = f"DNS server {shown}"
            began = time.perf_counter()
            try:
                share = deadline.left() / (len(servers) - position)
                reply, _ = dns.query.udp_with_fallback(question, address, share, port)
            except (dns.exception.Timeout, TimeoutError):
                silent.append(shown)
                continue
            except dns.exception.DNSException as error:
                raise Down(f"{what}: its answer makes no sense: {error or type(error).__name__}") from None
            except EOFError:
                raise Down(f"{what}: the connection was reset") from None
            except OSError as error:
                raise connect.trouble(error, what, deadline) from None
            return Answer(_records(reply, name, kind, shown), time.perf_counter() - began, shown)
        raise Down(f"{name}: no answer from DNS server {', '.join(silent)} within {deadline.shown()}")


def _servers(server: str, deadline: "Deadline") -> list[tuple[str, int]]:
    if server:
        host, port = connect.host_and_port(server, 53, "--server")
        what = f"DNS server {server}"
        return [(str(address[0]), port) for _, address in connect.addresses(host, port, what, deadline)][:1]
    import dns.exception
    import dns.resolver

    try:
        found = [str(one) for one in dns.resolver.Resolver().nameservers]
    except (dns.exception.DNSException, OSError):
        found = []
    if not found:
        raise CannotTell("/etc/resolv.conf names no DNS server: say which one with --server")
    return [(address, 53) for address in found]


def _records(reply: "Message", name: str, kind: str, server: str) -> tuple[str, ...]:
    import dns.exception
    import dns.message
    import dns.rcode

    code = dns.rcode.to_text(reply.rcode())
    if code != "NOERROR":
        raise Down(f"{name} {_WORDS.get(code, f'is answered with {code}')}, says {server}")
    if not isinstance(reply, dns.message.QueryMessage):
        raise Down(f"{name}: the answer of {server} makes no sense: it answers no question")
    try:
        found = reply.resolve_chaining().answer
    except dns.exception.DNSException as error:
        raise Down(f"{name}: the answer of {server} makes no sense: {error}") from None
    return tuple(sorted(_shown(record.to_text(), kind) for record in found)) if found else ()


def _shown(text: str, kind: str) -> str:
    if kind == "TXT":
        return "".join(text.split('"')[1::2]) if '\\"' not in text else text
    return text[:-1] if text.endswith(".") and text != "." else text
