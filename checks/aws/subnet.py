"""Free addresses in VPC subnets."""

from checks.aws._selection import name_tag, tag_filters, tag_words
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Addresses of each subnet that AWS keeps.
_RESERVED = 5


class Subnet(AwsCheck):
    """Free IPv4 addresses in subnets, which new instances, tasks, functions and load balancers need.

    `used` is the percentage of addresses that are taken, without the five that AWS reserves in each subnet. Stopped
    instances keep their addresses. IPv6-only subnets have no value. A subnet that is not available is CRITICAL.

    `--subnet` selects subnets by ID, `--vpc` and `--tag tier=private` by VPC and tag; the default is all subnets of the
    region. A named subnet that does not exist is CRITICAL, and so is a selection that matches none.

    Defaults: above 80 % a deployment that doubles its tasks may fail, above 95 % the next deployments will. With less
    than 8 free addresses a load balancer may not scale (unverified), which matters in small subnets.

    Permissions: ec2:DescribeSubnets. It is free, and the data is current.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("ec2:DescribeSubnets",)

    subnet: tuple[str, ...] = option(
        "ID of a subnet that must exist", flags="-s --subnet", default=(), example="subnet-0123456789abcdef0"
    )
    vpc: str = option("ID of the subnets' VPC", default="", example="vpc-0123456789abcdef0")
    tag: tuple[str, ...] = option("Tag of the subnets, KEY=VALUE", default=(), example="tier=private")

    used = gauge("Used addresses", "%", warn=80, crit=95, missing="ok")
    free = gauge("Free addresses", warn="8:", crit="5:", min=0, missing="ok")
    state = verdict(
        "Subnet",
        ok=["available"],
        warn=["pending"],
        crit=["unavailable", "failed", "failed-insufficient-capacity"],
    )

    def validate(self) -> None:
        super().validate()
        tag_filters(self.tag)
        if self.subnet and (self.vpc or self.tag):
            raise BadUsage("--subnet excludes --vpc and --tag")
        if "" in self.subnet:
            raise BadUsage("--subnet needs the ID of a subnet, such as subnet-0123456789abcdef0")

    def probe(self) -> Metrics:
        if self.subnet:
            items = dict(self.each(self.subnet, self._subnet))
        else:
            items = {_item(one): one for one in self._selected()}
            if not items:
                vpc = f" in {self.vpc}" if self.vpc else ""
                raise Down(f"there is no subnet{vpc}{tag_words(self.tag)}{self.where().suffix()}")
        for item, subnet in sorted(items.items()):
            yield self.state(str(subnet.get("State", "")), of=item)
            usable = _usable(subnet)
            free = None if usable is None else int(subnet.get("AvailableIpAddressCount", 0))
            share = None if free is None or not usable else 100 * max(0, usable - free) / usable
            yield self.used(share, of=item, hint="" if free is None else f"{free:,} of {usable:,} free")
            yield self.free(free, of=item)

    def _subnet(self, identity: str) -> "Mapping[str, Any]":
        about = f"the subnet {identity}{self.where().suffix()}"
        answer = self.aws.ask(
            "ec2", "DescribeSubnets", about, self.where(), gone=("InvalidSubnetID.NotFound",), SubnetIds=[identity]
        )
        found: list[Mapping[str, Any]] = answer.get("Subnets", [])
        if not found:
            raise Down(f"{about} does not exist")
        return found[0]

    def _selected(self) -> "list[Mapping[str, Any]]":
        filters = tag_filters(self.tag)
        if self.vpc:
            filters.append({"Name": "vpc-id", "Values": [self.vpc]})
        parameters: dict[str, Any] = {"Filters": filters} if filters else {}
        about = f"the subnets{tag_words(self.tag)}{self.where().suffix()}"
        pages = self.aws.pages("ec2", "DescribeSubnets", about, self.where(), **parameters)
        return [one for page in pages for one in page.get("Subnets", ())]


def _item(subnet: "Mapping[str, Any]") -> str:
    return f"{name_tag(subnet)} {subnet['SubnetId']}".strip()


def _usable(subnet: "Mapping[str, Any]") -> int | None:
    """Return the addresses of the subnet that machines may have, None for a subnet of IPv6 alone."""
    length = str(subnet.get("CidrBlock") or "").partition("/")[2]
    if subnet.get("Ipv6Native") or not length.isdecimal():
        return None
    return int(2 ** (32 - int(length))) - _RESERVED
