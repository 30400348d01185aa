"""ses: against a fake, and answers in AWS's protocol. moto has no such account."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.ses import Ses
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample


def account(most: float = 50_000, sent: float = 12_000, **more: object) -> dict[str, Any]:
    return {
        "ProductionAccessEnabled": True,
        "SendingEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "SendQuota": {"Max24HourSend": most, "MaxSendRate": 14.0, "SentLast24Hours": sent},
        **more,
    }


def world(about: Any = None, bounces: Any = (0.012,), complaints: Any = (0.0002,)) -> FakeAws:
    return FakeAws(
        answers={"sesv2:GetAccount": about or account()},
        metrics={
            ("Reputation.BounceRate", "Average"): bounces,
            ("Reputation.ComplaintRate", "Average"): complaints,
        },
    )


CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "mails bounce": (world(bounces=[0.05]), "", "WARNING"),
    "many mails bounce": (world(bounces=[0.09]), "", "CRITICAL"),
    "readers complain": (world(complaints=[0.0012]), "", "WARNING"),
    "many readers complain": (world(complaints=[0.005]), "", "CRITICAL"),
    "nothing was sent": (world(account(sent=0), bounces=None, complaints=None), "", "OK"),
    "near the quota": (world(account(sent=43_000)), "", "WARNING"),
    "at the quota": (world(account(sent=49_900)), "", "CRITICAL"),
    "no quota": (world(account(most=-1.0)), "", "OK"),
    "under review": (world(account(EnforcementStatus="PROBATION")), "", "WARNING"),
    "shut down": (world(account(EnforcementStatus="SHUTDOWN", SendingEnabled=False)), "", "CRITICAL"),
    "paused": (world(account(SendingEnabled=False)), "", "CRITICAL"),
    "in the sandbox": (world(account(ProductionAccessEnabled=False, most=200.0, sent=3.0)), "", "OK"),
    "another standing": (world(account(EnforcementStatus="PAUSED")), "", "UNKNOWN"),
    "no permission": (world(CannotTell("AWS refused ses:GetAccount on the account of SES")), "", "UNKNOWN"),
    "no permission for CloudWatch": (world(bounces=CannotTell("AWS refused cloudwatch:GetMetricData")), "", "UNKNOWN"),
    "no permission for CloudWatch, and paused": (
        world(account(SendingEnabled=False), bounces=CannotTell("AWS refused cloudwatch:GetMetricData")),
        "",
        "CRITICAL",
    ),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_ses(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Ses, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def answers(about: dict[str, Any], bounces: float, complaints: float) -> dict[str, Any]:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 3600) - timedelta(hours=6)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((bounces, complaints))
    ]
    return {"sesv2:GetAccount": about, "cloudwatch:GetMetricData": {"MetricDataResults": results}}


def test_program_reads_answers_of_the_service() -> None:
    with answering(answers(account(sent=49_000, EnforcementStatus="PROBATION"), 0.06, 0.0001)) as server:
        done = run_program(server.address, "ses", "-vv")
    assert done.returncode == 2, done.stdout
    assert "WARNING: Bounces 6 % (above 4 %)" in done.stdout
    assert "WARNING: Enforcement status PROBATION" in done.stdout
    assert "CRITICAL: Sending quota used 98 % (above 95 %; 49,000 of 50,000)" in done.stdout


def test_program_reports_a_refusal() -> None:
    with answering({"sesv2:GetAccount": Refusal("AccessDeniedException", "not authorized")}) as server:
        done = run_program(server.address, "ses", "--region", "eu-west-1")
    assert done.returncode == 3
    assert done.stdout.startswith("SES UNKNOWN: AWS refused ses:GetAccount on the account of SES in eu-west-1: not")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with answering(answers(account(), 0.01, 0.0001)) as server:
        yield Sample("", env=environment(server.address))
