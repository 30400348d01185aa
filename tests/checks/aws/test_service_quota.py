"""service_quota: against a fake, and answers in AWS's protocol. moto has no such answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.service_quota import ServiceQuota
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

VCPUS, ADDRESSES, CALLS = "L-1216C47A", "L-0263D0A3", "L-3F2B1A00"


def quota(code: str = VCPUS, name: str = "Running On-Demand Standard instances", **more: Any) -> dict[str, Any]:
    dims = {"Service": "EC2", "Type": "Resource", "Resource": code, "Class": "Standard/OnDemand"}
    usage = {
        "MetricNamespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "MetricDimensions": dims,
        "MetricStatisticRecommendation": "Maximum",
    }
    return {"ServiceCode": "ec2", "QuotaCode": code, "QuotaName": name, "Value": 640.0, "UsageMetric": usage, **more}


UNMEASURED = {"ServiceCode": "ec2", "QuotaCode": ADDRESSES, "QuotaName": "EC2-VPC Elastic IPs", "Value": 5.0}
RATE = quota(
    CALLS,
    "Rate of DescribeThings requests",
    Value=50.0,
    Period={"PeriodValue": 1, "PeriodUnit": "SECOND"},
    UsageMetric={
        "MetricNamespace": "AWS/Usage",
        "MetricName": "CallCount",
        "MetricDimensions": {"Service": "EC2", "Type": "API", "Resource": "DescribeThings", "Class": "None"},
        "MetricStatisticRecommendation": "Sum",
    },
)


def world(*quotas: dict[str, Any], used: Any = (320,), calls: Any = (3_000,), default: Any = None) -> FakeAws:
    return FakeAws(
        answers={
            "service-quotas:ListServiceQuotas": {"Quotas": list(quotas or (quota(), UNMEASURED))},
            "service-quotas:GetAWSDefaultServiceQuota": default or Down("AWS has no such quota"),
        },
        metrics={("ResourceCount", "Maximum"): used, ("CallCount", "Sum"): calls},
    )


PAGES: list[dict[str, Any]] = [{"Quotas": [UNMEASURED], "NextToken": "more"}, {"Quotas": [quota()]}]
IN_PAGES = FakeAws(answers={"service-quotas:ListServiceQuotas": PAGES}, metrics={("ResourceCount", "Maximum"): [600]})
NO_SERVICE = FakeAws(answers={"service-quotas:ListServiceQuotas": Down("there is no such service")})
REFUSED = FakeAws(
    answers={"service-quotas:ListServiceQuotas": CannotTell("AWS refused servicequotas:ListServiceQuotas")}
)
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "near a quota": (world(used=[540]), "", "WARNING"),
    "at a quota": (world(used=[640]), "", "CRITICAL"),
    "on the second page": (IN_PAGES, "", "WARNING"),
    "by code": (world(quota(), RATE), f"--quota {CALLS}", "OK"),
    "by name": (world(quota(), RATE), "--quota 'Running*'", "OK"),
    "a rate": (world(RATE, calls=[14_700]), "", "CRITICAL"),
    "another limit": (world(used=[320]), f"--limit {VCPUS}=330", "CRITICAL"),
    "AWS's default": (world(UNMEASURED, default={"Quota": quota(Value=5.0)}, used=[3]), f"--quota {VCPUS}", "OK"),
    "a default that is not measured": (world(RATE, default={"Quota": UNMEASURED}), "--quota L-1", "UNKNOWN"),
    "nothing in use": (world(used=None), "", "OK"),
    "a quota of zero, and something in use": (world(quota(Value=0.0), used=[1]), "", "CRITICAL"),
    "a quota of zero, and nothing in use": (world(quota(Value=0.0), used=[0]), "", "OK"),
    "one that is not measured": (world(), f"--quota {ADDRESSES}", "UNKNOWN"),
    "one that does not exist": (world(), "--quota l-1216c47a", "UNKNOWN"),
    "a service that measures none": (world(UNMEASURED), "", "UNKNOWN"),
    "a service that does not exist": (NO_SERVICE, "", "UNKNOWN"),
    "no permission": (REFUSED, "", "UNKNOWN"),
    "no permission for CloudWatch": (world(used=CannotTell("AWS refused cloudwatch:GetMetricData")), "", "UNKNOWN"),
    "a limit without a code": (world(), "--limit 640", "UNKNOWN"),
    "a limit that is no number": (world(), f"--limit {VCPUS}=many", "UNKNOWN"),
    "a limit of nothing": (world(), f"--limit {VCPUS}=0", "UNKNOWN"),
    "an empty code": (world(), "--quota ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_service_quota(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(ServiceQuota, f"--service ec2 {command_line}".strip(), aws)
    assert outcome.state == state
    golden(outcome)


def test_usage_is_read_as_aws_recommends() -> None:
    aws = world(RATE)
    run(ServiceQuota, "--service ec2", aws)
    stat = aws.requests[1][1]["MetricDataQueries"][0]["MetricStat"]
    assert (stat["Stat"], stat["Metric"]["MetricName"], len(stat["Metric"]["Dimensions"])) == ("Sum", "CallCount", 4)


def answers(*values: float) -> dict[str, Any]:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate(values)
    ]
    return {
        "service-quotas:ListServiceQuotas": {"Quotas": [quota(), RATE, UNMEASURED]},
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }


def test_program_reads_answers_of_the_service() -> None:
    with answering(answers(560.0, 15_000.0)) as server:
        done = run_program(server.address, "service_quota", "--service", "ec2", "-vv")
    assert done.returncode == 2, done.stdout
    words = "Running On-Demand Standard instances, 560 of 640"
    assert f"WARNING: Quota used {VCPUS} 87.5 % (above 80 %; {words})" in done.stdout
    assert f"CRITICAL: Quota used {CALLS} 100 % (above 95 %; Rate of DescribeThings requests, 50 of 50)" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refusal("NoSuchResourceException", "no"), "--service: AWS has no quotas of the service EC2 in eu-west-1: aws"),
        (Refusal("AccessDeniedException", "no"), "AWS refused servicequotas:ListServiceQuotas on the quotas of the"),
    ],
    ids=["no such service", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, words: str) -> None:
    with answering({"service-quotas:ListServiceQuotas": refusal}) as server:
        done = run_program(server.address, "service_quota", "--service", "EC2", "--region", "eu-west-1")
    assert done.returncode == 3, done.stdout
    assert done.stdout.startswith(f"SERVICE_QUOTA UNKNOWN: {words}")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with answering(answers(100.0, 3_000.0)) as server:
        yield Sample("--service ec2", env=environment(server.address))
