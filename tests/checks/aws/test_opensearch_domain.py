"""opensearch_domain: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.opensearch_domain import OpensearchDomain
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

USUAL: dict[str, Any] = {
    "FreeStorageSpace": [46_080],
    "JVMMemoryPressure": [62],
    "CPUUtilization": [31],
    "ClusterIndexWritesBlocked": [0],
    "AutomatedSnapshotFailure": [0],
}
STATS = {name: "Minimum" if name == "FreeStorageSpace" else "Maximum" for name in USUAL}


def domain(size: int = 100, **more: object) -> dict[str, Any]:
    about = {
        "DomainName": "logs",
        "ARN": "arn:aws:es:eu-west-1:111122223333:domain/logs",
        "DomainProcessingStatus": "Active",
        **({"EBSOptions": {"EBSEnabled": True, "VolumeSize": size}} if size else {}),
        **more,
    }
    return {"DomainStatus": about}


def health(word: str = "Green", available: str = "2", unassigned: str = "0", **more: object) -> dict[str, Any]:
    zones = [
        {"AvailabilityZoneName": "eu-west-1a", "ConfiguredDataNodeCount": "2", "AvailableDataNodeCount": available},
        {"AvailabilityZoneName": "eu-west-1b", "ConfiguredDataNodeCount": "2", "AvailableDataNodeCount": "2"},
    ]
    return {
        "ClusterHealth": word,
        "MasterNode": "Available",
        "TotalUnAssignedShards": unassigned,
        "EnvironmentInformation": [{"AvailabilityZoneInformation": zones}],
        **more,
    }


def world(about: Any = None, state: Any = None, **values: Any) -> FakeAws:
    metrics: dict[tuple[str, ...], Any] = {(name, STATS[name]): found for name, found in {**USUAL, **values}.items()}
    answers = {"opensearch:DescribeDomain": about or domain(), "opensearch:DescribeDomainHealth": state or health()}
    return FakeAws(answers=answers, metrics=metrics)


SILENT = dict.fromkeys(USUAL)
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "yellow, a node is missing": (world(state=health("Yellow", "1", "14")), "", "WARNING"),
    "red": (world(state=health("Red", "0", "31")), "", "CRITICAL"),
    "no master": (world(state=health("Red", MasterNode="UnAvailable")), "", "CRITICAL"),
    "its health is not known": (world(state=health("NotAvailable", "NotAvailable", "NotAvailable")), "", "UNKNOWN"),
    "its health has no zones": (world(state=health(EnvironmentInformation=[])), "", "OK"),
    "health is refused": (world(state=CannotTell("AWS refused es:DescribeDomainHealth")), "", "UNKNOWN"),
    "health is left out": (world(state=CannotTell("AWS refused es:DescribeDomainHealth")), "--no-health", "OK"),
    "little space on a node": (world(FreeStorageSpace=[20_000]), "", "WARNING"),
    "no space on a node": (world(FreeStorageSpace=[4_000]), "", "CRITICAL"),
    "a class with disks of its own": (world(domain(0)), "", "OK"),
    "the heap is full": (world(JVMMemoryPressure=[97]), "", "CRITICAL"),
    "busy": (world(CPUUtilization=[85]), "", "WARNING"),
    "writes are blocked": (world(ClusterIndexWritesBlocked=[1]), "", "CRITICAL"),
    "a snapshot failed": (world(AutomatedSnapshotFailure=[1]), "", "WARNING"),
    "is changed": (world(domain(DomainProcessingStatus="UpgradingEngineVersion")), "", "OK"),
    "an older answer, and it is changed": (world(domain(DomainProcessingStatus="", Processing=True)), "", "OK"),
    "isolated": (world(domain(DomainProcessingStatus="Isolated")), "", "CRITICAL"),
    "is deleted": (world(domain(Deleted=True)), "", "CRITICAL"),
    "no datapoints": (world(**SILENT), "", "UNKNOWN"),
    "without an account": (world(domain(ARN="arn-of-a-domain-named-logs")), "", "UNKNOWN"),
    "not there": (world(Down("the domain logs does not exist")), "", "CRITICAL"),
    "no permission": (world(CannotTell("AWS refused es:DescribeDomain on the domain logs")), "", "UNKNOWN"),
    "an empty name": (world(), "--domain ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_opensearch_domain(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(OpensearchDomain, f"--domain logs {command_line}".strip(), aws)
    assert outcome.state == state
    golden(outcome)


def test_metrics_are_those_of_the_account() -> None:
    aws = world()
    run(OpensearchDomain, "--domain logs", aws)
    queries = aws.requests[-1][1]["MetricDataQueries"]
    dims = [{"Name": "DomainName", "Value": "logs"}, {"Name": "ClientId", "Value": "111122223333"}]
    assert [query["MetricStat"]["Metric"]["Dimensions"] for query in queries] == [dims] * 5


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((20_480.0, 50.0, 20.0, 1.0, 0.0))
    ]
    answers: dict[str, Any] = {
        "opensearch:DescribeDomain": domain(),
        "opensearch:DescribeDomainHealth": health("Yellow", "1", "3"),
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "opensearch_domain", "--domain", "logs", "-vv")
    assert done.returncode == 2, done.stdout
    assert "WARNING: Health of logs Yellow (3 shards unassigned)" in done.stdout
    assert "WARNING: Nodes missing in logs 1 (above 0; 1 of 2 in eu-west-1a)" in done.stdout
    assert "WARNING: Free space on the fullest node of logs 20 % (below 25 %)" in done.stdout
    assert "CRITICAL: Writes blocked on logs 1 (above 0)" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("ResourceNotFoundException", "Domain not found"), 2, "CRITICAL: the domain logs does not exist"),
        (Refusal("AccessDeniedException", "no"), 3, "UNKNOWN: AWS refused es:DescribeDomain on the domain logs"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"opensearch:DescribeDomain": refusal}) as server:
        done = run_program(server.address, "opensearch_domain", "--domain", "logs")
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"OPENSEARCH_DOMAIN {words}")


def make_domain(address: str) -> None:
    """Make a domain with datapoints for what must have them."""
    made = client("opensearch", address).create_domain(
        DomainName="logs", EBSOptions={"EBSEnabled": True, "VolumeType": "gp3", "VolumeSize": 10}
    )
    account = made["DomainStatus"]["ARN"].split(":")[4]
    dims = [{"Name": "DomainName", "Value": "logs"}, {"Name": "ClientId", "Value": account}]
    client("cloudwatch", address).put_metric_data(
        Namespace="AWS/ES",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": dims,
                "Timestamp": datetime.now(UTC) - timedelta(minutes=12),
                "Value": value,
            }
            for name, value in (("FreeStorageSpace", 512), ("JVMMemoryPressure", 40), ("CPUUtilization", 10))
        ],
    )


@pytest.mark.slow
def test_program_follows_the_domains_of_moto() -> None:
    with moto() as address:
        make_domain(address)
        full = run_program(address, "opensearch_domain", "--domain", "logs", "--no-health", "-vv")
        gone = run_program(address, "opensearch_domain", "--domain", "metrics", "--no-health")
    assert full.returncode == 2, full.stdout
    assert "CRITICAL: Free space on the fullest node of logs 5 % (below 10 %)" in full.stdout
    assert "OK: Domain logs Active" in full.stdout
    assert gone.stdout.startswith("OPENSEARCH_DOMAIN CRITICAL: the domain metrics does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_domain(address)
        yield Sample("--domain logs --no-health --space-critical 1: --space-warning 1:", env=environment(address))
