"""step_functions: against a fake, answers in AWS's protocol, and moto."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.step_functions import StepFunctions
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.clock import still_time
from tests.support.sample import Sample

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)
ARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:invoices"
NAMES = {
    "started": "ExecutionsStarted",
    "succeeded": "ExecutionsSucceeded",
    "failed": "ExecutionsFailed",
    "timed_out": "ExecutionsTimedOut",
    "aborted": "ExecutionsAborted",
}
USUAL: dict[str, Any] = {"started": [60, 40], "succeeded": [58, 40], "failed": None, "timed_out": None, "aborted": None}


def machine(status: str = "ACTIVE", kind: str = "STANDARD", name: str = "invoices") -> dict[str, Any]:
    about = {"stateMachineArn": ARN, "name": name, "status": status, "type": kind}
    return {**about, "definition": "{}", "roleArn": "arn:aws:iam::111122223333:role/x", "creationDate": NOW}


LISTED = {
    name: value for name, value in machine().items() if name in ("stateMachineArn", "name", "type", "creationDate")
}


def execution(hours: float, at: datetime = NOW) -> dict[str, Any]:
    about = {"executionArn": f"{ARN}:1", "stateMachineArn": ARN, "name": "1", "status": "RUNNING"}
    return {**about, "startDate": at - timedelta(hours=hours)}


def world(about: Any = None, running: Any = (), **values: Any) -> FakeAws:
    metrics: dict[tuple[str, ...], Any] = {(NAMES[name], "Sum"): found for name, found in {**USUAL, **values}.items()}
    executions = running if isinstance(running, CannotTell) else {"executions": list(running)}
    return FakeAws(
        answers={
            "stepfunctions:ListStateMachines": {"stateMachines": [LISTED]},
            "stepfunctions:DescribeStateMachine": about or machine(),
            "stepfunctions:ListExecutions": executions,
        },
        metrics=metrics,
    )


IDLE: dict[str, Any] = dict.fromkeys(USUAL)
REFUSED = CannotTell("AWS refused cloudwatch:GetMetricData")
PAGES = FakeAws(
    answers={
        "stepfunctions:DescribeStateMachine": machine(),
        "stepfunctions:ListExecutions": [
            {"executions": [execution(1)], "nextToken": "more"},
            {"executions": [execution(30)]},
        ],
    },
    metrics={(name, "Sum"): None for name in NAMES.values()},
)
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(running=[execution(0.5)]), "", "OK"),
    "some fail": (world(failed=[2], timed_out=[1]), "", "WARNING"),
    "many fail": (world(failed=[20], aborted=[9]), "", "CRITICAL"),
    "the only one fails": (world(started=[1], succeeded=None, failed=[1]), "", "CRITICAL"),
    "no executions": (world(**IDLE), "", "OK"),
    "a schedule stopped": (world(**IDLE), "--started-critical 1: --window 1d", "CRITICAL"),
    "one runs for long": (world(running=[execution(0.5), execution(9)]), "--oldest-warning 4h", "WARNING"),
    "the oldest is on the last page": (PAGES, f"--machine {ARN} --oldest-critical 1d", "CRITICAL"),
    "an express machine": (world(machine(kind="EXPRESS")), "", "OK"),
    "without those that run": (world(running=CannotTell("AWS refused states:ListExecutions")), "--no-running", "OK"),
    "those that run are refused": (world(running=CannotTell("AWS refused states:ListExecutions")), "", "UNKNOWN"),
    "is deleted": (world(machine("DELETING")), "", "CRITICAL"),
    "by ARN": (world(), f"--machine {ARN}", "OK"),
    "not there": (world(), "--machine refunds", "CRITICAL"),
    "not there, by ARN": (world(Down("the state machine invoices does not exist")), f"--machine {ARN}", "CRITICAL"),
    "no permission": (world(CannotTell("AWS refused states:DescribeStateMachine")), "", "UNKNOWN"),
    "no permission for CloudWatch": (world(started=REFUSED), "", "UNKNOWN"),
    "a short window": (world(), "--window 5m", "UNKNOWN"),
    "an empty name": (world(), "--machine ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_step_functions(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    words = command_line if "--machine" in command_line else f"--machine invoices {command_line}".strip()
    with still_time(NOW.timestamp()):
        outcome = run(StepFunctions, words, aws)
    assert outcome.state == state
    golden(outcome)


def test_arn_needs_no_list_of_machines() -> None:
    aws = world()
    run(StepFunctions, f"--machine {ARN} --no-running", aws)
    assert [name for name, _ in aws.requests] == ["stepfunctions:DescribeStateMachine", "cloudwatch:GetMetricData"]
    assert all(one.is_known() for one in StepFunctions(machine=(ARN,)).read_metrics())
    assert not any(one.is_known() for one in StepFunctions(machine=("invoices",)).read_metrics())


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((10.0, 6.0, 3.0, 0.0, 1.0))
    ]
    answers: dict[str, Any] = {
        "stepfunctions:ListStateMachines": {"stateMachines": [LISTED]},
        "stepfunctions:DescribeStateMachine": machine(),
        "stepfunctions:ListExecutions": {"executions": [execution(3, at=now)]},
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "step_functions", "--machine", "invoices", "-vv")
    assert done.returncode == 2, done.stdout
    assert "CRITICAL: Failed executions of invoices 40 % (above 10 %; 3 failed, 1 aborted of 10)" in done.stdout
    assert "OK: Oldest execution of invoices 3 h" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("StateMachineDoesNotExist", "no"), 2, "CRITICAL: the state machine invoices does not exist"),
        (Refusal("AccessDeniedException", "no"), 3, "UNKNOWN: AWS refused states:DescribeStateMachine on the state"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"stepfunctions:DescribeStateMachine": refusal}) as server:
        done = run_program(server.address, "step_functions", "--machine", ARN)
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"STEP_FUNCTIONS {words}")


def make_machine(address: str) -> str:
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}
    made = client("stepfunctions", address).create_state_machine(
        name="invoices", definition=json.dumps(definition), roleArn="arn:aws:iam::123456789012:role/invoices"
    )
    arn: str = made["stateMachineArn"]
    return arn


@pytest.mark.slow
def test_program_follows_the_machines_of_moto() -> None:
    with moto() as address:
        arn = make_machine(address)
        idle = run_program(address, "step_functions", "--machine", "invoices", "-vv")
        client("stepfunctions", address).start_execution(stateMachineArn=arn)
        busy = run_program(address, "step_functions", "--machine", arn, "-vv")
        gone = run_program(address, "step_functions", "--machine", "refunds")
    assert idle.returncode == 0, idle.stdout
    assert "OK: State machine invoices ACTIVE" in idle.stdout
    assert "OK: Running executions of invoices 0" in idle.stdout
    assert "OK: Running executions of invoices 1" in busy.stdout, busy.stdout
    assert gone.stdout.startswith("STEP_FUNCTIONS CRITICAL: the state machine refunds does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_machine(address)
        yield Sample("--machine invoices", env=environment(address))
