"""Metrics that checks declare: what a run with some options reads, before it runs."""

import pkgutil
from importlib import import_module

import pytest

import checks.aws
from checks.aws._actions import unknown_actions
from checks.aws.ebs import Ebs
from checks.aws.elasticache import Elasticache
from checks.aws.lambda_function import LambdaFunction
from checks.aws.load_balancer import LoadBalancer
from checks.aws.rds import Rds
from checks.aws.source import SEVERAL, AwsCheck, CloudMetric
from checks.aws.sqs_backlog import SqsBacklog

MODULES = [import_module(f"checks.aws.{one.name}") for one in pkgutil.iter_modules(checks.aws.__path__)]
CHECKS = [
    found
    for module in MODULES
    for found in vars(module).values()
    if isinstance(found, type) and issubclass(found, AwsCheck) and found.__module__ == module.__name__
]
CHECKS.remove(AwsCheck)


def billed(check: AwsCheck) -> list[tuple[str, dict[str, str]]]:
    return [(one.metric, one.dims) for one in check.read_metrics() if one.billed]


def test_metric_is_declared_for_each_value_of_an_option() -> None:
    assert billed(LambdaFunction(function=("mail", "pdf"))) == [
        (metric, {"FunctionName": name})
        for metric in ("Invocations", "Errors", "Throttles", "Duration")
        for name in ("mail", "pdf")
    ]
    with_alias = billed(LambdaFunction(function=("mail",), alias="live", stream=True, concurrency=True))
    assert with_alias[4:] == [
        ("IteratorAge", {"FunctionName": "mail", "Resource": "mail:live"}),
        ("ConcurrentExecutions", {}),
    ]
    assert len(with_alias) == 6


def test_pattern_and_value_of_a_run_are_not_known_before() -> None:
    assert [one.is_known() for one in SqsBacklog(queue="mail").read_metrics()] == [True] * 4
    assert not any(one.is_known() for one in SqsBacklog(queue="shop-*").read_metrics())
    assert not any(one.is_known() for one in LoadBalancer(balancer="shop").read_metrics())
    assert not any(one.is_known() for one in Rds(cluster=("shop",)).read_metrics())


def test_things_that_an_option_selects_are_several() -> None:
    assert {dims["CacheClusterId"] for _, dims in billed(Elasticache(group=("sessions",)))} == {SEVERAL}
    single = Elasticache(cluster=("pages", "jobs"))
    assert {dims["CacheClusterId"] for _, dims in billed(single)} == {"pages", "jobs"}
    assert billed(Ebs()) == [("BurstBalance", {"VolumeId": SEVERAL})]
    assert billed(Ebs(volume=("vol-1",))) == [("BurstBalance", {"VolumeId": "vol-1"})]


def test_metric_says_which_gauge_it_is() -> None:
    found = {gauge: one for one in Rds(instance=("shop",)).read_metrics() for gauge in one.gauges.values()}
    assert (found["cpu"].metric, found["cpu"].stats, found["cpu"].period) == ("CPUUtilization", ("Average",), 300)
    assert found["cpu"].dims == {"DBInstanceIdentifier": "shop"}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_declarations_fit_the_check_and_aws(check: type[AwsCheck]) -> None:
    for metric in check.reads:
        assert set(metric.gauges.values()) <= set(check.gauges), metric
        assert set(metric.gauges) <= set(metric.stats), metric
        assert {name.removeprefix("not ") for name in metric.when} <= set(check.options), metric
    assert bool(check.reads or check.read_metrics is not AwsCheck.read_metrics) == (
        "cloudwatch:GetMetricData" in check.actions
    )
    assert check.actions, "a check of AWS that calls nothing"
    assert unknown_actions(check.actions) == []


def test_impossible_metric_is_a_mistake_of_its_author() -> None:
    with pytest.raises(ValueError, match="one to 5 statistics, not 0"):
        CloudMetric("AWS/SQS", "Age", {})
