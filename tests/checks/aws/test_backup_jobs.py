"""backup_jobs: against a fake, and answers in AWS's protocol. moto has no jobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.backup_jobs import BackupJobs
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.clock import still_time
from tests.support.sample import Sample

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)
DB = "arn:aws:rds:eu-west-1:111122223333:db:shop"
DISK = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-0123456789abcdef0"


def backup(arn: str = DB, hours: float = 5, kind: str = "RDS", at: datetime = NOW) -> dict[str, Any]:
    return {"ResourceArn": arn, "ResourceType": kind, "LastBackupTime": at - timedelta(hours=hours)}


def job(
    arn: str = DB, hours: float = 3, state: str = "FAILED", message: str = "", at: datetime = NOW
) -> dict[str, Any]:
    made = {"ResourceArn": arn, "State": state, "CreationDate": at - timedelta(hours=hours)}
    return {**made, **({"StatusMessage": message} if message else {})}


def world(backups: Any, *jobs: dict[str, Any]) -> FakeAws:
    def listed(request: dict[str, Any]) -> dict[str, Any]:
        return {"BackupJobs": [one for one in jobs if one["State"] == request["ByState"]]}

    found = backups if isinstance(backups, CannotTell) else {"Results": backups}
    return FakeAws(answers={"backup:ListProtectedResources": found, "backup:ListBackupJobs": listed})


ALL = [backup(), backup(DISK, 20, "EBS")]
NO_ROLE = job(message="Insufficient privileges to perform this action")
PARTLY = job(state="COMPLETED", message="Windows VSS Backup attempt failed because of timeout")
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(ALL, job(state="COMPLETED")), "", "OK"),
    "one night is missing": (world([backup(hours=30), backup(DISK, 5, "EBS")]), "", "WARNING"),
    "two nights are missing": (world([backup(hours=60)]), "", "CRITICAL"),
    "a job failed": (world(ALL, NO_ROLE), "", "WARNING"),
    "a job failed, and the next one did not": (world(ALL, job(hours=9)), "", "OK"),
    "many jobs failed": (world(ALL, *([NO_ROLE] * 5)), "", "WARNING"),
    "a job of another resource failed": (world(ALL, job(f"{DB}-old")), f"--resource {DB}", "OK"),
    "a job that expired": (world(ALL, job(state="EXPIRED")), "", "WARNING"),
    "a part of a backup": (world(ALL, job(state="PARTIAL")), "", "WARNING"),
    "completed with issues": (world(ALL, PARTLY), "", "WARNING"),
    "by name": (world(ALL), "--resource '*:db:shop'", "OK"),
    "by kind": (world([backup(), backup(DISK, 90, "EBS")]), "--type RDS", "OK"),
    "left out": (world([backup(), backup(DISK, 90, "EBS")]), "--exclude '*volume/*'", "OK"),
    "two of one name": (world([backup(), backup(DB.replace("eu-west-1", "eu-west-2"))]), "", "OK"),
    "not there": (world(ALL), "--resource '*:db:mail'", "CRITICAL"),
    "no backups": (world([]), "--region eu-west-1", "CRITICAL"),
    "no backups of a kind": (world(ALL), "--type EFS", "CRITICAL"),
    "no permission": (world(CannotTell("AWS refused backup:ListProtectedResources")), "", "UNKNOWN"),
    "an empty name": (world(ALL), "--resource ''", "UNKNOWN"),
    "too long a window": (world(ALL), "--window 90d", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_backup_jobs(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    with still_time(NOW.timestamp()):
        outcome = run(BackupJobs, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_jobs_are_those_of_the_window() -> None:
    aws = world(ALL)
    with still_time(NOW.timestamp()):
        run(BackupJobs, "--window 2d", aws)
    requests = [request for name, request in aws.requests if name == "backup:ListBackupJobs"]
    assert {request["ByState"] for request in requests} == {"FAILED", "ABORTED", "EXPIRED", "PARTIAL", "COMPLETED"}
    assert {request["ByCreatedAfter"] for request in requests} == {NOW - timedelta(days=2)}


def answers(*jobs: dict[str, Any], hours: float = 5) -> dict[str, Any]:
    now = datetime.now(UTC)
    none: dict[str, Any] = {"BackupJobs": []}
    return {
        "backup:ListProtectedResources": {"Results": [backup(hours=hours, at=now)]},
        "backup:ListBackupJobs": [{"BackupJobs": list(jobs)}, none, none, none, none],
    }


def test_program_reads_answers_of_the_service() -> None:
    failed = job(message="Insufficient privileges to perform this action", at=datetime.now(UTC))
    with answering(answers(failed, hours=30)) as server:
        done = run_program(server.address, "backup_jobs", "-vv")
    assert done.returncode == 1, done.stdout
    assert "WARNING: Newest backup of shop 30 h (above 93600 s; RDS)" in done.stdout
    assert "WARNING: Failed jobs 1 (above 0; shop: Insufficient privileges to perform this action)" in done.stdout


def test_program_reports_a_refusal() -> None:
    with answering({"backup:ListProtectedResources": Refusal("AccessDeniedException", "no")}) as server:
        done = run_program(server.address, "backup_jobs")
    assert done.returncode == 3
    assert done.stdout.startswith("BACKUP_JOBS UNKNOWN: AWS refused backup:ListProtectedResources on the backups: no")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with answering(answers()) as server:
        yield Sample("", env=environment(server.address))
