"""FakeAws: canned answers that fit botocore's descriptions, so that no test reaches AWS."""

import pytest

from checks.aws.fake import FakeAws, FakeQueue
from checks.aws.source import AwsCheck, CloudMetric, Series, Where
from checkwright import Metrics, gauge
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import run


class AwsBuses(AwsCheck):
    """Check that reads two metrics, and declares one of them."""

    actions = ("ec2:DescribeVolumes", "cloudwatch:GetMetricData")
    reads = (CloudMetric("Buses", "Riders", {"Line": "5"}, "Sum", "Average", period=300),)

    riders = gauge("Riders")

    def probe(self) -> Metrics:
        self.aws.ask("ec2", "DescribeVolumes", "the volumes", self.where())
        series = Series("Buses", "Riders", {"Line": "5"}, "Sum", period=300, back=900)
        yield self.riders(self.aws.series("the line 5", self.where(), series)[series, "Sum"].newest())


class AwsTrams(AwsBuses):
    """Check whose declarations lack one action."""

    actions = ("cloudwatch:GetMetricData", "ec2:DescribeSubnets")


class AwsFerries(AwsBuses):
    """Check whose declarations lack one metric."""

    reads = (CloudMetric("Buses", "Riders", {"Line": "5", "Day": "1"}, "Sum", period=300),)


HERE = Where(region="eu-west-1")
REQUESTS = Series("AWS/ApplicationELB", "RequestCount", {"LoadBalancer": "app/web/1"}, "Sum", "p99")


def test_answers_are_canned() -> None:
    aws = FakeAws(
        answers={
            "sqs:ListQueues": {"QueueUrls": ["a"]},
            "ec2:DescribeVolumes": CannotTell("no permission"),
            "rds:DescribeDBInstances": [{"DBInstances": []}, {"DBInstances": [{"DBInstanceIdentifier": "db"}]}],
            "elbv2:DescribeTargetHealth": lambda request: {
                "TargetHealthDescriptions": [{"HealthCheckPort": request["TargetGroupArn"]}]
            },
        }
    )
    assert aws.ask("sqs", "ListQueues", "the queues", HERE) == {"QueueUrls": ["a"]}
    with pytest.raises(CannotTell, match="no permission"):
        aws.ask("ec2", "DescribeVolumes", "the volumes", HERE)
    instances = [aws.ask("rds", "DescribeDBInstances", "x", HERE)["DBInstances"] for _ in range(3)]
    assert [len(found) for found in instances] == [0, 1, 1]
    health = aws.ask("elbv2", "DescribeTargetHealth", "x", HERE, TargetGroupArn="arn")
    assert health["TargetHealthDescriptions"][0]["HealthCheckPort"] == "arn"
    assert aws.requests[0] == ("sqs:ListQueues", {})


def test_metrics_are_canned_by_name_statistic_and_dimension() -> None:
    aws = FakeAws(metrics={("RequestCount", "Sum"): [30, 20], ("RequestCount", "p99", "app/web/1"): None})
    found = aws.series("x", HERE, REQUESTS)
    assert found[REQUESTS, "Sum"].newest() == 30
    assert found[REQUESTS, "Sum"].sum() == 50
    assert not found[REQUESTS, "p99"]


def test_missing_answer_fails_the_test() -> None:
    with pytest.raises(LookupError, match="FakeAws has no answer for 'ec2:DescribeVolumes'"):
        FakeAws().ask("ec2", "DescribeVolumes", "the volumes", HERE)
    with pytest.raises(LookupError, match=r"FakeAws has no metric \('RequestCount', 'Sum'\)"):
        FakeAws().series("x", HERE, REQUESTS)


def test_misspelt_member_of_a_request_fails_the_test() -> None:
    aws = FakeAws(answers={"sqs:ListQueues": {}})
    with pytest.raises(AssertionError, match=r"sqs:ListQueues: its input has no Prefix, only .*QueueNamePrefix"):
        aws.ask("sqs", "ListQueues", "x", HERE, Prefix="a")
    with pytest.raises(AssertionError, match=r"sqs:GetQueueUrl: its input does not fit: .*QueueName"):
        aws.ask("sqs", "GetQueueUrl", "x", HERE)


def test_misspelt_member_of_an_answer_fails_the_test() -> None:
    aws = FakeAws(answers={"rds:DescribeDBInstances": {"DBInstance": []}})
    with pytest.raises(AssertionError, match="its output has no DBInstance, only DBInstances, Marker"):
        aws.ask("rds", "DescribeDBInstances", "x", HERE)
    aws = FakeAws(answers={"rds:DescribeDBInstances": {"DBInstances": [{"DBInstanceStatus": 5}]}})
    with pytest.raises(AssertionError, match=r"its output does not fit: .*DBInstanceStatus"):
        aws.ask("rds", "DescribeDBInstances", "x", HERE)


def test_queues_are_canned() -> None:
    aws = FakeAws({"mail": FakeQueue(depth=3, dead=2), "lost": CannotTell("no permission")})
    mail = aws.queue("mail", HERE)
    dead = mail.dead_letters()
    assert dead is not None
    assert (mail.depth(), dead.depth()) == (3, 2)
    with pytest.raises(CannotTell, match="no permission"):
        aws.queue("lost", HERE)
    with pytest.raises(Down, match="the queue nowhere in eu-west-1 does not exist"):
        aws.queue("nowhere", HERE)


def riders() -> FakeAws:
    return FakeAws(answers={"ec2:DescribeVolumes": {}}, metrics={("Riders", "Sum"): [7]})


def test_newest_datapoint_counts_even_where_a_check_looks_back_three_periods() -> None:
    assert run(AwsBuses, "", riders()).text().startswith("AWS_BUSES OK: Riders 7")


def test_request_that_the_check_does_not_declare_fails_the_test() -> None:
    action, metric = run(AwsTrams, "", riders()), run(AwsFerries, "", riders())
    assert (action.state, metric.state) == ("UNKNOWN", "UNKNOWN")
    assert "AwsTrams.actions does not name ec2:DescribeVolumes, which the check calls" in action.text()
    assert "AwsFerries.reads does not declare Sum of Buses Riders by Line in 300 s" in metric.text()
