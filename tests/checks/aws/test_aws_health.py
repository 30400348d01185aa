"""aws_health: against a fake, and answers in AWS's protocol. moto has no events."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.aws_health import AwsHealth
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.clock import still_time
from tests.support.sample import Sample

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)


def event(kind: str, code: str, days: float = -0.1, region: str = "eu-west-1", at: datetime = NOW) -> dict[str, Any]:
    about = {"eventTypeCategory": kind, "eventTypeCode": code, "region": region, "service": code.split("_")[1]}
    return {**about, "startTime": at + timedelta(days=days), "statusCode": "open"}


ISSUE = event("issue", "AWS_EC2_OPERATIONAL_ISSUE")
RETIRE = "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED"
NOTICE = event("accountNotification", "AWS_RDS_PLANNED_LIFECYCLE_EVENT")


def world(*events: dict[str, Any]) -> FakeAws:
    return FakeAws(answers={"health:DescribeEvents": {"events": list(events)}})


NO_PLAN = CannotTell(
    "AWS refused health:DescribeEvents on the events of AWS Health: the account needs Business support"
)
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "notices": (world(NOTICE, NOTICE), "", "OK"),
    "an issue": (world(ISSUE), "", "WARNING"),
    "many issues": (world(*[ISSUE] * 5), "--issues-critical 3", "CRITICAL"),
    "a change is near": (world(event("scheduledChange", RETIRE, 1)), "", "CRITICAL"),
    "a change comes": (world(event("scheduledChange", RETIRE, 9)), "", "WARNING"),
    "a change is far": (world(event("scheduledChange", RETIRE, 40)), "", "OK"),
    "the soonest of two changes": (
        world(event("scheduledChange", RETIRE, 40), event("scheduledChange", RETIRE, 5)),
        "",
        "WARNING",
    ),
    "a change goes on": (world(event("scheduledChange", RETIRE, -1)), "", "CRITICAL"),
    "left out": (world(ISSUE), "--exclude '*_OPERATIONAL_ISSUE'", "OK"),
    "no support plan": (FakeAws(answers={"health:DescribeEvents": NO_PLAN}), "", "UNKNOWN"),
    "an empty name": (world(), "--service ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_aws_health(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    with still_time(NOW.timestamp()):
        outcome = run(AwsHealth, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_events_are_those_of_the_regions_and_of_none() -> None:
    aws = world()
    run(AwsHealth, "--region eu-west-1 --in eu-central-1 --service EC2", aws)
    assert aws.requests[0][1]["filter"] == {
        "eventStatusCodes": ["open", "upcoming"],
        "services": ["EC2"],
        "regions": ["eu-west-1", "eu-central-1", "global"],
    }


def test_program_reads_answers_of_the_service_in_its_region() -> None:
    now = datetime.now(UTC)
    pages = [{"events": [ISSUE], "nextToken": "more"}, {"events": [event("scheduledChange", RETIRE, 1.5, at=now)]}]
    answers: dict[str, Any] = {"health:DescribeEvents": pages}
    with answering(answers) as server:
        done = run_program(server.address, "aws_health", "--region", "eu-west-1", "-vv")
        assert set(server.requested) == {("health:DescribeEvents", "us-east-1")}
    assert done.returncode == 2, done.stdout
    assert "WARNING: Open issues of AWS 1 (above 0; AWS_EC2_OPERATIONAL_ISSUE eu-west-1)" in done.stdout
    assert f"CRITICAL: Time to {RETIRE} eu-west-1 1.5 days (below 2 days)" in done.stdout


def test_program_reports_a_missing_plan() -> None:
    refusal = Refusal("SubscriptionRequiredException", "")
    with answering({"health:DescribeEvents": refusal}) as server:
        done = run_program(server.address, "aws_health")
    assert done.returncode == 3
    assert "the account needs Business support (SubscriptionRequiredException)" in done.stdout


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with answering({"health:DescribeEvents": {"events": [NOTICE]}}) as server:
        yield Sample("", env=environment(server.address))
