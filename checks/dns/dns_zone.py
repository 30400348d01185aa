"""Serial numbers of a zone on all of its name servers."""

from checks.dns.source import Dns
from checkwright import BadUsage, Check, Down, Metrics, gauge, option, uses, verdict
from checkwright.sources import remaining
from checkwright.sources.statefile import StateFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkwright.net.connect import Family

_HALF = 2**31
_WHOLE = 2**32


class DnsZone(Check):
    """Serial number of a zone on each of its name servers. A secondary server that stopped updating answers with old
    records.

    The check queries each name server for the zone's SOA record; all servers must have the newest serial. `late` says
    how long every run has found a server behind: a transfer takes seconds after a notification, and up to the
    zone's refresh interval without one. A server that does not answer, refuses, or does not serve the zone is CRITICAL.

    By default the name servers are those of the zone's NS records, looked up through /etc/resolv.conf. Give them with
    `--server` to include a hidden primary, or if this machine reaches them at other addresses.

    Defaults: a notified transfer never needs 15 minutes, and after two hours something is broken. If secondaries poll
    every few hours, use the zone's refresh interval here. No account is needed: everybody may query an SOA record.

    Tested with a server built on dnspython. Not tested: BIND, NSD, PowerDNS.
    """

    thread_safe = True

    dns = uses(Dns)
    memory = uses(StateFile, keeps_labels=True)

    zone: str = option("Zone", flags="-z --zone", example="example.com")
    servers: tuple[str, ...] = option(
        "Name server, HOST[:PORT]; by default those of the zone's NS records",
        flags="-H --server",
        default=(),
        example="ns1.example.com",
    )
    ipv4: bool = option("Query the servers by IPv4 only", flags="-4 --ipv4", default=False)
    ipv6: bool = option("Query the servers by IPv6 only", flags="-6 --ipv6", default=False)

    serial = verdict("Serial", ok=["newest", "behind"], crit=["missing"])
    late = gauge("Behind for", "s", warn=900, crit=7_200, optional=True)
    time = gauge("Time", "s", warn=0.5, crit=2, optional=True)
    answering = gauge("Name servers", min=0)

    def validate(self) -> None:
        if not self.zone.strip("."):
            raise BadUsage("--zone: give a name")
        if not all(server.strip() for server in self.servers):
            raise BadUsage("--server: give a name or an address")
        if self.ipv4 and self.ipv6:
            raise BadUsage("--ipv4 and --ipv6 exclude each other")

    def probe(self) -> Metrics:
        family: Family = "4" if self.ipv4 else "6" if self.ipv6 else ""
        servers = self.servers or self.dns.look_up(self.zone, "NS").records
        if not servers:
            raise Down(f"{self.zone} has no NS record")
        serials: dict[str, int] = {}
        # A silent server must leave time for the others.
        within = 0.8 * remaining() / len(servers)
        for server, answer in self.each(
            servers, lambda server: self.dns.look_up(self.zone, "SOA", server=server, family=family, within=within)
        ):
            yield self.time(answer.seconds, of=server)
            if answer.records:
                serials[server] = _serial(answer.records[0])
            else:
                yield self.serial("missing", of=server, hint="it has no such zone")
        yield self.answering(len(serials))
        newest = _newest(serials.values())
        for server, serial in serials.items():
            behind = serial != newest
            yield self.serial(
                "behind" if behind else "newest",
                of=server,
                hint=f"{serial}, newest {newest}" if behind else str(serial),
            )
        # Last, so that the serials are reported even where memory cannot be kept.
        late = self.memory.durations({server: serial != newest for server, serial in serials.items()})
        for server, seconds in late.items():
            yield self.late(seconds, of=server)


def _serial(record: str) -> int:
    """Return the serial of an SOA record, its third word. Raises Down for another record."""
    words = record.split()
    if len(words) != 7 or not words[2].isdecimal():
        raise Down(f"{record!r} is no SOA record")
    return int(words[2])


def _newest(serials: "Iterable[int]") -> int | None:
    """Return the newest of some serials. They wrap around: half of all numbers are newer than each."""
    newest = None
    for serial in serials:
        if newest is None or 0 < (serial - newest) % _WHOLE < _HALF:
            newest = serial
    return newest
