"""DNS records of a name, and the response time of the server."""

from checks.dns.source import Dns as DnsSource
from checks.dns.source import record_key
from checkwright import BadUsage, Check, Literal, Metrics, gauge, option, uses, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.net.connect import Family


class Dns(Check):
    """Records of one name, from a DNS server.

    The query goes to the server directly, bypassing the local cache and hosts file. A name that does not exist and a
    server that fails, refuses or does not answer are CRITICAL, each with its own message. So is a name without a record
    of the type and, with --expect, a name that lacks an expected record. Additional records are accepted.

    Records are compared by value: different spellings of an IPv6 address are equal, and names are case-insensitive. TXT
    records must match exactly. With --type PTR, --host is an address or the name that belongs to it. A server in
    /etc/resolv.conf that cannot be reached is skipped, as resolvers do.
    """

    thread_safe = True

    dns = uses(DnsSource)

    host: str = option("Name to resolve, with --type PTR an address", flags="-H --host", example="www.example.com")
    type: Literal["A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "PTR", "SOA", "CAA"] = option(
        "Record type", default="A"
    )
    server: str = option("Server, HOST[:PORT]; by default those of /etc/resolv.conf", default="")
    expect: tuple[str, ...] = option(
        "Record that must exist, for MX such as `10 mail.example.com`",
        flags="-a --expect",
        default=(),
        example="10.0.0.7",
    )
    ipv4: bool = option("Query the server by IPv4 only", flags="-4 --ipv4", default=False)
    ipv6: bool = option("Query the server by IPv6 only", flags="-6 --ipv6", default=False)

    time = gauge("Time", "s", warn=0.5, crit=2)
    answer = verdict("Answer", ok=["expected"])
    answers = gauge("Records", missing="zero")

    def validate(self) -> None:
        if not self.host.strip("."):
            raise BadUsage("--host: give a name")
        if not all(record.strip(" .") for record in self.expect):
            raise BadUsage("--expect: give a record")
        if self.ipv4 and self.ipv6:
            raise BadUsage("--ipv4 and --ipv6 exclude each other")

    def probe(self) -> Metrics:
        expected = {record: self._key(record) for record in self.expect}
        family: Family = "4" if self.ipv4 else "6" if self.ipv6 else ""
        found = self.dns.look_up(self.host, self.type, server=self.server, family=family)
        keys = [record_key(record, self.type) for record in found.records] if expected else []
        missing = [record for record, key in expected.items() if key not in keys]
        listed = ", ".join(found.records) or "none"
        if missing:
            yield self.answer("unexpected", hint=f"no {self.type} record {', '.join(missing)}; there is {listed}")
        elif not found.records:
            yield self.answer("empty", hint=f"{self.host} has no {self.type} record")
        else:
            yield self.answer("expected", hint=listed)
        yield self.time(found.seconds)
        yield self.answers(len(found.records))

    def _key(self, record: str) -> object:
        try:
            return record_key(record, self.type)
        except BadUsage as error:
            raise BadUsage(f"--expect: {error}") from None
