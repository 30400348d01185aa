"""route53_health: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from checks.aws.fake import FakeAws
from checks.aws.route53_health import Route53Health
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

ID, OTHER = "6ab3f8a1-1f9c-4c0e-9f34-0d5f2f1d1f00", "aa2c9f77-1f9c-4c0e-9f34-0d5f2f1d1f01"


def health_check(identity: str = ID, kind: str = "HTTPS", **more: Any) -> dict[str, Any]:
    target = (
        {} if kind == "CALCULATED" else {"FullyQualifiedDomainName": "www.shop.example.com", "ResourcePath": "/health"}
    )
    config = {"Type": kind, **target, **more}
    return {"Id": identity, "CallerReference": "1", "HealthCheckVersion": 1, "HealthCheckConfig": config}


def world(*checks: dict[str, Any], status: Any = (1,), share: Any = (100,)) -> FakeAws:
    known = list(checks or (health_check(),))
    return FakeAws(
        answers={
            "route53:ListHealthChecks": {"HealthChecks": known, "IsTruncated": False, "Marker": "", "MaxItems": "100"},
            "route53:GetHealthCheck": {"HealthCheck": known[0]},
        },
        metrics={("HealthCheckStatus", "Minimum"): status, ("HealthCheckPercentageHealthy", "Average"): share},
    )


NONE = FakeAws(
    answers={"route53:ListHealthChecks": {"HealthChecks": [], "IsTruncated": False, "Marker": "", "MaxItems": "100"}}
)
GONE = FakeAws(answers={"route53:GetHealthCheck": Down(f"the health check {ID} does not exist")})
REFUSED = FakeAws(answers={"route53:ListHealthChecks": CannotTell("AWS refused route53:ListHealthChecks")})
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "a part of the world does not reach it": (world(share=[81.25]), "", "WARNING"),
    "few reach it": (world(share=[30]), "", "CRITICAL"),
    "unhealthy": (world(status=[0], share=[0]), "", "CRITICAL"),
    "a calculated one": (world(health_check(kind="CALCULATED")), "", "OK"),
    "a calculated one is unhealthy": (world(health_check(kind="CALCULATED"), status=[0]), "", "CRITICAL"),
    "an inverted one": (world(health_check(Inverted=True), share=[0]), "", "OK"),
    "switched off": (world(health_check(Disabled=True)), "", "WARNING"),
    "no datapoints": (world(status=None, share=None), "", "UNKNOWN"),
    "two": (world(health_check(), health_check(OTHER, "TCP", ResourcePath="")), "", "OK"),
    "by ID": (world(), f"--check {ID}", "OK"),
    "not there": (GONE, f"--check {ID}", "CRITICAL"),
    "none": (NONE, "", "CRITICAL"),
    "no permission": (REFUSED, "", "UNKNOWN"),
    "no permission for CloudWatch": (world(status=CannotTell("AWS refused cloudwatch:GetMetricData")), "", "UNKNOWN"),
    "an empty ID": (world(), "--check ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_route53_health(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Route53Health, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_checks_without_checkers_cost_one_metric() -> None:
    aws = world(health_check(kind="CALCULATED"), health_check(OTHER, Disabled=True))
    run(Route53Health, "", aws)
    assert len(aws.requests[1][1]["MetricDataQueries"]) == 1


def test_program_reads_answers_of_the_service_in_its_region() -> None:
    start = datetime.now(UTC) - timedelta(minutes=4)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((0.0, 12.5))
    ]
    answers: dict[str, Any] = {
        "route53:ListHealthChecks": {
            "HealthChecks": [health_check()],
            "IsTruncated": False,
            "Marker": "",
            "MaxItems": "100",
        },
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "route53_health", "--region", "eu-west-1", "-vv")
        assert ("cloudwatch:GetMetricData", "us-east-1") in server.requested
    assert done.returncode == 2, done.stdout
    assert f"CRITICAL: Health check {ID} unhealthy (www.shop.example.com/health)" in done.stdout
    assert f"CRITICAL: Checkers that reach {ID} 12.5 % (below 50 %; www.shop.example.com/health)" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("NoSuchHealthCheck", "no"), 2, f"CRITICAL: the health check {ID} does not exist"),
        (Refusal("AccessDenied", "no"), 3, "UNKNOWN: AWS refused route53:GetHealthCheck on the health check"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"route53:GetHealthCheck": refusal}) as server:
        done = run_program(server.address, "route53_health", "--check", ID)
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"ROUTE53_HEALTH {words}")


def make_health_check(address: str) -> str:
    """Make a health check with datapoints of an endpoint that all checkers reach."""
    made = client("route53", address).create_health_check(
        CallerReference="1",
        HealthCheckConfig={
            "Type": "HTTPS",
            "FullyQualifiedDomainName": "www.shop.example.com",
            "ResourcePath": "/health",
            "Port": 443,
        },
    )
    identity: str = made["HealthCheck"]["Id"]
    put(address, identity, 1, 100)
    return identity


def put(address: str, identity: str, status: float, share: float, minutes: float = 6) -> None:
    cloudwatch = boto3.client(
        "cloudwatch",
        region_name="us-east-1",
        endpoint_url=address,
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="prepares",
    )
    cloudwatch.put_metric_data(
        Namespace="AWS/Route53",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": "HealthCheckId", "Value": identity}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=minutes),
                "Value": value,
            }
            for name, value in (("HealthCheckStatus", status), ("HealthCheckPercentageHealthy", share))
        ],
    )


@pytest.mark.slow
def test_program_follows_the_health_checks_of_moto() -> None:
    with moto() as address:
        identity = make_health_check(address)
        well = run_program(address, "route53_health", "-vv")
        put(address, identity, 0, 5, minutes=3)
        ill = run_program(address, "route53_health", "--check", identity)
        gone = run_program(address, "route53_health", "--check", ID)
    assert well.returncode == 0, well.stdout
    assert f"OK: Health check {identity} healthy (www.shop.example.com/health)" in well.stdout
    assert ill.returncode == 2, ill.stdout
    assert f"Health check {identity} unhealthy" in ill.stdout
    assert gone.stdout.startswith(f"ROUTE53_HEALTH CRITICAL: the health check {ID} does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_health_check(address)
        yield Sample("", env=environment(address))
