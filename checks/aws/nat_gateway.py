"""NAT gateways of a VPC."""

from checks.aws._ec2_things import found_things
from checks.aws._selection import tag_filters
from checks.aws._series import data_age
from checks.aws.source import AwsCheck, CloudMetric, Series
from checkwright import BadUsage, Metrics, gauge, option, verdict

#: Seconds of one datapoint, and of the time to look back.
_PERIOD, _BACK = 300, 1200
_METRICS = {
    "port_errors": ("ErrorPortAllocation", "Sum"),
    "drops": ("PacketsDropCount", "Sum"),
    "connections": ("ActiveConnectionCount", "Maximum"),
}


class NatGateway(AwsCheck):
    """State of NAT gateways, port allocation errors and dropped packets.

    `state` comes from EC2 with its reason, and is current. The other values come from CloudWatch, from the newest 5
    minutes, and are one to six minutes old. `port_errors` counts connections that got no source port. A gateway has
    55,000 ports for each destination and address, so many instances that call one API can exhaust them. Add addresses,
    or use a private endpoint for that API. `drops` counts dropped packets; `connections` is the peak number of
    concurrent connections.

    `--gateway` selects gateways by ID; `--vpc` and `--tag` select them by VPC and tag. The default is all gateways of
    the region. A gateway that does not exist is CRITICAL, and so is a selection that matches none. Deleted gateways,
    which AWS lists for an hour, are skipped unless they are named.

    Defaults: a port allocation error is a failed request, so the first one is a WARNING; 100 in 5 minutes are an outage
    for some clients.

    Permissions: ec2:DescribeNatGateways and cloudwatch:GetMetricData, which bills three metrics for each gateway and
    run: every 5 minutes is enough.

    Tested with answers that match botocore's service models, and with moto. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("ec2:DescribeNatGateways", "cloudwatch:GetMetricData")
    reads = tuple(
        CloudMetric("AWS/NATGateway", metric, {"NatGatewayId": "{gateway}"}, stat, period=_PERIOD, gauges={stat: name})
        for name, (metric, stat) in _METRICS.items()
    )

    gateway: tuple[str, ...] = option(
        "ID of a NAT gateway that must exist", flags="-g --gateway", default=(), example="nat-0123456789abcdef0"
    )
    vpc: str = option("ID of the gateways' VPC", default="", example="vpc-0123456789abcdef0")
    tag: tuple[str, ...] = option("Tag of the gateways, KEY=VALUE", default=(), example="stage=production")

    port_errors = gauge("Port allocation errors of", warn=0, crit=100, min=0, missing="ok")
    state = verdict("NAT gateway", ok=["available"], warn=["pending"], crit=["failed", "deleting", "deleted"])
    drops = gauge("Dropped packets of", min=0, missing="ok")
    connections = gauge("Connections of", min=0, missing="ok")
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        tag_filters(self.tag)
        if self.gateway and (self.vpc or self.tag):
            raise BadUsage("--gateway excludes --vpc and --tag")
        if "" in self.gateway:
            raise BadUsage("--gateway needs the ID of a NAT gateway, such as nat-0123456789abcdef0")

    def probe(self) -> Metrics:
        found = found_things(self, "DescribeNatGateways", self.gateway, self.tag, self.vpc)
        if not self.gateway:
            found = {item: one for item, one in found.items() if one.get("State") != "deleted"} or found
        for item, one in found.items():
            yield self.state(str(one.get("State", "")), of=item, hint=str(one.get("FailureMessage", "")))
        series = {
            item: {
                name: Series(
                    "AWS/NATGateway",
                    metric,
                    {"NatGatewayId": str(one["NatGatewayId"])},
                    stat,
                    period=_PERIOD,
                    back=_BACK,
                )
                for name, (metric, stat) in _METRICS.items()
            }
            for item, one in found.items()
            if one.get("State") == "available"
        }
        queries = [one for own in series.values() for one in own.values()]
        if not queries:
            return
        points = self.aws.series(f"the NAT gateways{self.where().suffix()}", self.where(), *queries)
        for item, own in series.items():
            newest = {name: points[one, one.stats[0]].newest() for name, one in own.items()}
            yield self.port_errors(newest["port_errors"], of=item)
            yield self.drops(newest["drops"], of=item)
            yield self.connections(newest["connections"], of=item)
        yield self.data_age(data_age(points.values()))
