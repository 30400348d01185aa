"""IAM actions, resources and requests that the options of AWS checks need."""

from collections.abc import Mapping

import pytest

from checks.aws._actions import unknown_actions
from checks.aws._selection import arns
from checks.aws.acm import Acm
from checks.aws.aws_cost import AwsCost
from checks.aws.cloudfront import Cloudfront
from checks.aws.cloudwatch import Cloudwatch
from checks.aws.cloudwatch_alarms import CloudwatchAlarms
from checks.aws.dynamodb import Dynamodb
from checks.aws.ecs_service import EcsService
from checks.aws.eks import Eks
from checks.aws.elasticache import Elasticache
from checks.aws.fake import FakeAws
from checks.aws.kinesis import Kinesis
from checks.aws.lambda_function import LambdaFunction
from checks.aws.load_balancer import LoadBalancer
from checks.aws.opensearch_domain import OpensearchDomain
from checks.aws.rds import Rds
from checks.aws.route53_health import Route53Health
from checks.aws.s3_newest import S3Newest
from checks.aws.service_quota import ServiceQuota
from checks.aws.sns import Sns
from checks.aws.source import AwsCheck
from checks.aws.sqs_backlog import SqsBacklog
from checks.aws.step_functions import StepFunctions
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
        {"rds:DescribeDBInstances": ("arn:{partition}:rds:{region}:{account}:db:shop",), METRICS: ("*",)},
    ),
    "databases by pattern": (
        Rds(instance=("shop", "stock-*"), maintenance=False),
        {"rds:DescribeDBInstances": ("arn:{partition}:rds:{region}:{account}:db:*",), METRICS: ("*",)},
    ),
    "a cluster of databases": (
        Rds(cluster=("shop",)),
        {
            "rds:DescribeDBInstances": ("arn:{partition}:rds:{region}:{account}:db:*",),
            METRICS: ("*",),
            "rds:DescribeDBClusters": ("arn:{partition}:rds:{region}:{account}:cluster:shop",),
            "rds:DescribePendingMaintenanceActions": ("*",),
        },
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
        {
            "elasticache:DescribeReplicationGroups": (
                "arn:{partition}:elasticache:{region}:{account}:replicationgroup:sessions",
            ),
            METRICS: ("*",),
        },
    ),
    "caches by pattern": (
        Elasticache(group=("sess*",), cluster=("pages",)),
        {
            "elasticache:DescribeReplicationGroups": (
                "arn:{partition}:elasticache:{region}:{account}:replicationgroup:*",
            ),
            "elasticache:DescribeCacheClusters": ("arn:{partition}:elasticache:{region}:{account}:cluster:pages",),
            METRICS: ("*",),
        },
    ),
    "a serverless cache": (
        Elasticache(serverless=("carts",)),
        {
            "elasticache:DescribeServerlessCaches": (
                "arn:{partition}:elasticache:{region}:{account}:serverlesscache:carts",
            ),
            METRICS: ("*",),
        },
    ),
    "certificates": (
        Acm(),
        {
            "acm:ListCertificates": ("*",),
            "acm:DescribeCertificate": ("arn:{partition}:acm:{region}:{account}:certificate/*",),
        },
    ),
    "node groups by pattern": (
        Eks(cluster="shop", node_group=("web-[ab]",)),
        {
            "eks:DescribeCluster": ("arn:{partition}:eks:{region}:{account}:cluster/shop",),
            "eks:ListNodegroups": ("arn:{partition}:eks:{region}:{account}:cluster/shop",),
            "eks:DescribeNodegroup": ("arn:{partition}:eks:{region}:{account}:nodegroup/shop/web-?/*",),
        },
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
    "alarms of metrics": (
        CloudwatchAlarms(kind="metric"),
        {"cloudwatch:DescribeAlarms": ("arn:{partition}:cloudwatch:{region}:{account}:alarm:*",)},
    ),
}


@pytest.mark.parametrize(("check", "needed"), NARROWED.values(), ids=NARROWED)
def test_options_decide_which_actions_are_needed(check: AwsCheck, needed: dict[str, tuple[str, ...]]) -> None:
    assert dict(check.needs()) == needed
    assert needed.keys() <= set(check.actions)


