"""Things of EC2 by ID or tag: volumes, machines, gateways."""

from checks.aws._selection import name_tag, tag_filters, tag_words
from checkwright.core.text import clean
from checkwright.sources import Down

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from checks.aws.source import AwsCheck

#: Words for people, by operation: the member of the answer, of one thing's ID, of the request, and the error code.
_KINDS = {
    "DescribeVolumes": ("volume", "Volumes", "VolumeId", "VolumeIds", "InvalidVolume.NotFound", "Filters"),
    "DescribeNatGateways": (
        "NAT gateway",
        "NatGateways",
        "NatGatewayId",
        "NatGatewayIds",
        "NatGatewayNotFound",
        "Filter",
    ),
    "DescribeInstances": ("machine", "Instances", "InstanceId", "InstanceIds", "InvalidInstanceID.NotFound", "Filters"),
    "DescribeVpnConnections": (
        "VPN connection",
        "VpnConnections",
        "VpnConnectionId",
        "VpnConnectionIds",
        "InvalidVpnConnectionID.NotFound",
        "Filters",
    ),
}


def found_things(
    check: "AwsCheck", operation: str, names: "Sequence[str]", tags: "Sequence[str]", vpc: str = ""
) -> "dict[str, Mapping[str, Any]]":
    """Return things by item: those that are named, each that is missing as an item of its own; or all with the tags.

    vpc: the ID of a VPC to select by, "" for any. Raises Down if nothing has the tags.
    """
    kind, _, identity, request, code, filter_member = _KINDS[operation]

    def read(name: str) -> "Mapping[str, Any]":
        about = f"the {kind} {clean(name, 50)}{check.where().suffix()}"
        gone = (code, code.replace("NotFound", "Malformed"))
        for thing in _described(check, operation, about, gone, {request: [name]}):
            return thing
        raise Down(f"{about} does not exist")

    if names:
        return dict(check.each(names, read))
    filters = tag_filters(tags)
    if vpc:
        filters.append({"Name": "vpc-id", "Values": [vpc]})
    about = f"the {kind}s{tag_words(tags)}{check.where().suffix()}"
    found = list(_described(check, operation, about, (), {filter_member: filters} if filters else {}))
    if not found:
        raise Down(
            f"there is no {kind}{f' in {clean(vpc, 50)}' if vpc else ''}{tag_words(tags)}{check.where().suffix()}"
        )
    items = {f"{name_tag(one)} {one[identity]}".strip(): one for one in found}
    return dict(sorted(items.items()))


def _described(
    check: "AwsCheck", operation: str, about: str, gone: tuple[str, ...], parameters: "dict[str, Any]"
) -> "Iterator[Mapping[str, Any]]":
    result = _KINDS[operation][1]
    if operation == "DescribeVpnConnections":  # it has no pages
        yield from check.aws.ask("ec2", operation, about, check.where(), gone=gone, **parameters).get(result, ())
        return
    for page in check.aws.pages("ec2", operation, about, check.where(), gone=gone, **parameters):
        if operation == "DescribeInstances":
            for reservation in page.get("Reservations", ()):
                yield from reservation.get(result, ())
        else:
            yield from page.get(result, ())
