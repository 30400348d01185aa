"""elasticache: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.elasticache import Elasticache
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

NODES = ("sessions-001", "sessions-002")
USUAL: dict[tuple[str, ...], Any] = {
    ("EngineCPUUtilization", "Average"): [23, 25],
    ("DatabaseMemoryUsagePercentage", "Maximum"): [61.5],
    ("Evictions", "Sum"): None,
    ("SwapUsage", "Maximum"): [0],
    ("CurrConnections", "Average"): [420],
    ("ReplicationLag", "Maximum"): [0.4],
    ("CacheHits", "Sum"): [9_000],
    ("CacheMisses", "Sum"): [1_000],
    ("CPUUtilization", "Average"): [35],
    ("GetHits", "Sum"): [70],
    ("GetMisses", "Sum"): [30],
}


def group(status: str = "available", name: str = "sessions", roles: bool = True, **shard: object) -> dict[str, Any]:
    members = [
        {"CacheClusterId": node, "CurrentRole": role} for node, role in zip(NODES, ("primary", "replica"), strict=True)
    ]
    about = {"NodeGroupId": "0001", "Status": "available", **({"NodeGroupMembers": members} if roles else {}), **shard}
    return {"ReplicationGroupId": name, "Status": status, "MemberClusters": list(NODES), "NodeGroups": [about]}


def memcached(status: str = "available", nodes: int = 2) -> dict[str, Any]:
    about = {"CacheClusterId": "pages", "CacheClusterStatus": status, "Engine": "memcached", "NumCacheNodes": nodes}
    return {"CacheClusters": [about]}


def serverless(
    status: str = "available", name: str = "carts", engine: str = "valkey", limits: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"ServerlessCacheName": name, "Status": status, "Engine": engine, "CacheUsageLimits": limits or {}}


LIMITS: dict[str, dict[str, Any]] = {
    "DataStorage": {"Maximum": 10, "Unit": "GB"},
    "ECPUPerSecond": {"Maximum": 2_000},
}
STORED: dict[tuple[str, ...], Any] = {
    ("BytesUsedForCache", "Maximum"): [4_200_000_000],
    ("ElastiCacheProcessingUnits", "Sum"): [90_000],
    ("ThrottledCmds", "Sum"): None,
    ("Evictions", "Sum"): None,
    ("CurrConnections", "Average"): [12],
    ("CacheHits", "Sum"): [900],
    ("CacheMisses", "Sum"): [100],
    ("GetHits", "Sum"): [70],
    ("GetMisses", "Sum"): [30],
}


def carts(*caches: dict[str, Any], **changed: Any) -> FakeAws:
    names = {name[0]: name for name in STORED}
    return FakeAws(
        answers={"elasticache:DescribeServerlessCaches": {"ServerlessCaches": list(caches)}},
        metrics={**STORED, **{names[name]: values for name, values in changed.items()}},
    )


SINGLE = {"CacheClusters": [{"CacheClusterId": "jobs", "CacheClusterStatus": "available", "Engine": "redis"}]}


def world(about: Any = None, clusters: Any = None, **changed: Any) -> FakeAws:
    names = {name[0]: name for name in USUAL}
    metrics = {**USUAL, **{names[name]: values for name, values in changed.items()}}
    groups: Any = about if isinstance(about, Exception) else {"ReplicationGroups": [about or group()]}
    return FakeAws(
        answers={
            "elasticache:DescribeReplicationGroups": groups,
            "elasticache:DescribeCacheClusters": clusters or memcached(),
        },
        metrics=metrics,
    )


SILENT = {name[0]: None for name in USUAL}
G, S = "--group sessions", "--serverless carts"
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), G, "OK"),
    "the engine is busy": (world(EngineCPUUtilization=[84]), G, "WARNING"),
    "the engine is at its limit": (world(EngineCPUUtilization=[96]), G, "CRITICAL"),
    "memory is full": (world(DatabaseMemoryUsagePercentage=[99]), G, "CRITICAL"),
    "it swaps": (world(SwapUsage=[80_000_000]), G, "WARNING"),
    "keys give way": (world(Evictions=[9_000]), f"{G} --evictions-warning 10", "WARNING"),
    "a replica is late": (world(ReplicationLag=[75]), G, "CRITICAL"),
    "with hits": (world(), f"{G} --hit-rate", "OK"),
    "without reads": (world(CacheHits=None, CacheMisses=None), f"{G} --hit-rate", "OK"),
    "in cluster mode, where roles are not known": (world(group(roles=False)), G, "OK"),
    "no datapoints": (world(**SILENT), G, "UNKNOWN"),
    "a shard is broken": (world(group("modifying", Status="creating")), G, "WARNING"),
    "is deleted": (world(group("deleting")), G, "CRITICAL"),
    "by pattern": (world(), "--group 'sess*'", "OK"),
    "none of a pattern": (world(), "--group 'carts-*'", "CRITICAL"),
    "memcached": (world(), "--cluster pages", "OK"),
    "memcached with hits": (world(clusters=memcached(nodes=1)), "--cluster pages --hit-rate", "OK"),
    "memcached reboots": (world(clusters=memcached("rebooting cluster nodes")), "--cluster pages", "WARNING"),
    "a single node": (world(clusters=SINGLE), "--cluster jobs", "OK"),
    "not there": (world(Down("the replication group sessions does not exist")), G, "CRITICAL"),
    "one of two is not there": (
        world(Down("the replication group sessions does not exist")),
        f"{G} --cluster pages",
        "CRITICAL",
    ),
    "memcached by pattern": (world(), "--cluster 'pag*'", "OK"),
    "serverless": (carts(serverless(limits=LIMITS)), S, "OK"),
    "serverless without limits": (carts(serverless("AVAILABLE")), S, "OK"),
    "serverless with hits": (carts(serverless(limits=LIMITS)), f"{S} --hit-rate", "OK"),
    "serverless memcached with hits": (carts(serverless(engine="memcached")), f"{S} --hit-rate", "OK"),
    "serverless data near the limit": (
        carts(serverless(limits=LIMITS), BytesUsedForCache=[9_300_000_000]),
        S,
        "CRITICAL",
    ),
    "serverless units near the limit": (
        carts(serverless(limits=LIMITS), ElastiCacheProcessingUnits=[500_000]),
        S,
        "WARNING",
    ),
    "serverless refuses commands": (carts(serverless(limits=LIMITS), ThrottledCmds=[7]), S, "WARNING"),
    "serverless evicts": (carts(serverless(), Evictions=[9_000]), f"{S} --evictions-warning 10", "WARNING"),
    "serverless has no datapoints": (
        carts(serverless(limits=LIMITS), **{name: None for name, _ in STORED}),
        S,
        "UNKNOWN",
    ),
    "serverless is being made": (carts(serverless("creating")), S, "WARNING"),
    "serverless could not be made": (carts(serverless("create-failed")), S, "CRITICAL"),
    "serverless by pattern": (carts(serverless(), serverless("deleting", "old")), "--serverless 'c*'", "OK"),
    "serverless is not there": (carts(), S, "CRITICAL"),
    "no serverless one of a pattern": (carts(), "--serverless 'c*'", "CRITICAL"),
    "no permission": (world(CannotTell("AWS refused elasticache:DescribeReplicationGroups")), G, "UNKNOWN"),
    "no permission for CloudWatch": (
        world(EngineCPUUtilization=CannotTell("AWS refused cloudwatch:GetMetricData")),
        G,
        "UNKNOWN",
    ),
    "no name": (world(), "", "UNKNOWN"),
    "an empty name": (world(), "--group ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_elasticache(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Elasticache, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def dimensions(aws: FakeAws, position: int) -> list[dict[str, str]]:
    queries = aws.requests[position][1]["MetricDataQueries"]
    return [{pair["Name"]: pair["Value"] for pair in query["MetricStat"]["Metric"]["Dimensions"]} for query in queries]


def test_silent_node_is_read_by_its_second_dimension() -> None:
    by_node: dict[tuple[str, ...], Any] = {(*name, "0001"): values for name, values in USUAL.items()}
    aws = FakeAws(
        answers={"elasticache:DescribeReplicationGroups": {"ReplicationGroups": [group()]}},
        metrics={**dict.fromkeys(USUAL), **by_node},
    )
    outcome = run(Elasticache, G, aws)
    assert outcome.state == "OK", outcome.text()
    assert dimensions(aws, 1)[0] == {"CacheClusterId": "sessions-001"}
    assert dimensions(aws, 2)[0] == {"CacheClusterId": "sessions-001", "CacheNodeId": "0001"}


def test_primary_has_no_lag_to_pay_for() -> None:
    aws = world()
    run(Elasticache, G, aws)
    assert len(dimensions(aws, 1)) == 5 + 6


def test_serverless_cache_is_read_by_a_dimension_of_its_own() -> None:
    aws = carts(serverless())
    run(Elasticache, f"{S} --hit-rate", aws)
    assert dimensions(aws, 1) == [{"clusterId": "carts"}] * 7
    declared = [one for one in Elasticache(serverless=("carts",)).read_metrics() if one.is_known()]
    assert [(one.metric, one.dims) for one in declared] == [(name, {"clusterId": "carts"}) for name, _ in STORED][:5]


def test_group_and_serverless_cache_share_a_request() -> None:
    aws = world()
    aws.answers["elasticache:DescribeServerlessCaches"] = {"ServerlessCaches": [serverless()]}
    aws.metrics |= STORED
    outcome = run(Elasticache, f"{G} {S}", aws)
    assert outcome.state == "OK", outcome.text()
    assert [key for key, _ in aws.requests].count("cloudwatch:GetMetricData") == 1


def test_program_reads_a_serverless_cache() -> None:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((4.2e9, 570_000.0, 0.0, 600.0, 12.0))
    ]
    answers: dict[str, Any] = {
        "elasticache:DescribeServerlessCaches": {"ServerlessCaches": [serverless(limits=LIMITS)]},
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "elasticache", "--serverless", "carts", "-vv")
    assert done.returncode == 1, done.stdout
    assert "WARNING: Processing units used of carts 95 % (above 80 %)" in done.stdout
    assert "OK: Memory used on carts 42 %" in done.stdout
    assert "OK: Evictions on carts 2 /s" in done.stdout


def test_program_reports_a_serverless_cache_that_is_gone() -> None:
    gone = Refusal("ServerlessCacheNotFoundFault", "no")
    with answering({"elasticache:DescribeServerlessCaches": gone}) as server:
        done = run_program(server.address, "elasticache", "--serverless", "carts")
    assert done.returncode == 2, done.stdout
    assert done.stdout.startswith("ELASTICACHE CRITICAL: the serverless cache carts does not exist")


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((30.0, 97.0, 600.0, 0.0, 12.0, 20.0, 40.0, 0.0, 0.0, 9.0, 2.5))
    ]
    answers: dict[str, Any] = {
        "elasticache:DescribeReplicationGroups": {"ReplicationGroups": [group()]},
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "elasticache", "--group", "sessions", "-vv")
    assert done.returncode == 2, done.stdout
    assert "CRITICAL: Memory used on sessions-001 97 % (above 90 %)" in done.stdout
    assert "OK: Evictions on sessions-001 2 /s" in done.stdout
    assert "OK: Replication lag of sessions-002 2.5 s" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("ReplicationGroupNotFoundFault", "no"), 2, "CRITICAL: the replication group sessions does not exist"),
        (Refusal("AccessDenied", "no"), 3, "UNKNOWN: AWS refused elasticache:DescribeReplicationGroups on the"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"elasticache:DescribeReplicationGroups": refusal}) as server:
        done = run_program(server.address, "elasticache", "--group", "sessions")
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"ELASTICACHE {words}")


def make_caches(address: str) -> None:
    cache = client("elasticache", address)
    cache.create_replication_group(
        ReplicationGroupId="sessions", ReplicationGroupDescription="sessions", NumCacheClusters=2, Engine="redis"
    )
    cache.create_cache_cluster(
        CacheClusterId="pages", Engine="memcached", NumCacheNodes=2, CacheNodeType="cache.t4g.micro"
    )


def put(address: str, metric: str, value: float, **dims: str) -> None:
    client("cloudwatch", address).put_metric_data(
        Namespace="AWS/ElastiCache",
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": one} for name, one in dims.items()],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=12),
                "Value": value,
            }
        ],
    )


@pytest.mark.slow
def test_program_follows_the_caches_of_moto() -> None:
    with moto() as address:
        make_caches(address)
        silent = run_program(address, "elasticache", "--group", "sessions", "-vv")
        members = client("elasticache", address).describe_replication_groups()["ReplicationGroups"][0]["MemberClusters"]
        for member in members:
            put(address, "EngineCPUUtilization", 95, CacheClusterId=member)
        for node in ("0001", "0002"):
            put(address, "CPUUtilization", 15, CacheClusterId="pages", CacheNodeId=node)
        busy = run_program(address, "elasticache", "--group", "sessions", "-vv")
        pages = run_program(address, "elasticache", "--cluster", "pages", "-vv")
        gone = run_program(address, "elasticache", "--group", "carts")
    assert silent.returncode == 3, silent.stdout
    assert "OK: Cache sessions available" in silent.stdout
    assert busy.returncode == 2
    assert f"CRITICAL: Engine CPU on {members[0]} 95 % (above 90 %)" in busy.stdout
    assert pages.returncode == 0, pages.stdout
    assert "OK: Engine CPU on pages/0002 15 %" in pages.stdout
    assert gone.stdout.startswith("ELASTICACHE CRITICAL: the replication group carts does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_caches(address)
        for node in ("0001", "0002"):
            put(address, "CPUUtilization", 15, CacheClusterId="pages", CacheNodeId=node)
        yield Sample("--cluster pages", env=environment(address))
