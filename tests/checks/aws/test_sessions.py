"""Sessions and clients of botocore: profiles, roles, regions, credentials that are missing or slow."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.aws.source import Aws, Where
from checkwright.core.errors import BadUsage, CannotTell
from tests.support.aws import REGION, client, forget_credentials, give_credentials, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.current_run import current_run

ROLE = "arn:aws:iam::222233334444:role/checks"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def aws() -> Iterator[Aws]:
    source = Aws.open()
    yield source
    source.close()


def files(patch: pytest.MonkeyPatch, folder: Path, *, config: str = "", credentials: str = "") -> Path:
    """Make botocore read these texts, and no credentials of the environment. Returns the file of credentials."""
    forget_credentials(patch)
    for name, text in {"AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": credentials}.items():
        file = folder / name
        file.write_text(text)
        patch.setenv(name, str(file))
    return folder / "AWS_SHARED_CREDENTIALS_FILE"


KEYS = "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = one\n"


@pytest.mark.parametrize("unchanged", [True, False])
def test_clients_are_replaced_when_credential_files_change(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unchanged: bool
) -> None:
    file = files(monkeypatch, tmp_path, credentials=KEYS)
    here = Where(region=REGION, endpoint="http://127.0.0.1:9")
    first = aws._sessions.client("sqs", here, "sqs:ListQueues")
    if not unchanged:
        file.write_text(KEYS.replace("AKIAEXAMPLE", "AKIAANOTHER"))
    second = aws._sessions.client("sqs", here, "sqs:ListQueues")
    assert (first is second) == unchanged
    assert second._request_signer._credentials.access_key == ("AKIAEXAMPLE" if unchanged else "AKIAANOTHER")


def account(aws: Aws, where: Where) -> str:
    return str(aws.ask("sts", "GetCallerIdentity", "the account", where)["Account"])


def test_role_is_assumed(aws: Aws, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)
    here = Where(region=REGION, endpoint=server)
    assert account(aws, here) != "222233334444"
    assert account(aws, Where(region=REGION, role=ROLE, external_id="shop-5", endpoint=server)) == "222233334444"


def test_accounts_are_separate(aws: Aws, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)
    here = Where(region=REGION, endpoint=server)
    client("sqs", server).create_queue(QueueName="in-the-first")
    assert aws.queue("in-the-first", here).depth() == 0
    with pytest.raises(Exception, match="does not exist"):
        aws.queue("in-the-first", Where(region=REGION, role=ROLE, endpoint=server))


def test_profile_names_region_and_role(aws: Aws, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = f"[profile shop]\nregion = us-east-2\nrole_arn = {ROLE}\nsource_profile = default\n"
    files(monkeypatch, tmp_path, config=config, credentials=KEYS)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    assert account(aws, Where(profile="shop")) == "222233334444"
    assert aws._sessions.client("sqs", Where(profile="shop"), "x").meta.region_name == "us-east-2"


@pytest.mark.slow
def test_endpoint_of_one_service_is_not_used_for_another(
    aws: Aws, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_credentials(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", server)
    here = Where(region=REGION)
    assert aws._sessions.client("sqs", here, "x").meta.endpoint_url == "http://127.0.0.1:9"
    assert aws._sessions.client("cloudwatch", here, "x").meta.endpoint_url == server


def test_missing_region_is_reported(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)
    with pytest.raises(BadUsage, match=r"^no AWS region for sqs:GetQueueUrl: give --region, or set AWS_DEFAULT_REGION"):
        aws.queue("orders", Where())


def test_region_of_the_environment_is_used(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    assert aws._sessions.client("sqs", Where(), "x").meta.region_name == "ap-south-1"
    assert aws._sessions.client("support", Where(), "x").meta.region_name == "us-east-1"


@pytest.mark.slow
def test_silent_sts_is_reported_in_time(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = f"[profile shop]\nregion = {REGION}\nrole_arn = {ROLE}\nsource_profile = default\n"
    files(monkeypatch, tmp_path, config=config, credentials=KEYS)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", address)
        began = time.monotonic()
        for where in (Where(profile="shop"), Where(region=REGION, role=ROLE, endpoint=address)):
            with current_run(seconds=2), pytest.raises(CannotTell, match=r"did not answer|cannot reach AWS"):
                aws.queue("orders", where)
        assert time.monotonic() < began + 40  # botocore alone asks three times and waits for 60 seconds each


def test_missing_credentials_are_searched_once_for_all_runs(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_credentials(monkeypatch)
    searches = []

    def slow(_session: Any) -> None:
        searches.append(time.monotonic())
        time.sleep(0.3)

    monkeypatch.setattr("botocore.session.Session.get_credentials", slow)
    refusals = []

    def ask() -> None:
        with (
            current_run(seconds=20),
            pytest.raises(CannotTell, match="no AWS credentials for sqs:GetQueueUrl") as caught,
        ):
            aws.queue("orders", Where(region=REGION))
        refusals.append(str(caught.value))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 8
    assert len(searches) == 1


def test_refused_role_names_the_action(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)
    refusal = Refusal("AccessDenied", "not authorized to perform: sts:AssumeRole")
    with answering({"sts:AssumeRole": refusal}) as server:
        where = Where(region=REGION, role=ROLE, endpoint=server.address)
        with pytest.raises(
            CannotTell, match="refused sts:AssumeRole on the role of this check, before sqs:GetQueueUrl"
        ):
            aws.queue("orders", where)
