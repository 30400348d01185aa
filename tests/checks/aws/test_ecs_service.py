"""ecs_service: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.ecs_service import EcsService
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.clock import still_time
from tests.support.sample import Sample

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)


def deployment(
    state: str | None = "COMPLETED", failed: int = 0, reason: str = "", status: str = "PRIMARY", minutes: int = 10
) -> dict[str, Any]:
    found = {"status": status, "failedTasks": failed, "createdAt": NOW - timedelta(minutes=minutes)}
    return {**found, "rolloutState": state, "rolloutStateReason": reason} if state else found


def service(
    running: int = 3,
    *deployments: dict[str, Any],
    name: str = "web",
    desired: int = 3,
    pending: int = 0,
    least: int = 100,
    status: str = "ACTIVE",
) -> dict[str, Any]:
    return {
        "serviceName": name,
        "status": status,
        "desiredCount": desired,
        "runningCount": running,
        "pendingCount": pending,
        "deploymentConfiguration": {"minimumHealthyPercent": least, "maximumPercent": 200},
        "deployments": list(deployments) or [deployment()],
    }


def world(*services: dict[str, Any], failure: str = "MISSING") -> FakeAws:
    found = {str(one["serviceName"]): one for one in services}
    prefix = "arn:aws:ecs:eu-west-1:111122223333:service/shop/"

    def describe(parameters: dict[str, Any]) -> dict[str, Any]:
        names = parameters["services"]
        return {
            "services": [found[name] for name in names if name in found],
            "failures": [{"arn": prefix + name, "reason": failure} for name in names if name not in found],
        }

    return FakeAws(
        answers={
            "ecs:DescribeServices": describe,
            "ecs:ListServices": {"serviceArns": [prefix + name for name in found]},
        }
    )


ROLLS = deployment("IN_PROGRESS", reason="ECS deployment ecs-svc/1 in progress.")
FAILED = deployment("FAILED", 6, "ECS deployment circuit breaker: tasks failed to start.")
GONE = FakeAws(answers={"ecs:ListServices": Down("the cluster shop does not exist")})
REFUSED = FakeAws(answers={"ecs:DescribeServices": CannotTell("AWS refused ecs:DescribeServices")})
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(service()), "-s web", "OK"),
    "one task is missing": (world(service(2, pending=1)), "-s web", "WARNING"),
    "most tasks are missing": (world(service(1)), "-s web", "CRITICAL"),
    "in a deployment": (world(service(2, ROLLS, least=50)), "-s web", "OK"),
    "in a deployment with more tasks": (world(service(5, ROLLS)), "-s web", "OK"),
    "too few tasks in a deployment": (world(service(1, ROLLS, least=100)), "-s web", "CRITICAL"),
    "a deployment that keeps none": (world(service(0, ROLLS, least=0)), "-s web", "OK"),
    "a deployment takes long": (world(service(3, deployment("IN_PROGRESS", minutes=45))), "-s web", "WARNING"),
    "a deployment failed": (world(service(3, FAILED)), "-s web", "CRITICAL"),
    "a deployment failed and is rolled back": (
        world(service(3, ROLLS, {**FAILED, "status": "ACTIVE"})),
        "-s web",
        "CRITICAL",
    ),
    "tasks do not start": (world(service(3, deployment("IN_PROGRESS", 2))), "-s web", "WARNING"),
    "another controller": (world(service(3, deployment(None))), "-s web", "OK"),
    "no tasks are desired": (world(service(0, desired=0)), "-s web", "CRITICAL"),
    "no tasks are accepted": (world(service(0, desired=0)), "-s web --zero-ok", "OK"),
    "deleted": (world(service(0, desired=0, status="INACTIVE")), "-s web", "CRITICAL"),
    "one of two is not there": (world(service()), "-s web -s mail --cluster shop", "CRITICAL"),
    "no answer about one": (world(failure="ACCESS"), "-s web", "UNKNOWN"),
    "all of a cluster": (world(service(), service(name="mail")), "", "OK"),
    "by pattern": (world(service(), service(name="worker"), service(0, name="mail")), "-s 'w*'", "OK"),
    "none of a pattern": (world(service()), "-s 'mail-*' --region eu-west-1", "CRITICAL"),
    "an empty cluster": (world(), "--cluster shop", "CRITICAL"),
    "no cluster": (GONE, "--cluster shop", "CRITICAL"),
    "no permission": (REFUSED, "-s web", "UNKNOWN"),
    "an empty name": (world(), "-s ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_ecs_service(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    with still_time(NOW.timestamp()):
        outcome = run(EcsService, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_services_are_described_by_the_ten() -> None:
    names = [f"web-{number}" for number in range(12)]
    aws = world(*(service(name=name) for name in names))
    outcome = run(EcsService, "--cluster shop", aws)
    assert outcome.state == "OK"
    sizes = [len(parameters["services"]) for key, parameters in aws.requests if key == "ecs:DescribeServices"]
    assert sizes == [10, 2]


def test_program_reads_answers_of_the_service() -> None:
    with answering({"ecs:DescribeServices": {"services": [service(1, FAILED, pending=2)], "failures": []}}) as server:
        done = run_program(server.address, "ecs_service", "--service", "web", "-vv")
    assert done.returncode == 2, done.stdout
    assert "CRITICAL: Running tasks web 33.3 % (below 50 %; 1 of 3, 2 starting)" in done.stdout
    assert "CRITICAL: Deployment of web FAILED (ECS deployment circuit breaker: tasks failed to start.)" in done.stdout
    assert "CRITICAL: Failed tasks web 6 (above 5)" in done.stdout


def test_program_reports_a_refusal() -> None:
    with answering({"ecs:DescribeServices": Refusal("AccessDeniedException", "no")}) as server:
        done = run_program(server.address, "ecs_service", "--service", "web")
    assert done.returncode == 3
    assert done.stdout.startswith("ECS_SERVICE UNKNOWN: AWS refused ecs:DescribeServices on the cluster default: no")


def make_service(address: str, desired: int) -> None:
    ecs = client("ecs", address)
    ecs.create_cluster(clusterName="shop")
    container = {"name": "web", "image": "nginx", "memory": 64}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    ecs.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=desired)


@pytest.mark.slow
def test_program_follows_the_services_of_moto() -> None:
    """The tasks of moto never run."""
    with moto() as address:
        make_service(address, 2)
        idle = run_program(address, "ecs_service", "--cluster", "shop", "-vv")
        gone = run_program(address, "ecs_service", "--cluster", "shop", "--service", "mail")
        nowhere = run_program(address, "ecs_service", "--cluster", "bakery")
    assert idle.returncode == 2
    assert "CRITICAL: Running tasks web 0 % (below 50 %; 0 of 2" in idle.stdout
    assert gone.stdout.startswith("ECS_SERVICE CRITICAL: the service mail in the cluster shop does not exist")
    assert nowhere.stdout.startswith("ECS_SERVICE CRITICAL: the cluster bakery does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_service(address, 0)
        yield Sample("--cluster shop --zero-ok", env=environment(address))
