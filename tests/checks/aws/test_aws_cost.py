"""aws_cost: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.aws_cost import AwsCost
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample


def spend(amount: object) -> dict[str, str]:
    return {"Amount": str(amount), "Unit": "USD"}


def budget(name: str = "shop", spent: object = 412.5, forecast: object = 910, **more: Any) -> dict[str, Any]:
    calculated = {"ActualSpend": spend(spent), **({"ForecastedSpend": spend(forecast)} if forecast else {})}
    about = {"BudgetName": name, "BudgetLimit": spend("1000.0"), "TimeUnit": "MONTHLY", "BudgetType": "COST"}
    return {**about, "CalculatedSpend": calculated, **more}


def world(*budgets: dict[str, Any], charges: Any = (633.2,)) -> FakeAws:
    return FakeAws(
        answers={
            "sts:GetCallerIdentity": {"Account": "111122223333"},
            "budgets:DescribeBudgets": {"Budgets": list(budgets)},
        },
        metrics={("EstimatedCharges", "Maximum"): charges},
    )


PLAN = budget(PlannedBudgetLimits={"1000000000": spend(500), "1100000000": spend(450), "99999999999": spend(9)})
del PLAN["BudgetLimit"]
SAVINGS = budget(
    "savings", 10, BudgetType="SAVINGS_PLANS_UTILIZATION", BudgetLimit={"Amount": "80", "Unit": "PERCENTAGE"}
)
BROKEN = budget(HealthStatus={"Status": "UNHEALTHY", "StatusReason": "BILLING_VIEW_NO_ACCESS"})
REFUSED = FakeAws(
    answers={
        "sts:GetCallerIdentity": {"Account": "111122223333"},
        "budgets:DescribeBudgets": CannotTell("AWS refused budgets:ViewBudget"),
    }
)
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(budget()), "", "OK"),
    "most is spent": (world(budget(spent=870)), "", "WARNING"),
    "all is spent": (world(budget(spent=1033.1)), "", "CRITICAL"),
    "the forecast is above": (world(budget(forecast=1110)), "", "WARNING"),
    "the forecast is far above": (world(budget(forecast=2500)), "", "CRITICAL"),
    "no forecast yet": (world(budget(forecast=None)), "", "OK"),
    "two budgets": (world(budget(), budget("team")), "", "OK"),
    "one of two": (world(budget(spent=2000), budget("team")), "--budget 'te*'", "OK"),
    "savings plans are left out": (world(budget(), SAVINGS), "", "OK"),
    "a plan of months": (world(PLAN), "", "CRITICAL"),
    "without a limit": (world(budget(BudgetLimit=spend(0))), "", "UNKNOWN"),
    "its numbers are not known": (world(BROKEN), "", "UNKNOWN"),
    "no number": (world(budget(spent="much")), "", "UNKNOWN"),
    "with charges": (world(budget()), "--charges --account 111122223333", "OK"),
    "charges above a limit": (world(budget()), "--charges --charges-warning 600", "WARNING"),
    "charges are switched off": (world(budget(), charges=None), "--charges", "UNKNOWN"),
    "no budgets": (world(), "", "CRITICAL"),
    "not there": (world(budget()), "--budget mail", "CRITICAL"),
    "no permission": (REFUSED, "", "UNKNOWN"),
    "an empty name": (world(), "--budget ''", "UNKNOWN"),
    "no account": (world(), "--account shop", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_aws_cost(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(AwsCost, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_program_reads_answers_of_the_service_in_its_region() -> None:
    start = datetime.now(UTC) - timedelta(hours=8)
    result = {"Id": "q0", "StatusCode": "Complete", "Timestamps": [start], "Values": [512.25]}
    answers: dict[str, Any] = {
        "sts:GetCallerIdentity": {"Account": "111122223333"},
        "budgets:DescribeBudgets": {"Budgets": [budget(spent="950.5", forecast="1404")]},
        "cloudwatch:GetMetricData": {"MetricDataResults": [result]},
    }
    with answering(answers) as server:
        done = run_program(server.address, "aws_cost", "--charges", "-vv")
        assert ("cloudwatch:GetMetricData", "us-east-1") in server.requested
    assert done.returncode == 2, done.stdout
    assert "WARNING: Spent of shop 95 % (above 80 %; 950.50 of 1,000.00 USD)" in done.stdout
    assert "CRITICAL: Forecast of shop 140.4 % (above 120 %; 1,404.00 of 1,000.00 USD)" in done.stdout
    assert "OK: Charges this month in US dollars 512.2" in done.stdout


def test_program_reports_a_refusal() -> None:
    refusal = Refusal("AccessDeniedException", "User is not authorized")
    with answering({"budgets:DescribeBudgets": refusal}) as server:
        done = run_program(server.address, "aws_cost", "--account", "111122223333")
    assert done.returncode == 3
    assert done.stdout.startswith(
        "AWS_COST UNKNOWN: AWS refused budgets:ViewBudget on the budgets of the account 111122223333: User is not"
    )


def make_budget(address: str) -> None:
    client("budgets", address).create_budget(
        AccountId="123456789012",
        Budget={
            "BudgetName": "shop",
            "BudgetLimit": {"Amount": "100", "Unit": "USD"},
            "TimeUnit": "MONTHLY",
            "BudgetType": "COST",
        },
    )


@pytest.mark.slow
def test_program_follows_the_budgets_of_moto() -> None:
    with moto() as address:
        make_budget(address)
        done = run_program(address, "aws_cost", "-vv")
        gone = run_program(address, "aws_cost", "--budget", "mail")
    assert done.returncode == 0, done.stdout
    assert "OK: Spent of shop 0 % (0.00 of 100.00 USD)" in done.stdout
    assert gone.stdout.startswith("AWS_COST CRITICAL: there is no budget mail in the account 123456789012")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_budget(address)
        yield Sample("", env=environment(address))
