"""lambda_function: against a fake, answers in AWS's protocol, and moto."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.lambda_function import LambdaFunction
from checkwright.core.errors import CannotTell, CheckError, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample


def function(**more: object) -> dict[str, Any]:
    return {"FunctionName": "mail", "Timeout": 30, "State": "Active", "LastUpdateStatus": "Successful", **more}


NAMES = {
    "runs": ("Invocations", "Sum"),
    "failed": ("Errors", "Sum"),
    "refused": ("Throttles", "Sum"),
    "duration": ("Duration", "Maximum"),
    "age": ("IteratorAge", "Maximum"),
    "account": ("ConcurrentExecutions", "Maximum"),
}


def world(
    about: dict[str, Any] | CheckError | None = None, refusal: CheckError | None = None, **values: list[float] | None
) -> FakeAws:
    usual: dict[str, list[float] | None] = {
        "runs": [2_000, 1_000],
        "failed": None,
        "refused": None,
        "duration": [1_500],
        "age": [2_000],
        "account": [120],
    }
    metrics: dict[tuple[str, ...], Any] = {NAMES[name]: found for name, found in {**usual, **values}.items()}
    if refusal is not None:
        metrics = dict.fromkeys(metrics, refusal)
    return FakeAws(
        answers={
            "lambda:GetFunctionConfiguration": about or function(),
            "lambda:GetAccountSettings": {"AccountLimit": {"ConcurrentExecutions": 1000}},
        },
        metrics=metrics,
    )


IDLE = world(runs=None, duration=None, age=None, account=None)
FAILED = function(State="Failed", StateReason="The role cannot be assumed", StateReasonCode="InvalidConfiguration")
NOT_UPDATED = function(LastUpdateStatus="Failed", LastUpdateStatusReason="The image is gone")
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "some runs fail": (world(failed=[40]), "", "WARNING"),
    "many runs fail": (world(failed=[400]), "", "CRITICAL"),
    "the only run fails": (world(runs=[1], failed=[1]), "", "CRITICAL"),
    "few runs do not count": (world(runs=[1], failed=[1]), "--min-runs 20", "OK"),
    "calls are throttled": (world(refused=[60]), "", "WARNING"),
    "all calls are throttled": (world(runs=None, duration=None, refused=[60]), "", "CRITICAL"),
    "near its timeout": (world(duration=[26_000]), "", "WARNING"),
    "cut off by its timeout": (world(duration=[30_000]), "", "CRITICAL"),
    "no runs": (IDLE, "", "OK"),
    "a schedule stopped": (IDLE, "--runs-critical 1: --window 1d", "CRITICAL"),
    "a schedule runs": (world(runs=[1]), "--runs-critical 1:", "OK"),
    "reads a stream": (world(), "--stream", "OK"),
    "is behind its stream": (world(age=[4_000_000]), "--stream", "CRITICAL"),
    "the account has room": (world(), "--concurrency", "OK"),
    "the account is at its quota": (world(account=[970]), "--concurrency", "CRITICAL"),
    "an alias": (world(), "--alias live", "OK"),
    "failed": (world(FAILED), "", "CRITICAL"),
    "inactive": (world(function(State="Inactive")), "", "WARNING"),
    "the update failed": (world(NOT_UPDATED), "", "CRITICAL"),
    "not there": (world(Down("the function mail does not exist")), "", "CRITICAL"),
    "no permission": (world(CannotTell("AWS refused lambda:GetFunctionConfiguration")), "", "UNKNOWN"),
    "no permission for CloudWatch": (world(refusal=CannotTell("AWS refused cloudwatch:GetMetricData")), "", "UNKNOWN"),
    "a short window": (world(), "--window 5m", "UNKNOWN"),
    "an empty name": (world(), "--function ''", "UNKNOWN"),
    "no runs needed": (world(), "--min-runs 0", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_lambda_function(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(LambdaFunction, f"--function mail {command_line}".strip(), aws)
    assert outcome.state == state
    golden(outcome)


def test_alias_is_in_all_requests() -> None:
    aws = world()
    run(LambdaFunction, "--function mail --alias live", aws)
    assert aws.requests[0][1] == {"FunctionName": "mail", "Qualifier": "live"}
    queries = aws.requests[1][1]["MetricDataQueries"]
    dims = [{"Name": "FunctionName", "Value": "mail"}, {"Name": "Resource", "Value": "mail:live"}]
    assert [query["MetricStat"]["Metric"]["Dimensions"] for query in queries] == [dims] * 4


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((50.0, 1.0, 0.0, 27_000.0))
    ]
    answers: dict[str, Any] = {
        "lambda:GetFunctionConfiguration": NOT_UPDATED,
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "lambda_function", "--function", "mail", "-vv")
    assert done.returncode == 2, done.stdout
    assert "WARNING: Failed invocations mail 2 % (above 1 %; 1 of 50)" in done.stdout
    assert "WARNING: Timeout used by the longest run mail 90 % (above 80 %)" in done.stdout
    assert "CRITICAL: Update of mail Failed (The image is gone)" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("ResourceNotFoundException", "Function not found"), 2, "CRITICAL: the function mail does not exist"),
        (Refusal("AccessDeniedException", "no"), 3, "UNKNOWN: AWS refused lambda:GetFunctionConfiguration"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"lambda:GetFunctionConfiguration": refusal}) as server:
        done = run_program(server.address, "lambda_function", "--function", "mail")
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"LAMBDA_FUNCTION {words}")


def make_function(address: str) -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    role = client("iam", address).create_role(RoleName="mail", AssumeRolePolicyDocument=json.dumps(trust))
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("mail.py", "def handler(event, context): pass\n")
    client("lambda", address).create_function(
        FunctionName="mail",
        Runtime="python3.12",
        Role=role["Role"]["Arn"],
        Handler="mail.handler",
        Code={"ZipFile": code.getvalue()},
        Timeout=30,
    )


@pytest.mark.slow
def test_program_follows_the_functions_of_moto() -> None:
    with moto() as address:
        make_function(address)
        idle = run_program(address, "lambda_function", "--function", "mail", "-vv")
        at = datetime.now(UTC) - timedelta(minutes=15)
        dims = [{"Name": "FunctionName", "Value": "mail"}]
        client("cloudwatch", address).put_metric_data(
            Namespace="AWS/Lambda",
            MetricData=[
                {"MetricName": name, "Dimensions": dims, "Timestamp": at, "Value": value}
                for name, value in (("Invocations", 40), ("Errors", 10), ("Duration", 900))
            ],
        )
        fails = run_program(address, "lambda_function", "--function", "mail", "-vv")
        gone = run_program(address, "lambda_function", "--function", "resize")
    assert idle.returncode == 0, idle.stdout
    assert " runs:mail=0;" in idle.stdout
    assert fails.returncode == 2
    assert "CRITICAL: Failed invocations mail 25 % (above 5 %; 10 of 40)" in fails.stdout
    assert "Timeout used by the longest run mail 3 %" in fails.stdout
    assert gone.stdout.startswith("LAMBDA_FUNCTION CRITICAL: the function resize does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_function(address)
        yield Sample("--function mail", env=environment(address))
