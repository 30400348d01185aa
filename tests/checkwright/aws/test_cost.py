"""Cost of an environment's watches of AWS."""

import json
from pathlib import Path

import pytest

from checkwright.aws.cost import WatchCost, by_team, costs
from checkwright.aws.prices import LISTED, METRIC, MONTH, listed, replaced
from checkwright.cli.main import run
from checkwright.core.errors import CannotDo
from checkwright.registry import planning
from tests.checkwright.aws import cloud_fleet
from tests.checkwright.aws.cloud_fleet import FLEET, watches
from tests.checkwright.registry.conftest import Write, project

__all__ = ["project"]

#: Runs of a month, every 5 minutes.
RUNS = MONTH * 288


def by_id(project: Write, text: str = FLEET) -> dict[str, WatchCost]:
    return {one.id: one for one in costs(watches(project, text), listed())}


def test_metrics_are_billed_by_frequency(project: Write) -> None:
    found = by_id(project)
    function = found["cloud:lambda_function"]
    assert (function.metrics, function.statistics, function.requests) == (5, 5, 0)
    assert function.usd == function.usd_by_statistic == pytest.approx(RUNS * 5 * 0.00001)


def test_shorter_interval_costs_more(project: Write) -> None:
    found = by_id(project, FLEET.replace('every="5m"', 'every="1m"'))["cloud:lambda_function"]
    assert found.usd == pytest.approx(5 * RUNS * 5 * 0.00001)


def test_statistics_of_a_metric_are_one_metric_or_several(project: Write) -> None:
    balancer = by_id(project)["cloud:load_balancer"]
    # Five metrics of an ALB with nine statistics, or six of an NLB: the most that it can be.
    assert (balancer.at_least, balancer.metrics, balancer.statistics) == (0, 6, 8)
    assert balancer.usd == pytest.approx(RUNS * 6 * 0.00001)
    assert balancer.usd_by_statistic == pytest.approx(RUNS * 8 * 0.00001)


def test_metrics_that_some_things_have_are_counted_as_the_most(project: Write) -> None:
    databases = by_id(project)["cloud:rds"]
    assert (databases.at_least, databases.metrics) == (2 * 3, 2 * 9)


def test_requests_to_some_services_cost(project: Write) -> None:
    found = by_id(project)
    queue = found["cloud:sqs_backlog"]
    assert (queue.metrics, queue.requests) == (1, 2)
    assert queue.usd == pytest.approx(RUNS * (0.00001 + 2 * 0.0000004))
    assert found["stores:s3_newest"].usd == pytest.approx(MONTH * 24 * 0.000005)
    assert found["stores:subnet"].usd == 0


def test_pattern_is_open_ended(project: Write) -> None:
    found = by_id(project)
    assert found["stores:sqs_backlog"].open_ended
    assert not found["cloud:sqs_backlog"].open_ended
    assert not found["cloud:load_balancer"].open_ended


def test_calls_of_an_api_are_open_ended(project: Write) -> None:
    text = cloud_fleet.replaced('Subnet(tag=("role=web",))', 'ApiGateway(api="shop")')
    text = text.replace("from checks.aws.subnet import Subnet", "from checks.aws.api_gateway import ApiGateway")
    found = by_id(project, text)["stores:api_gateway"]
    assert found.open_ended
    assert found.at_least == 2
    assert found.requests == 1  # ListMetrics


def test_cost_of_a_team_is_that_of_its_watches(project: Write) -> None:
    found = costs(watches(project), listed())
    teams = by_team(found)
    assert list(teams) == ["millers", "bakers"]
    assert sum(one for one, _ in teams.values()) == pytest.approx(sum(one.usd for one in found))


def test_price_of_a_metric_is_that_of_the_rule(project: Write) -> None:
    text = FLEET.replace(
        'every="5m",\n        ),\n        Watch(\n            LambdaFunction',
        'every="1m"),\n        Watch(\n            LambdaFunction',
    )
    assert text != FLEET
    (finding,) = [one for one in planning.lint(str(project(text))).findings if one.id == "R075"]
    assert finding.message == (
        "cloud:load_balancer: CloudWatch has one datapoint in 5m, and this asks every 1m:"
        " about $1.75 a month for nothing"
    )
    assert finding.hint == 'write every="5m" or longer'
    assert round(MONTH * (1440 - 288) * 5 * LISTED[METRIC].usd, 2) == 1.75


