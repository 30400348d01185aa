"""DNS records of a name, and the response time of the server."""

from checks.dns.source import Dns as DnsSource
from checkwright import BadUsage, Check, Literal, Metrics, gauge, option, uses, verdict


class Dns(Check):
    """Records of one name, from a DNS server.

    The query goes to the server itself, past the machine's own cache and hosts file. A name that does not exist, a
    server that fails, refuses or does not answer are CRITICAL, each with its own message. So is a name without any
    record of the type, and with --expect a name that lacks an expected record; further records do no harm.
    """

    thread_safe = True

    dns = uses(DnsSource)

    host: str = option("Name to resolve", flags="-H --host", example="www.example.com")
    type: Literal["A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV"] = option("Record type", default="A")
    server: str = option("Server, HOST[:PORT]; by default those of /etc/resolv.conf", default="")
    expect: tuple[str, ...] = option(
        "Record that must exist, for MX such as `10 mail.example.com`",
        flags="-a --expect",
        default=(),
        example="10.0.0.7",
    )

    time = gauge("Time", "s", warn=0.5, crit=2)
    answer = verdict("Answer", ok=["expected"])
    answers = gauge("Records", missing="zero")

    def validate(self) -> None:
        if not self.host.strip("."):
            raise BadUsage("--host: give a name")
        if "" in map(_normalized, self.expect):
            raise BadUsage("--expect: give a record")

    def probe(self) -> Metrics:
        found = self.dns.look_up(self.host, self.type, server=self.server)
        records = [_normalized(record) for record in found.records]
        missing = [record for record in self.expect if _normalized(record) not in records]
        listed = ", ".join(found.records) or "none"
        if missing:
            yield self.answer("unexpected", hint=f"no {self.type} record {', '.join(missing)}; there is {listed}")
        elif not records:
            yield self.answer("empty", hint=f"{self.host} has no {self.type} record")
        else:
            yield self.answer("expected", hint=listed)
        yield self.time(found.seconds)
        yield self.answers(len(records))


def _normalized(record: str) -> str:
    return record.lower().rstrip(".")
