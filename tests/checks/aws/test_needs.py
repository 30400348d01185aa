"""IAM actions, resources and requests that the options of AWS checks need."""

from collections.abc import Mapping

import pytest

from checks.aws._actions import unknown_actions
from checks.aws.aws_cost import AwsCost
from checks.aws.cloudwatch_alarms import CloudwatchAlarms
from checks.aws.dynamodb import Dynamodb
from checks.aws.ecs_service import EcsService
from checks.aws.elasticache import Elasticache
from checks.aws.fake import FakeAws
from checks.aws.lambda_function import LambdaFunction
from checks.aws.opensearch_domain import OpensearchDomain
from checks.aws.rds import Rds
from checks.aws.s3_newest import S3Newest
from checks.aws.sns import Sns
from checks.aws.source import AwsCheck
from checks.aws.sqs_backlog import SqsBacklog
from checkwright import Metrics, gauge
from checkwright.testing import run
from tests.checks.aws.test_declared import CHECKS

METRICS = "cloudwatch:GetMetricData"


@pytest.mark.parametrize("kind", CHECKS, ids=lambda kind: kind.title())
def test_actions_exist(kind: type[AwsCheck]) -> None:
    assert unknown_actions(kind.actions) == []


def test_action_that_does_not_exist_is_found() -> None:
    wrong = ["rds:DescribeDatabases", "elbv2:DescribeLoadBalancers", "nothing:DescribeThings"]
    right = ["elasticloadbalancing:DescribeLoadBalancers", "s3:ListBucket", "es:DescribeDomain", "ses:GetAccount"]
    assert unknown_actions([*wrong, *right]) == sorted(
        one for one in wrong if one != "elbv2:DescribeLoadBalancers"
    ) + unknown_actions(["elbv2:DescribeLoadBalancers"])


NARROWED: dict[str, tuple[AwsCheck, dict[str, tuple[str, ...]]]] = {
    "a queue without dead letters": (
        SqsBacklog(queue="orders", no_dead_letters=True),
        {
            "sqs:GetQueueUrl": ("arn:{partition}:sqs:{region}:{account}:orders",),
            "sqs:GetQueueAttributes": ("arn:{partition}:sqs:{region}:{account}:orders",),
            METRICS: ("*",),
        },
    ),
    "queues by prefix": (
        SqsBacklog(queue="orders-*", no_dead_letters=True),
        {
            "sqs:GetQueueUrl": ("arn:{partition}:sqs:{region}:{account}:orders-*",),
            "sqs:GetQueueAttributes": ("arn:{partition}:sqs:{region}:{account}:orders-*",),
            METRICS: ("*",),
            "sqs:ListQueues": ("*",),
        },
    ),
    "a bucket": (S3Newest(bucket="backups"), {"s3:ListBucket": ("arn:{partition}:s3:::backups",)}),
    "a function": (
        LambdaFunction(function=("resize",), alias="live"),
        {
            "lambda:GetFunctionConfiguration": ("arn:{partition}:lambda:{region}:{account}:function:resize:live",),
            METRICS: ("*",),
        },
    ),
    "services by name": (
        EcsService(cluster="shop", service=("web",)),
        {"ecs:DescribeServices": ("arn:{partition}:ecs:{region}:{account}:service/shop/web",)},
    ),
    "a whole cluster": (
        EcsService(cluster="shop"),
        {
            "ecs:DescribeServices": ("arn:{partition}:ecs:{region}:{account}:service/shop/*",),
            "ecs:ListServices": ("*",),
        },
    ),
    "no maintenance": (
        Rds(instance=("shop",), maintenance=False),
        {"rds:DescribeDBInstances": ("*",), METRICS: ("*",)},
    ),
    "a table": (
        Dynamodb(table=("orders",)),
        {"dynamodb:DescribeTable": ("arn:{partition}:dynamodb:{region}:{account}:table/orders",), METRICS: ("*",)},
    ),
    "a domain without its health": (
        OpensearchDomain(domain=("logs",), no_health=True),
        {"es:DescribeDomain": ("arn:{partition}:es:{region}:{account}:domain/logs",), METRICS: ("*",)},
    ),
    "a group of caches": (
        Elasticache(group=("sessions",)),
        {"elasticache:DescribeReplicationGroups": ("*",), METRICS: ("*",)},
    ),
    "a topic by ARN": (
        Sns(topic=("arn:aws:sns:eu-west-1:111122223333:orders",)),
        {"sns:GetTopicAttributes": ("arn:aws:sns:eu-west-1:111122223333:orders",), METRICS: ("*",)},
    ),
    "a topic by name": (
        Sns(topic=("orders",)),
        {
            "sns:GetTopicAttributes": ("arn:{partition}:sns:{region}:{account}:orders",),
            METRICS: ("*",),
            "sns:ListTopics": ("*",),
        },
    ),
    "budgets of a known account": (AwsCost(account="111122223333"), {"budgets:ViewBudget": ("*",)}),
    "alarms": (CloudwatchAlarms(), {"cloudwatch:DescribeAlarms": ("*",)}),
}


@pytest.mark.parametrize(("check", "needed"), NARROWED.values(), ids=NARROWED)
def test_options_decide_which_actions_are_needed(check: AwsCheck, needed: dict[str, tuple[str, ...]]) -> None:
    assert dict(check.needs()) == needed
    assert needed.keys() <= set(check.actions)


def test_requests_of_a_run_are_counted() -> None:
    assert SqsBacklog(queue="a").calls() == {"sqs:GetQueueUrl": 2, "sqs:GetQueueAttributes": 2, METRICS: 1}
    assert S3Newest(bucket="b", prefix="%Y-%m-%d/", days=3).calls() == {"s3:ListBucket": 4}


class Forgetful(AwsCheck):
    """Forgets an action where its options need it."""

    actions = ("sqs:ListQueues", "sts:GetCallerIdentity")

    found = gauge("Found")

    def needs(self) -> Mapping[str, tuple[str, ...]]:
        return {"sts:GetCallerIdentity": ("*",)}

    def probe(self) -> Metrics:
        self.aws.ask("sqs", "ListQueues", "the queues", self.where())
        yield self.found(1)


def test_request_that_needs_leaves_out_fails_the_test() -> None:
    outcome = run(Forgetful, "", FakeAws(answers={"sqs:ListQueues": {}}))
    assert "needs() does not name sqs:ListQueues" in str(outcome)
