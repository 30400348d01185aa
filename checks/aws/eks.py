"""EKS clusters."""

from checks.aws._selection import arns, selected
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Issues that the text names.
_SHOWN = 3


class Eks(AwsCheck):
    """State of an EKS cluster and its node groups, with the health issues that AWS reports.

    `cluster_state` and `group_state` are the states that EKS reports. DEGRADED means that a group cannot maintain its
    instances, for example for lack of addresses, quota or capacity. `issues` counts the health issues of the cluster
    and its groups, and the output has their reasons. Kubernetes itself reports ready nodes and running pods: read its
    API for those.

    `--node-group` selects groups by name or by a pattern such as 'shop-*'; the default is all. A cluster without node
    groups is OK, because it may run on Fargate or on self-managed nodes. A cluster or named group that does not exist
    is CRITICAL.

    Permissions: eks:DescribeCluster, eks:ListNodegroups and eks:DescribeNodegroup. They are free, and the data is
    current.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("eks:DescribeCluster", "eks:ListNodegroups", "eks:DescribeNodegroup")

    cluster: str = option("Cluster", flags="--cluster", example="shop")
    node_group: tuple[str, ...] = option("Node group, or a pattern such as shop-*", flags="-g --node-group", default=())
    exclude: tuple[str, ...] = option("Node group to leave out, or a pattern", flags="-x --exclude", default=())

    cluster_state = verdict(
        "Cluster", ok=["ACTIVE", "UPDATING"], warn=["CREATING", "PENDING"], crit=["FAILED", "DELETING"]
    )
    group_state = verdict(
        "Node group",
        ok=["ACTIVE", "UPDATING"],
        warn=["CREATING", "DELETING"],
        crit=["DEGRADED", "CREATE_FAILED", "DELETE_FAILED"],
    )
    issues = gauge("Issues", warn=0, min=0)
    groups = gauge("Node groups", min=0)

    def validate(self) -> None:
        super().validate()
        if not self.cluster or "" in (*self.node_group, *self.exclude):
            raise BadUsage("--cluster, --node-group and --exclude need a name")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        clusters = ("arn:{partition}:eks:{region}:{account}:cluster/" + self.cluster,)
        # An ARN of a node group ends with an ID.
        prefix = "arn:{partition}:eks:{region}:{account}:nodegroup/" + self.cluster + "/"
        groups = arns(prefix, self.node_group or ("*",), "/*")
        return {"eks:DescribeCluster": clusters, "eks:ListNodegroups": clusters, "eks:DescribeNodegroup": groups}

    def probe(self) -> Metrics:
        about, gone = self._about(), ("ResourceNotFoundException",)
        answer = self.aws.ask("eks", "DescribeCluster", about, self.where(), gone=gone, name=self.cluster)
        cluster: Mapping[str, Any] = answer.get("cluster", {})
        found = [(self.cluster, one) for one in cluster.get("health", {}).get("issues", ())]
        yield self.cluster_state(str(cluster.get("status", "")), hint=str(cluster.get("version", "")))
        pages = self.aws.pages("eks", "ListNodegroups", about, self.where(), clusterName=self.cluster, maxResults=100)
        known = [str(name) for page in pages for name in page.get("nodegroups", ())]
        names = self._chosen(sorted(known))
        for name, group in self.each(names, self._group):
            own = list(group.get("health", {}).get("issues", ()))
            found += [(name, one) for one in own]
            codes = ", ".join(dict.fromkeys(str(one.get("code", "")) for one in own))
            yield self.group_state(str(group.get("status", "")), of=name, hint=codes)
        reasons = list(dict.fromkeys(f"{name}: {one.get('message') or one.get('code', '')}" for name, one in found))
        words, more = reasons[:_SHOWN], [f"{len(reasons) - _SHOWN} more"] if len(reasons) > _SHOWN else []
        yield self.issues(len(found), hint="; ".join([*words, *more]))
        yield self.groups(len(names))

    def _chosen(self, known: list[str]) -> list[str]:
        """Return the groups to watch, those that are named and do not exist included."""
        for pattern in self.node_group:
            if set("*?[") & set(pattern) and not any(selected(name, [pattern]) for name in known):
                raise Down(f"{self._about()} has no node group {pattern}")
        missing = [name for name in self.node_group if not set("*?[") & set(name) and name not in known]
        return [*(name for name in known if selected(name, self.node_group, self.exclude)), *missing]

    def _about(self) -> str:
        return f"the cluster {self.cluster}{self.where().suffix()}"

    def _group(self, name: str) -> "Mapping[str, Any]":
        answer = self.aws.ask(
            "eks",
            "DescribeNodegroup",
            f"the node group {name} of {self._about()}",
            self.where(),
            gone=("ResourceNotFoundException",),
            clusterName=self.cluster,
            nodegroupName=name,
        )
        found: Mapping[str, Any] = answer.get("nodegroup", {})
        return found
