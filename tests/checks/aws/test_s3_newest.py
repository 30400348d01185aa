"""s3_newest: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.s3_newest import S3Newest
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import REGION, client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.clock import still_time
from tests.support.sample import Sample

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)
MIB = 1024**2


def entry(hours: float, key: str = "", size: int = 500 * MIB, at: datetime = NOW) -> dict[str, Any]:
    return {"Key": key or f"db/{hours}.sql.gz", "LastModified": at - timedelta(hours=hours), "Size": size}


def world(*entries: dict[str, Any]) -> FakeAws:
    """Objects that are listed by prefix, as S3 does."""

    def listed(parameters: dict[str, Any]) -> dict[str, Any]:
        found = [one for one in entries if one["Key"].startswith(parameters["Prefix"])]
        return {"Contents": sorted(found, key=lambda one: str(one["Key"])), "IsTruncated": False}

    return FakeAws(answers={"s3:ListObjectsV2": listed})


GONE = FakeAws(answers={"s3:ListObjectsV2": Down("the bucket backups does not exist")})
REFUSED = FakeAws(answers={"s3:ListObjectsV2": CannotTell("AWS refused s3:ListBucket on the bucket backups")})
ENDLESS = FakeAws(
    answers={
        "s3:ListObjectsV2": [
            {"Contents": [entry(1, f"db/{page}")], "IsTruncated": True, "NextContinuationToken": f"t{page}"}
            for page in range(9)
        ]
    }
)
NIGHTS = (entry(3), entry(27), entry(51))
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(*NIGHTS), "", "OK"),
    "a night is missing": (world(entry(28), entry(52)), "", "WARNING"),
    "two nights are missing": (world(entry(52)), "", "CRITICAL"),
    "the newest is not the last key": (world(entry(3, "db/a"), entry(100, "db/z")), "", "OK"),
    "half of it is missing": (world(entry(3, size=200 * MIB), entry(27)), "", "WARNING"),
    "most of it is missing": (world(entry(3, size=2 * MIB), entry(27)), "", "CRITICAL"),
    "it grew": (world(entry(3, size=900 * MIB), entry(27)), "", "OK"),
    "too small to count": (world(entry(3, size=20), entry(30)), "--min-size 1M", "WARNING"),
    "empty to count": (world(entry(3, size=0), entry(52)), "", "CRITICAL"),
    "all are too small": (world(entry(3, size=20)), "--min-size 1M", "CRITICAL"),
    "a folder of the console": (world(entry(0, "db/", 0), *NIGHTS), "--prefix db/", "OK"),
    "by pattern": (world(entry(1, "db/log.txt", 10), *NIGHTS), "--pattern '*.sql.gz'", "OK"),
    "none of a pattern": (world(*NIGHTS), "--pattern '*.tar' --prefix db/", "CRITICAL"),
    "by date": (
        world(entry(5, "db/2026-11-29/full"), entry(29, "db/2026-11-28/full"), entry(1, "db/log")),
        "--prefix 'db/%Y-%m-%d/'",
        "OK",
    ),
    "before the first of today": (world(entry(24, "db/2026-11-28/full")), "--prefix 'db/%Y-%m-%d/'", "OK"),
    "none of the last days": (world(entry(90, "db/2026-11-25/full")), "--prefix 'db/%Y-%m-%d/' --days 1", "CRITICAL"),
    "an empty bucket": (world(), "", "CRITICAL"),
    "no bucket": (GONE, "", "CRITICAL"),
    "more keys than pages": (ENDLESS, "--max-pages 3", "UNKNOWN"),
    "no permission": (REFUSED, "--owner 111122223333", "UNKNOWN"),
    "an owner that is no account": (world(), "--owner shop", "UNKNOWN"),
    "an empty name": (world(), "--bucket ''", "UNKNOWN"),
    "no pages": (world(), "--max-pages 0", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_s3_newest(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    with still_time(NOW.timestamp()):
        outcome = run(S3Newest, f"--bucket backups {command_line}".strip(), aws)
    assert outcome.state == state
    golden(outcome)


def test_prefixes_of_dates_are_each_read_once() -> None:
    aws = world(*NIGHTS)
    with still_time(NOW.timestamp()):
        run(S3Newest, "--bucket backups --prefix 'db/%Y-%m/' --days 31 --owner 111122223333", aws)
    common = {"Bucket": "backups", "ExpectedBucketOwner": "111122223333"}
    assert [parameters for _, parameters in aws.requests] == [
        {**common, "Prefix": "db/2026-11/"},
        {**common, "Prefix": "db/2026-10/"},
    ]


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    pages: list[Any] = [
        {"Contents": [entry(60, "db/a", at=now)], "IsTruncated": True, "NextContinuationToken": "t"},
        {"Contents": [entry(3, "db/b c", 200 * MIB, at=now)], "IsTruncated": False},
    ]
    with answering({"s3:ListObjectsV2": pages}) as server:
        done = run_program(server.address, "s3_newest", "--bucket", "backups", "-vv")
    assert done.returncode == 1, done.stdout
    assert "OK: Newest object 3 h (db/b c)" in done.stdout
    assert "WARNING: Shrunk by 60 % (above 50 %)" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("NoSuchBucket", "none"), 2, "CRITICAL: the bucket backups does not exist"),
        (Refusal("AccessDenied", "no"), 3, "UNKNOWN: AWS refused s3:ListBucket on the bucket backups: no"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"s3:ListObjectsV2": refusal}) as server:
        done = run_program(server.address, "s3_newest", "--bucket", "backups")
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"S3_NEWEST {words}")


def make_bucket(address: str, count: int) -> None:
    s3 = client("s3", address)
    s3.create_bucket(Bucket="backups", CreateBucketConfiguration={"LocationConstraint": REGION})
    for number in range(count):
        s3.put_object(Bucket="backups", Key=f"db/{number:04}.sql.gz", Body=b"rows " * 10)


@pytest.mark.slow
def test_program_reads_all_pages_of_moto() -> None:
    with moto() as address:
        make_bucket(address, 1005)
        found = run_program(address, "s3_newest", "--bucket", "backups", "--prefix", "db/", "-vv")
        first = run_program(address, "s3_newest", "--bucket", "backups", "--max-pages", "1")
        empty = run_program(address, "s3_newest", "--bucket", "backups", "--prefix", "mail/")
        gone = run_program(address, "s3_newest", "--bucket", "mail-backups")
    assert found.returncode == 0, found.stdout
    assert " objects=1005;" in found.stdout
    assert first.stdout.startswith(
        "S3_NEWEST UNKNOWN: the answer to s3:ListBucket on the bucket backups has more than 1"
    )
    assert empty.stdout.startswith("S3_NEWEST CRITICAL: there is no object in the bucket backups below mail/")
    assert gone.stdout.startswith("S3_NEWEST CRITICAL: the bucket mail-backups does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_bucket(address, 2)
        yield Sample("--bucket backups", env=environment(address))
