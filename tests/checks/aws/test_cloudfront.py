"""cloudfront: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from checks.aws.cloudfront import Cloudfront
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell, CheckError, Down
from checkwright.testing import Golden, run
from tests.support.aws import moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

ID = "E2QWRUHAPOMQZL"
USUAL: dict[str, list[float] | None] = {"requests": [60_000, 58_000], "errors": [0.2], "missing": [3.5]}
NAMES = {
    "requests": ("Requests", "Sum"),
    "errors": ("5xxErrorRate", "Average"),
    "missing": ("4xxErrorRate", "Average"),
}


def distribution(enabled: bool = True, status: str = "Deployed", aliases: tuple[str, ...] = ()) -> dict[str, Any]:
    config: dict[str, Any] = {"Enabled": enabled}
    if aliases:
        config["Aliases"] = {"Quantity": len(aliases), "Items": list(aliases)}
    about = {"Id": ID, "Status": status, "DomainName": "d111.cloudfront.net", "DistributionConfig": config}
    return {"Distribution": about}


def world(about: dict[str, Any] | CheckError | None = None, **values: Any) -> FakeAws:
    metrics: dict[tuple[str, ...], Any] = {NAMES[name]: found for name, found in {**USUAL, **values}.items()}
    return FakeAws(answers={"cloudfront:GetDistribution": about or distribution()}, metrics=metrics)


SILENT = world(requests=None, errors=None, missing=None)
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "with a name": (world(distribution(aliases=("www.shop.example.com",))), "", "OK"),
    "some requests fail": (world(errors=[2.5]), "", "WARNING"),
    "many requests fail": (world(errors=[12]), "", "CRITICAL"),
    "few requests fail": (world(requests=[4], errors=[50]), "", "OK"),
    "few requests count": (world(requests=[4], errors=[50]), "--min-requests 4", "CRITICAL"),
    "no rate of errors is none": (world(errors=None), "", "OK"),
    "many pages are missing": (world(missing=[40]), "--errors-4xx-warning 20", "WARNING"),
    "a change is on its way": (world(distribution(status="InProgress")), "", "OK"),
    "switched off": (world(distribution(enabled=False)), "", "CRITICAL"),
    "no requests": (SILENT, "", "OK"),
    "not there": (world(Down(f"the distribution {ID} does not exist")), "", "CRITICAL"),
    "no permission": (world(CannotTell("AWS refused cloudfront:GetDistribution")), "", "UNKNOWN"),
    "no permission for CloudWatch": (world(requests=CannotTell("AWS refused cloudwatch:GetMetricData")), "", "UNKNOWN"),
    "an empty ID": (world(), "--distribution ''", "UNKNOWN"),
    "no requests needed": (world(), "--min-requests 0", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_cloudfront(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Cloudfront, f"--distribution {ID} {command_line}".strip(), aws)
    assert outcome.state == state
    golden(outcome)


def test_metrics_are_those_of_all_edge_locations() -> None:
    aws = world()
    run(Cloudfront, f"--distribution {ID} --region eu-west-1", aws)
    queries = aws.requests[1][1]["MetricDataQueries"]
    dims = [{"Name": "DistributionId", "Value": ID}, {"Name": "Region", "Value": "Global"}]
    assert [query["MetricStat"]["Metric"]["Dimensions"] for query in queries] == [dims] * 3


def test_program_reads_answers_of_the_service_in_its_region() -> None:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((30_000.0, 6.5, 2.0))
    ]
    required = {
        "CallerReference": "1",
        "Origins": {"Quantity": 0, "Items": []},
        "Comment": "",
        "DefaultCacheBehavior": {},
    }
    found = distribution(aliases=("www.shop.example.com",))
    found["Distribution"]["DistributionConfig"] |= required
    answers: dict[str, Any] = {
        "cloudfront:GetDistribution": found,
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "cloudfront", "--distribution", ID, "--region", "eu-west-1", "-vv")
        assert server.requested[1] == ("cloudwatch:GetMetricData", "us-east-1")
    assert done.returncode == 2, done.stdout
    assert f"CRITICAL: 5xx responses of {ID} 6.5 % (above 5 %; of 30,000 requests)" in done.stdout
    assert f"OK: Distribution {ID} Deployed (www.shop.example.com)" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("NoSuchDistribution", "The specified distribution does not exist."), 2, "CRITICAL: the distribution"),
        (Refusal("AccessDenied", "no"), 3, "UNKNOWN: AWS refused cloudfront:GetDistribution on the distribution"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"cloudfront:GetDistribution": refusal}) as server:
        done = run_program(server.address, "cloudfront", "--distribution", ID)
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"CLOUDFRONT {words}")


def global_client(service: str, address: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name="us-east-1",
        endpoint_url=address,
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="prepares",
    )


def make_distribution(address: str) -> str:
    """Make a distribution and return its ID."""
    custom = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}
    origin = {"Id": "web", "DomainName": "origin.example.com", "CustomOriginConfig": custom}
    behavior = {"TargetOriginId": "web", "ViewerProtocolPolicy": "allow-all", "MinTTL": 0}
    values = {"QueryString": False, "Cookies": {"Forward": "none"}}
    config = {
        "CallerReference": "1",
        "Comment": "shop",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {**behavior, "ForwardedValues": values},
    }
    made = global_client("cloudfront", address).create_distribution(DistributionConfig=config)
    identity: str = made["Distribution"]["Id"]
    return identity


def put(address: str, identity: str, errors: float) -> None:
    dims = [{"Name": "DistributionId", "Value": identity}, {"Name": "Region", "Value": "Global"}]
    global_client("cloudwatch", address).put_metric_data(
        Namespace="AWS/CloudFront",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": dims,
                "Timestamp": datetime.now(UTC) - timedelta(minutes=15),
                "Value": value,
            }
            for name, value in (("Requests", 600), ("5xxErrorRate", errors), ("4xxErrorRate", 2))
        ],
    )


@pytest.mark.slow
def test_program_follows_the_distributions_of_moto() -> None:
    with moto() as address:
        identity = make_distribution(address)
        idle = run_program(address, "cloudfront", "--distribution", identity, "-vv")
        put(address, identity, 30)
        fails = run_program(address, "cloudfront", "--distribution", identity, "-vv")
        gone = run_program(address, "cloudfront", "--distribution", "E0000000000000")
    assert idle.returncode == 0, idle.stdout
    assert f"OK: Distribution {identity} " in idle.stdout
    assert fails.returncode == 2
    assert f"CRITICAL: 5xx responses of {identity} 30 % (above 5 %; of 600 requests)" in fails.stdout
    assert gone.stdout.startswith("CLOUDFRONT CRITICAL: the distribution E0000000000000 does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        identity = make_distribution(address)
        put(address, identity, 0.1)
        yield Sample(f"--distribution {identity}", env=environment(address))
