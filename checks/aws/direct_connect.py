"""AWS Direct Connect connections."""

from checks.aws._selection import selected
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Members of the answers about each kind: the list, the ID and the name.
_CONNECTIONS = ("DescribeConnections", "connections", "connectionId", "connectionName")
_INTERFACES = ("DescribeVirtualInterfaces", "virtualInterfaces", "virtualInterfaceId", "virtualInterfaceName")
_GONE = ("deleted",)


class DirectConnect(AwsCheck):
    """State of Direct Connect connections, their virtual interfaces and BGP sessions.

    A connection may be available while it carries no traffic, so the state of each BGP peer decides: `bgp` is CRITICAL
    for a session that is down. `link` is the state of the connection, `interface` that of a virtual interface.

    `--name` selects connections and interfaces by ID, name or pattern; the default is all of the region, except deleted
    ones. A name that matches nothing is CRITICAL, and so is a region without any. An account that only uses interfaces
    on a connection of another account sees no connections.

    Permissions: directconnect:DescribeConnections and directconnect:DescribeVirtualInterfaces. They are free, and the
    data is current.

    Tested with answers that match botocore's service models; moto has no virtual interfaces. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("directconnect:DescribeConnections", "directconnect:DescribeVirtualInterfaces")

    names: tuple[str, ...] = option(
        "ID or name of a line or interface, or a pattern", flags="-n --name", default=(), example="dxvif-fg1234ab"
    )
    exclude: tuple[str, ...] = option("Connection or interface to leave out", flags="-x --exclude", default=())

    bgp = verdict("BGP session", ok=["up"], crit=["down"])
    interface = verdict(
        "Interface",
        ok=["available"],
        warn=["confirming", "verifying", "pending", "testing"],
        crit=["down", "deleting", "deleted", "rejected"],
    )
    link = verdict(
        "Connection",
        ok=["available"],
        warn=["ordering", "requested", "pending"],
        crit=["down", "deleting", "deleted", "rejected"],
    )
    sessions = gauge("BGP sessions up", min=0)

    def validate(self) -> None:
        super().validate()
        if "" in (*self.names, *self.exclude):
            raise BadUsage("--name and --exclude need the ID or name of a line or interface")

    def probe(self) -> Metrics:
        lines, interfaces = self._listed(_CONNECTIONS), self._listed(_INTERFACES)
        if not lines and not interfaces:
            raise Down(f"there is no line and no interface of Direct Connect{self.where().suffix()}")
        if self.names:
            list(self.each(self.names, lambda name: self._must_exist(name, lines, interfaces)))
        for item, one in _items(self._chosen(lines, _CONNECTIONS), _CONNECTIONS).items():
            hint = ", ".join(filter(None, (str(one.get("bandwidth", "")), str(one.get("location", "")))))
            yield self.link(str(one.get("connectionState", "")), of=item, hint=hint)
        up = 0
        for item, one in _items(self._chosen(interfaces, _INTERFACES), _INTERFACES).items():
            yield self.interface(str(one.get("virtualInterfaceState", "")), of=item)
            for peer in one.get("bgpPeers", ()):
                status = str(peer.get("bgpStatus", ""))
                up += status == "up"
                address = str(peer.get("customerAddress") or peer.get("bgpPeerId", ""))
                yield self.bgp(status, of=f"{item} {address}", hint=f"AS {peer.get('asnLong') or peer.get('asn', '')}")
        yield self.sessions(up)

    def _listed(self, kind: tuple[str, str, str, str]) -> "list[Mapping[str, Any]]":
        operation, member, *_ = kind
        about = f"Direct Connect{self.where().suffix()}"
        pages = self.aws.pages("directconnect", operation, about, self.where(), next_page="nextToken")
        return [one for page in pages for one in page.get(member, ())]

    def _must_exist(self, name: str, *kinds: "list[Mapping[str, Any]]") -> None:
        for found, kind in zip(kinds, (_CONNECTIONS, _INTERFACES), strict=True):
            if any(_matches(one, kind, (name,)) for one in found):
                return
        raise Down(f"there is no line and no interface {name}{self.where().suffix()}")

    def _chosen(self, found: "list[Mapping[str, Any]]", kind: tuple[str, str, str, str]) -> "list[Mapping[str, Any]]":
        state = "connectionState" if kind is _CONNECTIONS else "virtualInterfaceState"
        kept = [one for one in found if not _matches(one, kind, self.exclude)]
        if self.names:
            return [one for one in kept if _matches(one, kind, self.names)]
        return [one for one in kept if one.get(state) not in _GONE]


def _matches(one: "Mapping[str, Any]", kind: tuple[str, str, str, str], patterns: tuple[str, ...]) -> bool:
    names = (str(one.get(kind[2], "")), str(one.get(kind[3], "")))
    return bool(patterns) and any(selected(name, patterns) for name in names)


def _items(found: "list[Mapping[str, Any]]", kind: tuple[str, str, str, str]) -> "dict[str, Mapping[str, Any]]":
    items = {f"{one.get(kind[3], '')} {one.get(kind[2], '')}".strip(): one for one in found}
    return dict(sorted(items.items()))
