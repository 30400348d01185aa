"""load_balancer: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.load_balancer import LoadBalancer
from checkwright.core.errors import CannotTell, CheckError, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

ARN = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc6c495c0c9188"
NET_ARN = ARN.replace("/app/", "/net/")
GROUP_ARN = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/73e2d6bc24d8a067"


def balancer(kind: str = "application", state: str = "active", reason: str = "") -> dict[str, Any]:
    about = {"Code": state, **({"Reason": reason} if reason else {})}
    arn = NET_ARN if kind == "network" else ARN
    return {"LoadBalancers": [{"LoadBalancerArn": arn, "LoadBalancerName": "shop", "Type": kind, "State": about}]}


def groups(*names: str) -> dict[str, Any]:
    return {
        "TargetGroups": [{"TargetGroupName": one, "TargetGroupArn": GROUP_ARN.replace("web", one)} for one in names]
    }


def targets(*states: str) -> dict[str, Any]:
    found = []
    for number, text in enumerate(states):
        state, _, reason = text.partition(" ")
        health = {"State": state, **({"Reason": reason} if reason else {})}
        found.append({"Target": {"Id": f"10.0.0.{number}", "Port": 80}, "TargetHealth": health})
    return {"TargetHealthDescriptions": found}


TRAFFIC: dict[tuple[str, ...], Any] = {
    ("RequestCount", "Sum"): [30_000],
    ("HTTPCode_ELB_5XX_Count", "Sum"): None,
    ("HTTPCode_Target_5XX_Count", "Sum"): [30],
    ("RejectedConnectionCount", "Sum"): None,
    ("TargetResponseTime", "p99"): [0.62],
    ("TargetResponseTime", "p90"): [0.21],
    ("TargetResponseTime", "Maximum"): [4.5],
    ("TargetResponseTime", "SampleCount"): [29_950],
}
SILENT = dict.fromkeys(TRAFFIC)
FLOWS: dict[tuple[str, ...], Any] = {
    ("NewFlowCount", "Sum"): [6_000],
    ("RejectedFlowCount", "Sum"): None,
    ("PortAllocationErrorCount", "Sum"): None,
    ("TCP_ELB_Reset_Count", "Sum"): [10],
    ("TCP_Target_Reset_Count", "Sum"): [20],
    ("TCP_Client_Reset_Count", "Sum"): [30],
}
HEALTHY = targets("healthy", "healthy", "healthy")


def world(
    health: dict[str, Any] | CheckError = HEALTHY,
    metrics: dict[tuple[str, ...], Any] | None = None,
    about: dict[str, Any] | CheckError | None = None,
    used: tuple[str, ...] = ("web",),
    **more: object,
) -> FakeAws:
    answers: dict[str, Any] = {
        "elbv2:DescribeLoadBalancers": about or balancer(),
        "elbv2:DescribeTargetGroups": groups(*used),
        "elbv2:DescribeTargetHealth": health,
    }
    return FakeAws(answers=answers, metrics=TRAFFIC if metrics is None else metrics)


def traffic(**values: float) -> dict[tuple[str, ...], Any]:
    names = {"requests": "RequestCount", "own": "HTTPCode_ELB_5XX_Count", "rejected": "RejectedConnectionCount"}
    changed: dict[tuple[str, ...], Any] = {
        (names[name], "Sum"): [value] for name, value in values.items() if name in names
    }
    times: dict[tuple[str, ...], Any] = {
        ("TargetResponseTime", stat): [value] for stat, value in values.items() if stat not in names
    }
    return {**TRAFFIC, **changed, **times}


REFUSED = CannotTell("AWS refused cloudwatch:GetMetricData on the load balancer shop: not authorized")
GONE = Down("the load balancer shop does not exist, or these credentials may not know of it")
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "one of three is unhealthy": (world(targets("healthy", "unhealthy Target.Timeout", "healthy")), "", "WARNING"),
    "most are unhealthy": (world(targets("healthy", *["unhealthy Target.Timeout"] * 5)), "", "CRITICAL"),
    "targets start and drain": (world(targets("healthy", "initial", "draining", "unhealthy.draining")), "", "OK"),
    "all targets drain": (world(targets("draining", "unused Target.NotInUse")), "", "CRITICAL"),
    "no targets": (world(targets()), "", "CRITICAL"),
    "functions without health checks": (world(targets("unavailable Target.HealthCheckDisabled")), "", "OK"),
    "two groups": (world(used=("web", "api")), "", "OK"),
    "the idle group is left out": (world(targets(), used=("blue", "green")), "--group web --exclude green", "CRITICAL"),
    "one group of two": (world(used=("web", "api")), "--group 'a*'", "OK"),
    "errors of the targets and its own": (world(metrics=traffic(own=600)), "", "WARNING"),
    "nothing but errors": (world(metrics=traffic(own=40_000)), "", "CRITICAL"),
    "few requests fail": (world(metrics=traffic(requests=3, SampleCount=3)), "--min-requests 50", "OK"),
    "slow": (world(metrics=traffic(p99=1.4)), "", "WARNING"),
    "a p99 of few requests": (world(metrics=traffic(p99=9, SampleCount=400)), "", "OK"),
    "a p99 of few requests is accepted": (
        world(metrics=traffic(p99=9, SampleCount=400)),
        "--min-samples 400",
        "CRITICAL",
    ),
    "no traffic": (world(metrics=SILENT), "", "OK"),
    "rejected connections": (world(metrics=traffic(rejected=12)), "", "CRITICAL"),
    "impaired": (world(about=balancer(state="active_impaired", reason="no free addresses")), "", "WARNING"),
    "a network load balancer": (world(metrics=FLOWS, about=balancer("network")), "", "OK"),
    "no free ports": (
        world(metrics={**FLOWS, ("PortAllocationErrorCount", "Sum"): [3]}, about=balancer("network")),
        "",
        "WARNING",
    ),
    "a gateway load balancer": (world(metrics={}, about=balancer("gateway")), "", "OK"),
    "no permission for CloudWatch": (
        world(targets("unhealthy"), metrics=dict.fromkeys(TRAFFIC, REFUSED)),
        "",
        "CRITICAL",
    ),
    "health is refused": (world(CannotTell("AWS refused elasticloadbalancing:DescribeTargetHealth")), "", "UNKNOWN"),
    "not there": (world(about=GONE), "", "CRITICAL"),
    "an empty name": (world(), "--name ''", "UNKNOWN"),
    "no requests needed": (world(), "--min-requests 0", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_load_balancer(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(LoadBalancer, f"--name shop {command_line}".strip(), aws)
    assert outcome.state == state
    golden(outcome)


def test_errors_and_requests_are_of_the_same_period() -> None:
    """Errors of an earlier period are none of the newest one, which CloudWatch has no datapoint for."""
    now = datetime.now(UTC)
    end = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=5)

    def metric_data(parameters: dict[str, Any]) -> dict[str, Any]:
        results = []
        for query in parameters["MetricDataQueries"]:
            name, stat = query["MetricStat"]["Metric"]["MetricName"], query["MetricStat"]["Stat"]
            start = end - timedelta(minutes=5 if name == "HTTPCode_Target_5XX_Count" else 0) - timedelta(minutes=5)
            value = 500 if name.startswith("HTTPCode") else 1_000
            found = [] if name == "HTTPCode_ELB_5XX_Count" or stat != "Sum" else [value]
            results.append(
                {"Id": query["Id"], "StatusCode": "Complete", "Values": found, "Timestamps": [start] * len(found)}
            )
        return {"MetricDataResults": results}

    aws = world()
    aws.answers["cloudwatch:GetMetricData"] = metric_data
    outcome = run(LoadBalancer, "--name shop --rejected-warning ~: --rejected-critical ~:", aws)
    assert outcome.state == "OK"
    assert " errors=0%;" in outcome.text()


def points(value: float, at: datetime) -> dict[str, Any]:
    return {"StatusCode": "Complete", "Values": [value], "Timestamps": [at]}


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    values = (10_000, 0, 300, 0, 0.5, 0.2, 3, 9_000)
    results = [{"Id": f"q{number}", **points(value, start)} for number, value in enumerate(values)]
    answers = {
        "elbv2:DescribeLoadBalancers": balancer(),
        "elbv2:DescribeTargetGroups": groups("web"),
        "elbv2:DescribeTargetHealth": targets("healthy", "unhealthy Target.Timeout"),
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "load_balancer", "--name", "shop", "-vv")
    assert done.returncode == 1, done.stdout
    assert "WARNING: Healthy targets web 50 % (below 80 %; 1 of 2, 10.0.0.1 Target.Timeout)" in done.stdout
    assert "WARNING: 5xx responses 3 % (above 1 %; 300 of 10,000 requests)" in done.stdout
    assert " p99=0.5s;1;3;0; p90=0.2s;;;0; worst=3s;;;0;" in done.stdout


def test_program_reports_a_load_balancer_that_does_not_exist() -> None:
    refusal = Refusal("LoadBalancerNotFound", "One or more load balancers not found")
    with answering({"elbv2:DescribeLoadBalancers": refusal}) as server:
        done = run_program(server.address, "load_balancer", "--name", "shop")
    assert done.returncode == 2
    assert done.stdout.startswith("LOAD_BALANCER CRITICAL: the load balancer shop does not exist")


def make_balancer(address: str) -> None:
    """Make a network load balancer with one healthy target."""
    ec2, elb = client("ec2", address), client("elbv2", address)
    subnet = ec2.describe_subnets()["Subnets"][0]
    image = ec2.describe_images()["Images"][0]["ImageId"]
    machine = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    made = elb.create_load_balancer(Name="shop", Type="network", Subnets=[subnet["SubnetId"]])["LoadBalancers"][0]
    group = elb.create_target_group(Name="web", Protocol="TCP", Port=80, VpcId=subnet["VpcId"], TargetType="instance")
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    action = {"Type": "forward", "TargetGroupArn": arn}
    elb.create_listener(LoadBalancerArn=made["LoadBalancerArn"], Protocol="TCP", Port=80, DefaultActions=[action])
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": machine, "Port": 80}])


@pytest.mark.slow
def test_program_follows_the_targets_of_moto() -> None:
    with moto() as address:
        make_balancer(address)
        well = run_program(address, "load_balancer", "--name", "shop", "-vv")
        other = run_program(address, "load_balancer", "--name", "shop", "--group", "api")
        gone = run_program(address, "load_balancer", "--name", "mail")
    assert well.returncode == 0, well.stdout
    assert "Healthy targets web 100 % (1 of 1)" in well.stdout
    assert other.stdout.startswith("LOAD_BALANCER CRITICAL: the load balancer shop uses no target group api")
    assert gone.stdout.startswith("LOAD_BALANCER CRITICAL: the load balancer mail does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_balancer(address)
        yield Sample("--name shop", env=environment(address))
