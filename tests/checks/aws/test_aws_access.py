"""aws_access: against a fake, and against moto's server."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.aws.aws_access import AwsAccess
from checks.aws.fake import FakeAws
from checks.aws.source import Aws, Where
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.aws import REGION, SECRET_KEY, give_credentials, moto
from tests.support.current_run import current_run
from tests.support.sample import Sample

ARN = "arn:aws:sts::111122223333:assumed-role/checks/web-1"


def world(refusal: CannotTell | None = None, left: float | None = None) -> FakeAws:
    answer = {"Account": "111122223333", "Arn": ARN, "UserId": "AROA:web-1"}
    return FakeAws(answers={"sts:GetCallerIdentity": refusal or answer}, session_left=left)


EXPIRED = CannotTell("AWS refused the credentials for sts:GetCallerIdentity: they have expired (ExpiredToken)")
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "any account": (world(), "", "OK"),
    "the right account and role": (
        world(),
        "--account 111122223333 --arn 'arn:aws:sts::*:assumed-role/checks/*'",
        "OK",
    ),
    "another account": (world(), "--account 444455556666", "CRITICAL"),
    "another role": (world(), "--arn '*:assumed-role/admin/*'", "CRITICAL"),
    "the session ends soon": (world(left=600), "", "WARNING"),
    "the session has ended": (world(left=-5), "", "CRITICAL"),
    "refused": (world(EXPIRED), "", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_aws_access(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(AwsAccess, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_expiry_of_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)
    aws, here = Aws(), Where(region=REGION)
    with current_run():
        assert aws.session_left(here) is None
    expiry = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", expiry.isoformat())
    aws = Aws()
    with current_run():
        left = aws.session_left(here)
    assert left is not None
    assert 3000 < left <= 3600
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "soon")
    with current_run(), pytest.raises(CannotTell, match="AWS_CREDENTIAL_EXPIRATION is no time: soon"):
        aws.session_left(here)


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        env = {
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": address,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        yield Sample("--account 123456789012", env=env, has_metrics=False)
