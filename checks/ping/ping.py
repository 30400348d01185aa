"""Round trip time and loss of packets to a host."""

from checks.ping._ping_output import parse
from checkwright import BadUsage, Check, Duration, Metrics, gauge, option, uses
from checkwright.sources.command import Command


class Ping(Check):
    """Round trip time and packet loss of ICMP echo requests to a host, by the program ping.

    A host that does not answer has lost 100 %: CRITICAL. A name that does not exist is CRITICAL too. Without a route,
    without a DNS server, or with an account that may not ping, the result is UNKNOWN.

    A ping says nothing about services: use it for routers, switches and network links. ICMP needs a privilege: Debian
    grants it to ping as a file capability, which has no effect under `NoNewPrivileges=yes` of a systemd unit. In that
    case use `Plugin("check_icmp", ...)` of the Monitoring Plugins, which is setuid root.

    A run takes `--packets` times `--interval`, by default a second, plus `--wait` for a host that does not answer.
    Intervals below 0.2 s need root.

    Defaults: 200 ms are more than a link across an ocean needs, 500 ms are a full queue. One lost packet of five is 20
    %, which is still OK, because single packets get lost. Two of five are a WARNING, four of five are CRITICAL.

    Tested with iputils 20221126. The output of BusyBox's ping is parsed as documented. Not tested: BusyBox itself.
    """

    thread_safe = True

    command = uses(Command)

    host: str = option("Host name or address", flags="-H --host", example="router.example.com")
    packets: int = option("Packets to send", flags="-n --packets", default=5)
    interval: Duration = option("Time between packets", default=0.2, unit="s")
    wait: Duration = option("Time to wait for the last answer", default=2.0, unit="s")
    ipv4: bool = option("Use IPv4 only", flags="-4 --ipv4", default=False)
    ipv6: bool = option("Use IPv6 only", flags="-6 --ipv6", default=False)

    lost = gauge("Lost packets", "%", warn=20, crit=60)
    time = gauge("Round trip", "s", warn=0.2, crit=0.5, missing="ok")
    longest = gauge("Longest round trip", "s", missing="ok")

    def validate(self) -> None:
        if not self.host.strip() or self.host.startswith("-"):
            raise BadUsage(f"--host: {self.host!r} is neither a name nor an address")
        if not 1 <= self.packets <= 100:
            raise BadUsage(f"--packets: {self.packets} is not a number from 1 to 100")
        if self.interval <= 0 or self.wait <= 0:
            raise BadUsage("--interval and --wait are durations above 0")
        if self.ipv4 and self.ipv6:
            raise BadUsage("--ipv4 and --ipv6 exclude each other")

    def probe(self) -> Metrics:
        family = ["-4"] if self.ipv4 else ["-6"] if self.ipv6 else []
        numbers = ["-c", str(self.packets), "-i", f"{self.interval:g}", "-W", f"{self.wait:g}"]
        done = self.command.run(["ping", "-q", "-n", *family, *numbers, "--", self.host], env={"LC_ALL": "C"})
        found = parse(self.host, done)
        yield self.lost(found.lost)
        yield self.time(found.average)
        yield self.longest(found.longest)