def test_correct_intervals_are_no_finding(project: Write) -> None:
    assert "R075" not in {one.id for one in planning.lint(str(project(FLEET))).findings}


def test_file_replaces_prices() -> None:
    prices = replaced('{"region": "eu-west-1", "as_of": "2027-01-31", "usd": {"s3:ListBucket": 0.01}}', "p.json")
    assert (prices.region, prices.as_of) == ("eu-west-1", "2027-01-31")
    assert prices.usd("s3:ListBucket") == 0.01
    assert prices.usd(METRIC) == 0.00001
    assert prices.usd("ec2:DescribeSubnets") == 0
    assert prices.unverified({"s3:ListBucket", "sqs:GetQueueUrl"}) == ["sqs:GetQueueUrl"]


BAD_FILES = {
    "no JSON": ("{", "p.json is no JSON: "),
    "deep JSON": ("[" * 100_000, "p.json is no JSON: "),
    "a list": ("[]", "p.json has no prices"),
    "no prices": ('{"usd": 3}', "p.json has no prices"),
    "another key": ('{"usd": {}, "eur": {}}', "p.json has 'eur', and takes usd, region and as_of."),
    "no action": ('{"usd": {"metric": 1}}', "p.json has a price of 'metric': write alarm or an action such as"),
    "text": ('{"usd": {"alarm": "0.1"}}', "the price of alarm is 0.1, and must be USD, at least 0."),
    "below zero": ('{"usd": {"alarm": -1}}', "the price of alarm is -1, and must be USD"),
    "not a number": ('{"usd": {"alarm": NaN}}', "the price of alarm is nan, and must be USD"),
    "true": ('{"usd": {"alarm": true}}', "the price of alarm is True, and must be USD"),
    "a number for the day": ('{"usd": {}, "as_of": 2027}', "as_of must be text"),
}


@pytest.mark.parametrize(("text", "sentence"), BAD_FILES.values(), ids=BAD_FILES)
def test_bad_file_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(CannotDo, match=sentence):
        replaced(text, "p.json")


def test_command_prints_tables_and_json(project: Write, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = project(FLEET)
    assert run(["--project", str(folder), "cost", "qa"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0].split() == [
        "WATCH",
        "TEAM",
        "EVERY",
        "METRICS",
        "PAID",
        "REQUESTS",
        "USD",
        "USD",
        "BY",
        "STATISTIC",
    ]
    assert "cloud:rds" in lines[1] and "6-18" in lines[1]
    assert "all of qa" in out and "all of millers" in out
    (queues,) = (line.split() for line in lines if line.startswith("stores:sqs_backlog"))
    assert queues[3] == "1+"
    assert "Metrics such as 3+: 3 for one thing, and up to 3 more for each further one that the pattern" in out
    assert "Not verified: the prices of s3:ListBucket, sqs:GetQueueAttributes" in out
    assert "USD a month of 30.44 days, at the prices of us-east-1 of 2026-11-29, without free tiers." in out
    prices = tmp_path / "prices.json"
    prices.write_text('{"usd": {"cloudwatch:GetMetricData": 0.1}}')
    assert run(["--project", str(folder), "cost", "qa", "--json", "--prices", str(prices)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["usd"] == pytest.approx(sum(one["usd"] for one in found["watches"]))
    assert found["teams"]["millers"]["usd"] > 10_000
    assert found["alarms"]["number"] * 0.1 == pytest.approx(found["alarms"]["usd"])
    assert run(["--project", str(folder), "cost", "qa", "--prices", str(tmp_path / "none.json")]) != 0
    assert "none.json" in capsys.readouterr().err


def test_environment_without_watches_of_aws_costs_nothing(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project(cloud_fleet.replaced("    roles=(cloud, stores),\n", ""))
    assert run(["--project", str(folder), "cost", "qa"]) == 0
    assert capsys.readouterr().out == "qa has no watches of AWS.\n"
