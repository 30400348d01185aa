"""iam_keys: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.iam_keys import IamKeys
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.clock import still_time
from tests.support.sample import Sample

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)
COLUMNS = (
    "user,arn,password_last_used,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date"
)


def ago(days: float | None, at: datetime = NOW) -> str:
    return "N/A" if days is None else (at - timedelta(days=days)).isoformat()


def root(days: float | None = 200, at: datetime = NOW) -> str:
    used = "no_information" if days is None else ago(days, at)
    return f"<root_account>,arn:aws:iam::111122223333:root,{used},true,false,N/A,N/A,false,N/A,N/A"


def user(name: str, age: float | None, used: float | None = 1, second: float | None = None, at: datetime = NOW) -> str:
    keys = [f"{str(days is not None).lower()},{ago(days, at)},{ago(used, at)}" for days in (age, second)]
    return f"{name},arn:aws:iam::111122223333:user/{name},N/A,false,{','.join(keys)}"


def report(*rows: str) -> dict[str, Any]:
    text = "\n".join([COLUMNS, *rows]) + "\n"
    return {"Content": text.encode(), "ReportFormat": "text/csv", "GeneratedTime": NOW}


def summary(keys: int = 0, mfa: int = 1) -> dict[str, Any]:
    return {"SummaryMap": {"AccountAccessKeysPresent": keys, "AccountMFAEnabled": mfa}}


def world(*rows: str, about: Any = None, reports: Any = None) -> FakeAws:
    return FakeAws(
        answers={
            "iam:GetAccountSummary": about or summary(),
            "iam:GetCredentialReport": reports or report(*(rows or (root(), user("deploy", 30)))),
            "iam:GenerateCredentialReport": {"State": "STARTED"},
        }
    )


CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "an old key": (world(root(), user("deploy", 100)), "", "WARNING"),
    "a very old second key that nobody uses": (world(root(), user("deploy", 30, None, 400)), "", "CRITICAL"),
    "a user without keys": (world(root(), user("anna", None)), "", "OK"),
    "root was used this week": (world(root(3)), "", "WARNING"),
    "root was used today": (world(root(0.2)), "", "CRITICAL"),
    "root was never used": (world(root(None)), "", "OK"),
    "root has a key": (world(about=summary(keys=1)), "", "CRITICAL"),
    "root has no second factor": (world(about=summary(mfa=0)), "", "CRITICAL"),
    "by pattern": (world(root(), user("ci-web", 10), user("anna", 400)), "--user 'ci-*'", "OK"),
    "left out": (world(root(), user("ci-web", 10), user("anna", 400)), "--exclude anna", "OK"),
    "not there": (world(), "--user mail", "CRITICAL"),
    "no report": (world(reports={"Content": b"<html>", "ReportFormat": "text/csv"}), "", "UNKNOWN"),
    "an empty report": (world(reports={"Content": b"", "ReportFormat": "text/csv"}), "", "UNKNOWN"),
    "a report that never comes": (world(reports=Down("there is no report")), "-t 3", "UNKNOWN"),
    "no permission": (world(about=CannotTell("AWS refused iam:GetAccountSummary on the account")), "", "UNKNOWN"),
    "an empty name": (world(), "--user ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_iam_keys(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    with still_time(NOW.timestamp()):
        outcome = run(IamKeys, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_program_has_the_report_made() -> None:
    now = datetime.now(UTC)
    made = report(root(2, at=now), user("deploy", 200, 1.5, at=now))
    answers: dict[str, Any] = {
        "iam:GetAccountSummary": summary(keys=1),
        "iam:GetCredentialReport": [
            Refusal("ReportNotPresent", "No report was found"),
            Refusal("ReportInProgress", "Wait"),
            made,
        ],
        "iam:GenerateCredentialReport": {"State": "STARTED"},
    }
    with answering(answers) as server:
        done = run_program(server.address, "iam_keys", "--region", "eu-west-1", "-vv")
        assert [name for name, _ in server.requested] == [
            "iam:GetAccountSummary",
            "iam:GetCredentialReport",
            "iam:GenerateCredentialReport",
            "iam:GetCredentialReport",
            "iam:GetCredentialReport",
        ]
    assert done.returncode == 2, done.stdout
    assert "CRITICAL: Key of deploy 1 200 days (above 180 days; unused for 36 h)" in done.stdout
    assert "CRITICAL: Keys of the root user 1 (above 0)" in done.stdout
    assert "WARNING: Root user unused for 2 days (below 7 days)" in done.stdout


def test_program_reports_a_refusal() -> None:
    with answering({"iam:GetAccountSummary": Refusal("AccessDenied", "no")}) as server:
        done = run_program(server.address, "iam_keys")
    assert done.returncode == 3
    assert done.stdout.startswith("IAM_KEYS UNKNOWN: AWS refused iam:GetAccountSummary on the account: no")


def make_user(address: str) -> None:
    iam = client("iam", address)
    iam.create_user(UserName="deploy")
    iam.create_access_key(UserName="deploy")


#: moto's account has no second factor.
WORDS = "--root-mfa-ok off"


@pytest.mark.slow
def test_program_follows_the_users_of_moto() -> None:
    with moto() as address:
        make_user(address)
        well = run_program(address, "iam_keys", *WORDS.split(), "-vv")
        gone = run_program(address, "iam_keys", *WORDS.split(), "--user", "mail")
    assert well.returncode == 0, well.stdout
    assert "OK: Key of deploy 1 0 days" in well.stdout
    assert gone.returncode == 2, gone.stdout
    assert "there is no user mail in the credential report" in gone.stdout


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_user(address)
        yield Sample(WORDS, env=environment(address))
