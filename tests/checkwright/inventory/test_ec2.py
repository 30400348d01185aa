"""Answers of EC2, by moto's server. It proves the form of requests and answers, and not Amazon's behaviour."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from checkwright.inventory import ec2_answers
from checkwright.inventory.ec2_answers import ec2_answer, parse_instances
from checkwright.inventory.pull import pull
from checkwright.inventory.records import CannotPull, IncompleteAnswer
from checkwright.registry.model import Account, Always, Attribute, ByValue, Ec2, Role, Tag, Team
from tests.support.aws import REGION, SECRET_KEY, TOKEN, client, forget_credentials, give_credentials, moto
from tests.support.servers import web_server

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
OWNER = Team("ops", email="ops@example.com")
LINUX, WEB = Role("linux", owner=OWNER), Role("web", owner=OWNER)
IMAGE = "ami-12c6146b"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def ec2(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a client of EC2 without instances, and make botocore find this server."""
    give_credentials(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    prepares = client("ec2", server)
    found = [one for page in prepares.describe_instances()["Reservations"] for one in page["Instances"]]
    running = [one["InstanceId"] for one in found if one["State"]["Name"] != "terminated"]
    if running:
        prepares.terminate_instances(InstanceIds=running)
    return prepares


def start(ec2: Any, count: int, **tags: str) -> list[str]:
    tag_list = [{"Key": key.replace("__", ":"), "Value": value} for key, value in tags.items()]
    found: list[str] = []
    for _ in range(count):  # one reservation each
        answer = ec2.run_instances(
            ImageId=IMAGE,
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tag_list}] if tag_list else [],
        )
        found.append(answer["Instances"][0]["InstanceId"])
    return found


def source(**changed: Any) -> Ec2:
    settings: dict[str, Any] = {
        "file": "aws.csv",
        "regions": (REGION,),
        "filters": {"tag:env": ("production",)},
        "roles": (Always(LINUX), ByValue(Tag("service"), {"web": WEB})),
        "labels": {"zone": Attribute("Placement.AvailabilityZone")},
    }
    return Ec2(**{**settings, **changed})


def test_running_and_stopped_instances_become_hosts(ec2: Any) -> None:
    web = start(ec2, 3, Name="web", service="web", env="production")
    start(ec2, 2, Name="other", service="web", env="staging")
    ec2.stop_instances(InstanceIds=web[:1])
    ec2.terminate_instances(InstanceIds=web[2:])
    found = ec2_answer(source(), NOW)
    assert {record.id for record in found.records} == set(web[:2])
    assert found.gone[web[2]] == "terminated"
    done = pull(source(), found, None, NOW)
    assert done.refusals == ()
    assert sorted(row.name for row in done.after) == sorted(f"web-{id[-8:]}" for id in web[:2])
    assert all(row.address.startswith("10.") and row.labels["zone"].startswith(REGION) for row in done.after)


def test_all_pages_are_read(ec2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    web = start(ec2, 23, service="web", env="production")
    monkeypatch.setattr(ec2_answers, "_PAGE", 5)
    assert {record.id for record in ec2_answer(source(), NOW).records} == set(web)


def test_members_of_groups_are_left_out_or_are_all(ec2: Any) -> None:
    pet = start(ec2, 1, Name="bastion", service="web", env="production")
    cattle = start(ec2, 2, service="web", env="production", aws__autoscaling__groupName="web-asg")
    found = ec2_answer(source(), NOW)
    assert [record.id for record in found.records] == pet
    assert found.notes == ("left out 2 instances of Auto Scaling groups: watch the groups",)
    churn = ec2_answer(source(churn=True), NOW)
    assert {record.id for record in churn.records} == set(cattle)
    assert churn.notes == ("left out 1 instances not of an Auto Scaling group",)


def test_instance_that_vanished_from_the_complete_listing_is_gone(ec2: Any) -> None:
    web = start(ec2, 4, service="web", env="production")
    old = pull(source(), ec2_answer(source(), NOW), None, NOW).content
    ec2.delete_tags(Resources=web[:1], Tags=[{"Key": "env"}])
    done = pull(source(), ec2_answer(source(), NOW), old, NOW)
    assert (done.refusals, done.gone) == ((), {web[0][-8:]: "not in the complete listing"})


def test_all_accounts_and_regions_are_asked(ec2: Any, server: str) -> None:
    role = "arn:aws:iam::210987654321:role/inventory"
    start(ec2, 1, service="web", env="production")
    account = Account("other", role=role, external_id="shop", regions=(REGION,), endpoint=server)
    two = source(regions=(REGION, "eu-central-1"), accounts=(account,))
    found = ec2_answer(two, NOW)
    assert found.records == ()  # moto shows the other account, which is empty
    here = source(regions=(REGION, "eu-central-1"))
    assert len(ec2_answer(here, NOW).records) == 1


REFUSED = b"""<Response><Errors><Error><Code>UnauthorizedOperation</Code>
<Message>You are not authorized to perform this operation.</Message></Error></Errors></Response>"""
FAILURES = {
    "refused": (403, REFUSED, "DescribeInstances failed: UnauthorizedOperation: You are not authorized to perform"),
    "no XML": (500, b"<!doctype html>\n<title>500", "the answer is not of EC2's form"),
    "cut": (200, b"<DescribeInstancesResponse><reservationSet><item>", "the answer is not of EC2's form"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_region_that_fails_fails_the_pull(monkeypatch: pytest.MonkeyPatch, failure: str) -> None:
    status, body, sentence = FAILURES[failure]
    give_credentials(monkeypatch)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with web_server({"/": (status, {"Content-Type": "text/xml"}, body)}) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
        with pytest.raises(IncompleteAnswer) as refused:
            ec2_answer(source(), NOW)
    assert str(refused.value).startswith(f"EC2 of this account in {REGION}: {sentence}")
    assert SECRET_KEY not in str(refused.value) and TOKEN not in str(refused.value)


def test_missing_credentials_are_one_sentence(ec2: Any, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_credentials(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    with pytest.raises(CannotPull, match=f"^EC2 of this account in {REGION}: Unable to locate credentials$"):
        ec2_answer(source(), NOW)


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(CannotPull, match="Could not connect to the endpoint URL"):
        ec2_answer(source(), NOW)


def test_instance_that_two_accounts_name_is_refused() -> None:
    instance = {"InstanceId": "i-1", "State": {"Name": "running"}}
    with pytest.raises(CannotPull, match="EC2 names the instance i-1 twice"):
        parse_instances([instance, instance], False, NOW)


def test_instance_without_tags_has_its_id_as_its_name() -> None:
    (record,) = parse_instances([{"InstanceId": "i-0a1b2c3d4e", "State": {"Name": "running"}}], False, NOW).records
    assert record.values["name_and_id"] == "1b2c3d4e"[-8:]