#: Options that name one thing, by check.
ONE_THING: dict[type[AwsCheck], AwsCheck] = {
    type(check): check
    for check in (
        Cloudfront(distribution=("E1",)),
        Cloudwatch(series=("mails=AWS/SES:Send:Sum",)),
        CloudwatchAlarms(kind="metric", mute_rules=True),
        Dynamodb(table=("orders",)),
        EcsService(service=("web-*",)),
        Eks(cluster="shop"),
        Elasticache(group=("sessions",), cluster=("pages",), serverless=("carts",)),
        Kinesis(stream=("clicks",)),
        LambdaFunction(function=("mail",), concurrency=True),
        LoadBalancer(balancer="shop"),
        OpensearchDomain(domain=("logs",)),
        Rds(instance=("shop",), cluster=("stock",)),
        Route53Health(check=("1a2b",)),
        S3Newest(bucket="backups"),
        ServiceQuota(service="ec2", quota=("L-1",)),
        Sns(topic=("orders",), sms=True),
        SqsBacklog(queue="orders-*"),
        StepFunctions(machine=("ship",)),
    )
}
NO_RESOURCE = "the service authorization reference has no type of resource for it"
LISTS = "the request lists things, and names none of them"
#: Actions on all resources, and the reason.
ON_ALL = {
    "autoscaling:DescribeAutoScalingGroups": NO_RESOURCE,
    "acm:ListCertificates": NO_RESOURCE,
    "backup:ListBackupJobs": NO_RESOURCE,
    "backup:ListProtectedResources": NO_RESOURCE,
    "budgets:ViewBudget": LISTS,
    "cloudwatch:GetMetricData": NO_RESOURCE,
    "cloudwatch:ListAlarmMuteRules": LISTS,
    "cloudwatch:ListMetrics": NO_RESOURCE,
    "directconnect:DescribeConnections": LISTS,
    "directconnect:DescribeVirtualInterfaces": LISTS,
    "ec2:DescribeInstanceCreditSpecifications": NO_RESOURCE,
    "ec2:DescribeInstanceStatus": NO_RESOURCE,
    "ec2:DescribeInstances": NO_RESOURCE,
    "ec2:DescribeNatGateways": NO_RESOURCE,
    "ec2:DescribeSubnets": NO_RESOURCE,
    "ec2:DescribeVolumeStatus": NO_RESOURCE,
    "ec2:DescribeVolumes": NO_RESOURCE,
    "ec2:DescribeVpnConnections": NO_RESOURCE,
    "ecs:ListServices": NO_RESOURCE,
    "elasticloadbalancing:DescribeLoadBalancers": NO_RESOURCE,
    "elasticloadbalancing:DescribeTargetGroups": NO_RESOURCE,
    "elasticloadbalancing:DescribeTargetHealth": NO_RESOURCE,
    "health:DescribeEvents": NO_RESOURCE,
    "iam:GenerateCredentialReport": NO_RESOURCE,
    "iam:GetAccountSummary": NO_RESOURCE,
    "iam:GetCredentialReport": NO_RESOURCE,
    "lambda:GetAccountSettings": NO_RESOURCE,
    "rds:DescribePendingMaintenanceActions": "AWS refuses it with the ARNs of databases",
    "route53domains:ListDomains": NO_RESOURCE,
    "route53domains:ListOperations": NO_RESOURCE,
    "servicequotas:GetAWSDefaultServiceQuota": NO_RESOURCE,
    "servicequotas:ListServiceQuotas": NO_RESOURCE,
    "ses:GetAccount": NO_RESOURCE,
    "sns:GetSMSAttributes": NO_RESOURCE,
    "sns:ListTopics": NO_RESOURCE,
    "sqs:ListQueues": NO_RESOURCE,
    "states:ListStateMachines": NO_RESOURCE,
    "sts:GetCallerIdentity": NO_RESOURCE,
}


@pytest.mark.parametrize("kind", CHECKS, ids=lambda kind: kind.title())
def test_resource_of_an_action_is_as_narrow_as_aws_permits(kind: type[AwsCheck]) -> None:
    needed = (ONE_THING.get(kind) or kind()).needs()
    assert [action for action, resources in needed.items() if "*" in resources and action not in ON_ALL] == []
    assert [action for action, resources in needed.items() if "*" not in resources and action in ON_ALL] == []
    assert all(resources for resources in needed.values())


def test_actions_on_all_resources_are_used() -> None:
    assert set(ON_ALL) - {action for kind in CHECKS for action in kind.actions} == set()


@pytest.mark.parametrize(
    ("name", "arn"),
    {
        "web": "a:web",
        "web-*": "a:web-*",
        "web-[ab]": "a:web-?",
        "[!a]?": "a:??",
        "[]a]b": "a:?b",
        "a[b": "a:a[b",
    }.items(),
)
def test_pattern_for_names_becomes_one_for_arns(name: str, arn: str) -> None:
    assert arns("a:", [name]) == (arn,)


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
