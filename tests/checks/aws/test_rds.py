"""rds: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.rds import Rds
from checkwright.core.errors import CannotTell, CheckError, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.clock import still_time
from tests.support.sample import Sample

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)
GIB = 1024**3


def database(name: str = "shop", at: datetime = NOW, **more: object) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": f"arn:aws:rds:eu-west-1:111122223333:db:{name}",
        "DBInstanceStatus": "available",
        "DBInstanceClass": "db.m6g.large",
        "Engine": "postgres",
        "AllocatedStorage": 100,
        "StorageType": "gp3",
        "BackupRetentionPeriod": 7,
        "LatestRestorableTime": at - timedelta(minutes=4),
        "CertificateDetails": {"ValidTill": at + timedelta(days=400)},
        **more,
    }


METRICS: dict[tuple[str, ...], Any] = {
    ("CPUUtilization", "Average"): [35],
    ("DatabaseConnections", "Average"): [90],
    ("FreeableMemory", "Minimum"): [3 * GIB],
    ("FreeStorageSpace", "Minimum"): [40 * GIB],
    ("FreeLocalStorage", "Minimum"): [20 * GIB],
    ("AuroraReplicaLag", "Maximum"): [25],
    ("AuroraReplicaLag", "Minimum"): [15],
    ("ReplicaLag", "Maximum"): [12],
    ("ReplicaLag", "Minimum"): [2],
    ("BurstBalance", "Minimum"): [80],
    ("CPUCreditBalance", "Minimum"): [100],
}


def pending(days: float, name: str = "shop", at: datetime = NOW) -> dict[str, Any]:
    action = {
        "Action": "system-update",
        "Description": "New Operating System update is available",
        "CurrentApplyDate": at + timedelta(days=days),
        "ForcedApplyDate": at + timedelta(days=days + 30),
    }
    arn = f"arn:aws:rds:eu-west-1:111122223333:db:{name}"
    return {"PendingMaintenanceActions": [{"ResourceIdentifier": arn, "PendingMaintenanceActionDetails": [action]}]}


def world(
    *databases: dict[str, Any] | CheckError,
    cluster: dict[str, Any] | CheckError | None = None,
    actions: dict[str, Any] | None = None,
    **values: float,
) -> FakeAws:
    found = {str(one["DBInstanceIdentifier"]): one for one in databases if isinstance(one, dict)}

    def describe(parameters: dict[str, Any]) -> dict[str, Any]:
        name = parameters.get("DBInstanceIdentifier")
        if name and name not in found:
            raise Down(f"the database {name} does not exist, or these credentials may not know of it")
        return {"DBInstances": [found[name]] if name else list(found.values())}

    refusals = [one for one in databases if isinstance(one, CheckError)]
    answers: dict[str, Any] = {
        "rds:DescribeDBInstances": refusals[0] if refusals else describe,
        "rds:DescribeDBClusters": cluster if isinstance(cluster, CheckError) else {"DBClusters": [cluster or {}]},
        "rds:DescribePendingMaintenanceActions": actions or {},
    }
    changed = {key: [values[key[0]]] for key in METRICS if key[0] in values}
    return FakeAws(answers=answers, metrics={**METRICS, **changed})


def aurora(name: str) -> dict[str, Any]:
    found = database(name, Engine="aurora-postgresql", DBClusterIdentifier="cart", AllocatedStorage=1)
    return {key: value for key, value in found.items() if key != "LatestRestorableTime"}


CLUSTER = {
    "DBClusterIdentifier": "cart",
    "Status": "available",
    "BackupRetentionPeriod": 7,
    "LatestRestorableTime": NOW - timedelta(minutes=3),
    "DBClusterMembers": [
        {"DBInstanceIdentifier": "cart-1", "IsClusterWriter": True},
        {"DBInstanceIdentifier": "cart-2", "IsClusterWriter": False},
    ],
}
REFUSED = CannotTell("AWS refused rds:DescribeDBInstances on the database shop: not authorized")
REPLICA = database(ReadReplicaSourceDBInstanceIdentifier="shop-1")
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(database()), "-i shop", "OK"),
    "space is short": (world(database(), FreeStorageSpace=15 * GIB), "-i shop", "WARNING"),
    "storage may grow": (
        world(database(MaxAllocatedStorage=400), FreeStorageSpace=5 * GIB),
        "-i shop",
        "OK",
    ),
    "storage can grow no more": (
        world(database(MaxAllocatedStorage=100), FreeStorageSpace=5 * GIB),
        "-i shop",
        "CRITICAL",
    ),
    "busy": (world(database(), CPUUtilization=97), "-i shop", "CRITICAL"),
    "connections": (world(database()), "-i shop --max-connections 100", "WARNING"),
    "stopped": (world(database(DBInstanceStatus="stopped")), "-i shop", "CRITICAL"),
    "stopped on purpose": (world(database(DBInstanceStatus="stopped")), "-i shop --state-ok stopped", "OK"),
    "upgrading": (world(database(DBInstanceStatus="upgrading")), "-i shop", "WARNING"),
    "a new word": (world(database(DBInstanceStatus="levitating")), "-i shop", "UNKNOWN"),
    "a replica": (world(REPLICA), "-i shop", "OK"),
    "a replica is late": (world(REPLICA, ReplicaLag=1000), "-i shop", "CRITICAL"),
    "replication is broken": (world(REPLICA, ReplicaLag=-1), "-i shop", "CRITICAL"),
    "old storage without burst": (world(database(StorageType="gp2"), BurstBalance=3), "-i shop", "CRITICAL"),
    "a burstable class": (world(database(DBInstanceClass="db.t4g.micro")), "-i shop", "OK"),
    "backups are late": (
        world(database(LatestRestorableTime=NOW - timedelta(hours=1))),
        "-i shop",
        "WARNING",
    ),
    "no backups": (world(database(BackupRetentionPeriod=0)), "-i shop", "OK"),
    "the certificate ends": (
        world(database(CertificateDetails={"ValidTill": NOW + timedelta(days=5)})),
        "-i shop",
        "CRITICAL",
    ),
    "maintenance comes": (world(database(), actions=pending(3)), "-i shop", "WARNING"),
    "maintenance is not asked for": (world(database(), actions=pending(3)), "-i shop --no-maintenance", "OK"),
    "a cluster": (world(aurora("cart-1"), aurora("cart-2"), cluster=CLUSTER), "--cluster cart", "OK"),
    "a member is late": (
        world(aurora("cart-1"), aurora("cart-2"), cluster=CLUSTER, AuroraReplicaLag=500_000),
        "--cluster cart",
        "WARNING",
    ),
    "a cluster is not there": (world(cluster=Down("the cluster cart does not exist")), "--cluster cart", "CRITICAL"),
    "by pattern": (world(database("shop-1"), database("shop-2"), database("mail")), "-i 'shop-*'", "OK"),
    "none of a pattern": (world(database("mail")), "-i 'shop-*' --region eu-west-1", "CRITICAL"),
    "one of two is not there": (world(database()), "-i shop -i mail", "CRITICAL"),
    "no permission": (world(REFUSED), "-i shop", "UNKNOWN"),
    "nothing named": (world(), "", "UNKNOWN"),
    "an empty name": (world(), "-i ''", "UNKNOWN"),
    "no connections at all": (world(), "-i shop --max-connections 0", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_rds(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    with still_time(NOW.timestamp()):
        outcome = run(Rds, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_all_databases_share_one_request_for_metrics() -> None:
    aws = world(database("shop-1"), database("shop-2"))
    run(Rds, "-i shop-1 -i shop-2", aws)
    queries = [parameters for key, parameters in aws.requests if key == "cloudwatch:GetMetricData"]
    assert [len(one["MetricDataQueries"]) for one in queries] == [8]


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    values = (97, 40, 2 * GIB, 5 * GIB)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate(values)
    ]
    answers = {
        "rds:DescribeDBInstances": {"DBInstances": [database(at=now)]},
        "rds:DescribePendingMaintenanceActions": pending(20.5, at=now),
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "rds", "--instance", "shop", "-vv")
    assert done.returncode == 2, done.stdout
    assert "CRITICAL: Free space shop 5 % (below 10 %)" in done.stdout
    assert "CRITICAL: CPU shop 97 % (above 95 %)" in done.stdout
    assert (
        "OK: Time to maintenance shop system-update 20.5 days (New Operating System update is available)" in done.stdout
    )


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("DBInstanceNotFound", "DBInstance shop not found."), 2, "CRITICAL: the database shop does not exist"),
        (Refusal("AccessDenied", "no"), 3, "UNKNOWN: AWS refused rds:DescribeDBInstances on the database shop: no"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"rds:DescribeDBInstances": refusal}) as server:
        done = run_program(server.address, "rds", "--instance", "shop")
    assert done.returncode == code
    assert done.stdout.startswith(f"RDS {words}")


def make_database(address: str, name: str = "shop") -> None:
    client("rds", address).create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.m6g.large",
        Engine="postgres",
        AllocatedStorage=100,
        MasterUsername="checks",
        MasterUserPassword="made-up-password",
    )


#: moto has no pending maintenance. Its databases have no time of backups that moves.
WORDS = ("--no-maintenance", "--restorable-warning", "~:", "--restorable-critical", "~:")


@pytest.mark.slow
def test_program_follows_the_databases_of_moto() -> None:
    with moto() as address:
        make_database(address)
        well = run_program(address, "rds", "--instance", "shop", *WORDS)
        client("rds", address).stop_db_instance(DBInstanceIdentifier="shop")
        stopped = run_program(address, "rds", "--instance", "sh*", *WORDS)
        gone = run_program(address, "rds", "--instance", "mail", *WORDS)
    assert well.returncode == 0, well.stdout
    assert well.stdout.startswith("RDS OK: Database shop available")
    assert stopped.stdout.startswith("RDS CRITICAL: Database shop stopped")
    assert gone.stdout.startswith("RDS CRITICAL: the database mail does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_database(address)
        yield Sample(" ".join(("--instance shop", *WORDS)), env=environment(address))
