"""eks: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from checks.aws.eks import Eks
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample


def issue(code: str, message: str = "") -> dict[str, Any]:
    return {"code": code, "message": message}


def cluster(status: str = "ACTIVE", *issues: dict[str, Any]) -> dict[str, Any]:
    return {"cluster": {"name": "shop", "status": status, "version": "1.34", "health": {"issues": list(issues)}}}


def group(name: str = "web", status: str = "ACTIVE", *issues: dict[str, Any]) -> dict[str, Any]:
    return {"nodegroupName": name, "status": status, "health": {"issues": list(issues)}}


def world(about: Any = None, *groups: dict[str, Any]) -> FakeAws:
    known = {one["nodegroupName"]: one for one in (groups or (group(), group("jobs")))}

    def described(request: dict[str, Any]) -> dict[str, Any]:
        if request["nodegroupName"] not in known:
            raise Down(f"the node group {request['nodegroupName']} of the cluster shop does not exist")
        return {"nodegroup": known[request["nodegroupName"]]}

    return FakeAws(
        answers={
            "eks:DescribeCluster": about or cluster(),
            "eks:ListNodegroups": {"nodegroups": list(known)},
            "eks:DescribeNodegroup": described,
        }
    )


FARGATE = FakeAws(answers={"eks:DescribeCluster": cluster(), "eks:ListNodegroups": {"nodegroups": []}})
NO_ADDRESSES = issue("InsufficientFreeAddresses", "One or more subnets have not enough free addresses")
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "is updated": (world(cluster("UPDATING")), "", "OK"),
    "is made": (world(cluster("CREATING")), "", "WARNING"),
    "failed": (world(cluster("FAILED")), "", "CRITICAL"),
    "the cluster has an issue": (world(cluster("ACTIVE", issue("Ec2SubnetNotFound"))), "", "WARNING"),
    "a group is degraded": (world(None, group("web", "DEGRADED", NO_ADDRESSES), group("jobs")), "", "CRITICAL"),
    "a group has many issues": (world(None, group("web", "ACTIVE", *[NO_ADDRESSES] * 5)), "", "WARNING"),
    "without node groups": (FARGATE, "", "OK"),
    "one group": (world(None, group(), group("jobs", "DEGRADED")), "--node-group 'w*'", "OK"),
    "left out": (world(None, group(), group("jobs", "DEGRADED")), "--exclude jobs", "OK"),
    "a group is not there": (world(), "--node-group web --node-group mail", "CRITICAL"),
    "no group of a pattern": (world(), "--node-group 'mail-*'", "CRITICAL"),
    "not there": (world(Down("the cluster shop does not exist")), "", "CRITICAL"),
    "no permission": (world(CannotTell("AWS refused eks:DescribeCluster on the cluster shop")), "", "UNKNOWN"),
    "an empty name": (world(), "--node-group ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_eks(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Eks, f"--cluster shop {command_line}".strip(), aws)
    assert outcome.state == state
    golden(outcome)


def test_program_reads_answers_of_the_service() -> None:
    answers: dict[str, Any] = {
        "eks:DescribeCluster": cluster(),
        "eks:ListNodegroups": {"nodegroups": ["web"]},
        "eks:DescribeNodegroup": {"nodegroup": group("web", "DEGRADED", NO_ADDRESSES)},
    }
    with answering(answers) as server:
        done = run_program(server.address, "eks", "--cluster", "shop", "-vv")
    assert done.returncode == 2, done.stdout
    assert "CRITICAL: Node group web DEGRADED (InsufficientFreeAddresses)" in done.stdout
    assert "WARNING: Issues 1 (above 0; web: One or more subnets have not enough free addresses)" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("ResourceNotFoundException", "No cluster found"), 2, "CRITICAL: the cluster shop does not exist"),
        (Refusal("AccessDeniedException", "no"), 3, "UNKNOWN: AWS refused eks:DescribeCluster on the cluster shop: no"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"eks:DescribeCluster": refusal}) as server:
        done = run_program(server.address, "eks", "--cluster", "shop")
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"EKS {words}")


def make_cluster(address: str) -> None:
    eks, role = client("eks", address), "arn:aws:iam::123456789012:role/shop"
    eks.create_cluster(name="shop", roleArn=role, resourcesVpcConfig={"subnetIds": ["subnet-1"]})
    eks.create_nodegroup(clusterName="shop", nodegroupName="web", nodeRole=role, subnets=["subnet-1"])


@pytest.mark.slow
def test_program_follows_the_clusters_of_moto() -> None:
    with moto() as address:
        make_cluster(address)
        well = run_program(address, "eks", "--cluster", "shop", "-vv")
        missing = run_program(address, "eks", "--cluster", "shop", "--node-group", "jobs")
        gone = run_program(address, "eks", "--cluster", "bank")
    assert well.returncode == 0, well.stdout
    assert "OK: Node group web ACTIVE" in well.stdout
    assert missing.stdout.startswith("EKS CRITICAL: the node group jobs of the cluster shop does not exist")
    assert gone.stdout.startswith("EKS CRITICAL: the cluster bank does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_cluster(address)
        yield Sample("--cluster shop", env=environment(address))
