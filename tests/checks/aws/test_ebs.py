"""ebs: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.ebs import Ebs
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

ID, OTHER = "vol-0123456789abcdef0", "vol-0fedcba9876543210"


def volume(
    identity: str = ID, kind: str = "gp2", size: int = 100, state: str = "in-use", name: str = ""
) -> dict[str, Any]:
    tags = [{"Key": "Name", "Value": name}] if name else []
    where = [{"InstanceId": "i-1", "VolumeId": identity}] if state == "in-use" else []
    return {"VolumeId": identity, "VolumeType": kind, "Size": size, "State": state, "Tags": tags, "Attachments": where}


def status(identity: str = ID, word: str = "ok", event: str = "") -> dict[str, Any]:
    events = [{"EventType": "potential-data-inconsistency", "Description": event}] if event else []
    return {"VolumeId": identity, "VolumeStatus": {"Status": word}, "Events": events}


def world(*volumes: dict[str, Any], statuses: Any = None, burst: Any = (88,), machine: Any = (99,)) -> FakeAws:
    known = list(volumes or (volume(),))
    found = [status(one["VolumeId"]) for one in known] if statuses is None else statuses
    return FakeAws(
        answers={
            "ec2:DescribeVolumes": {"Volumes": known},
            "ec2:DescribeVolumeStatus": found if isinstance(found, CannotTell) else {"VolumeStatuses": found},
        },
        metrics={
            ("BurstBalance", "Minimum"): burst,
            ("EBSIOBalance%", "Minimum"): machine,
            ("EBSByteBalance%", "Minimum"): [97],
        },
    )


GONE = FakeAws(answers={"ec2:DescribeVolumes": Down(f"the volume {ID} does not exist")})
REFUSED = FakeAws(answers={"ec2:DescribeVolumes": CannotTell("AWS refused ec2:DescribeVolumes on the volumes")})
NONE = FakeAws(answers={"ec2:DescribeVolumes": {"Volumes": []}})
IMPAIRED = status(word="impaired", event="Awaiting Action: Enable IO")
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(volume(name="db")), "", "OK"),
    "the balance falls": (world(burst=[24]), "", "WARNING"),
    "the balance is spent": (world(burst=[0]), "", "CRITICAL"),
    "an idle volume": (world(volume(state="available"), burst=None), "", "OK"),
    "a cold disk": (world(volume(kind="sc1", size=4000), burst=[8]), "", "CRITICAL"),
    "kinds without a balance": (world(volume(kind="gp3"), volume(OTHER, size=2000), burst=[0]), "", "OK"),
    "impaired": (world(statuses=[IMPAIRED]), "", "CRITICAL"),
    "slow": (world(statuses=[status(word="warning")]), "", "WARNING"),
    "not known yet": (world(statuses=[status(word="insufficient-data")]), "", "OK"),
    "in error": (world(volume(state="error"), burst=None), "", "CRITICAL"),
    "the machine's balance": (world(), "--machine-balance", "OK"),
    "the machine's balance is spent": (world(machine=[4]), "--machine-balance", "CRITICAL"),
    "by ID": (world(), f"--volume {ID}", "OK"),
    "by tag": (world(), "--tag role=db", "OK"),
    "not there": (GONE, f"--volume {ID}", "CRITICAL"),
    "none with a tag": (NONE, "--tag role=db --region eu-west-1", "CRITICAL"),
    "no permission": (REFUSED, "", "UNKNOWN"),
    "no permission for the status": (
        world(statuses=CannotTell("AWS refused ec2:DescribeVolumeStatus")),
        "",
        "UNKNOWN",
    ),
    "without the status": (world(statuses=CannotTell("AWS refused ec2:DescribeVolumeStatus")), "--no-status", "OK"),
    "ID and tag": (world(), f"--volume {ID} --tag role=db", "UNKNOWN"),
    "an empty ID": (world(), "--volume ''", "UNKNOWN"),
    "no tag": (world(), "--tag db", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_ebs(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Ebs, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_volumes_without_a_balance_cost_nothing() -> None:
    aws = world(volume(kind="gp3"), volume(OTHER, "io2"))
    run(Ebs, "", aws)
    assert [name for name, _ in aws.requests] == ["ec2:DescribeVolumes", "ec2:DescribeVolumeStatus"]


def test_program_reads_answers_of_the_service() -> None:
    start = datetime.now(UTC) - timedelta(minutes=12)
    result = {"Id": "q0", "StatusCode": "Complete", "Timestamps": [start], "Values": [12.0]}
    answers: dict[str, Any] = {
        "ec2:DescribeVolumes": {"Volumes": [volume(name="db")]},
        "ec2:DescribeVolumeStatus": {"VolumeStatuses": [IMPAIRED]},
        "cloudwatch:GetMetricData": {"MetricDataResults": [result]},
    }
    with answering(answers) as server:
        done = run_program(server.address, "ebs", "-vv")
    assert done.returncode == 2, done.stdout
    assert f"WARNING: Burst balance of db {ID} 12 % (below 30 %; gp2)" in done.stdout
    assert f"CRITICAL: Status of db {ID} impaired (Awaiting Action: Enable IO)" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (
            Refusal("InvalidVolume.NotFound", "The volume does not exist."),
            2,
            f"CRITICAL: the volume {ID} does not exist",
        ),
        (Refusal("UnauthorizedOperation", "no"), 3, "UNKNOWN: AWS refused ec2:DescribeVolumes on the volume"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"ec2:DescribeVolumes": refusal}) as server:
        done = run_program(server.address, "ebs", "--volume", ID)
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"EBS {words}")


def make_volume(address: str) -> str:
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "db"}, {"Key": "role", "Value": "db"}]}]
    ec2 = client("ec2", address)
    made = ec2.create_volume(AvailabilityZone="eu-west-1a", Size=50, VolumeType="gp2", TagSpecifications=tags)
    identity: str = made["VolumeId"]
    return identity


def put(address: str, identity: str, balance: float) -> None:
    client("cloudwatch", address).put_metric_data(
        Namespace="AWS/EBS",
        MetricData=[
            {
                "MetricName": "BurstBalance",
                "Dimensions": [{"Name": "VolumeId", "Value": identity}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=12),
                "Value": balance,
            }
        ],
    )


WORDS = ("--tag", "role=db", "--no-status")


@pytest.mark.slow
def test_program_follows_the_volumes_of_moto() -> None:
    with moto() as address:
        identity = make_volume(address)
        idle = run_program(address, "ebs", *WORDS, "-vv")
        put(address, identity, 3)
        spent = run_program(address, "ebs", *WORDS)
        gone = run_program(address, "ebs", "--volume", ID, "--no-status")
    assert idle.returncode == 0, idle.stdout
    assert f"OK: Volume db {identity} available" in idle.stdout
    assert spent.stdout.startswith(f"EBS CRITICAL: Burst balance of db {identity} 3 % (below 10 %; gp2)")
    assert gone.stdout.startswith(f"EBS CRITICAL: the volume {ID} does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        put(address, make_volume(address), 90)
        yield Sample(" ".join(WORDS), env=environment(address))
