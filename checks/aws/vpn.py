"""Site-to-site VPN connections."""

from checks.aws._ec2_things import found_things
from checks.aws._selection import lasting, tag_filters
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Vpn(AwsCheck):
    """Tunnels of site-to-site VPN connections, and the routes that they provide.

    A connection has two tunnels, and AWS restarts one of them for maintenance without notice. With one tunnel up the
    connection works without redundancy, which is a WARNING; with none it is CRITICAL. The output has the reason of AWS,
    such as IPSEC IS DOWN, and the time since the change. `routes` counts the routes that the other side announces by
    BGP, or the static routes of the connection; a tunnel that is up without routes carries no traffic.

    If you set up only one tunnel, accept that with `--tunnels-warning 1: --tunnel-ok DOWN`.

    `--connection` selects connections by ID, `--tag` by tag; the default is all connections of the region. One that
    does not exist or was deleted is CRITICAL, and so is a selection that matches none. The check does not use
    CloudWatch, whose TunnelState of a connection is the mean of both tunnels.

    Permissions: ec2:DescribeVpnConnections. It is free, and the data is current.

    Tested with answers that match botocore's service models, and with moto without tunnels. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("ec2:DescribeVpnConnections",)

    connection: tuple[str, ...] = option(
        "ID of a connection that must exist", flags="--connection", default=(), example="vpn-0123456789abcdef0"
    )
    tag: tuple[str, ...] = option("Tag of the connections, KEY=VALUE", default=(), example="site=warehouse")

    tunnels = gauge("Tunnels up of", warn="2:", crit="1:", min=0)
    tunnel = verdict("Tunnel", ok=["UP"], warn=["DOWN"])
    state = verdict("Connection", ok=["available"], warn=["pending"], crit=["deleting", "deleted"])
    routes = gauge("Routes of", warn="1:", min=0, missing="ok")

    def validate(self) -> None:
        super().validate()
        tag_filters(self.tag)
        if self.connection and self.tag:
            raise BadUsage("--connection excludes --tag")
        if "" in self.connection:
            raise BadUsage("--connection needs the ID of a connection, such as vpn-0123456789abcdef0")

    def probe(self) -> Metrics:
        found = found_things(self, "DescribeVpnConnections", self.connection, self.tag)
        if not self.connection:
            found = {item: one for item, one in found.items() if one.get("State") != "deleted"} or found
        for item, one in found.items():
            state = str(one.get("State", ""))
            yield self.state(state, of=item)
            if state == "available":
                yield from self._tunnels(item, list(one.get("VgwTelemetry", ())))

    def _tunnels(self, item: str, tunnels: "list[Mapping[str, Any]]") -> Metrics:
        for one in tunnels:
            word = str(one.get("Status", ""))
            words = [str(one.get("StatusMessage", "")), lasting(one.get("LastStatusChange"))] if word != "UP" else []
            address = str(one.get("OutsideIpAddress", ""))
            yield self.tunnel(word, of=f"{item} {address}", hint=", ".join(filter(None, words)))
        up = [one for one in tunnels if one.get("Status") == "UP"]
        hint = "" if tunnels else "AWS names no tunnels"
        yield self.tunnels(len(up) if tunnels else None, of=item, hint=hint)
        counts = [int(one["AcceptedRouteCount"]) for one in up if "AcceptedRouteCount" in one]
        yield self.routes(max(counts, default=None), of=item)
