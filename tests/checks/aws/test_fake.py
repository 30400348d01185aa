"""FakeAws: canned answers, so that no test reaches AWS."""

import pytest

from checks.aws._cloudwatch import MetricQuery
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell

AGE = MetricQuery("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": "mail"})


def test_answers_and_metrics_are_canned() -> None:
    aws = FakeAws(
        answers={"sqs:ListQueues": {"QueueUrls": ["a"]}, "ec2:DescribeVolumes": CannotTell("no permission")},
        metrics={"ApproximateAgeOfOldestMessage": None},
    )
    assert aws.call("sqs", "ListQueues", "the queues", "eu-west-1", None) == {"QueueUrls": ["a"]}
    assert aws.latest(AGE, "the queue mail", "eu-west-1", None) is None
    with pytest.raises(CannotTell, match="no permission"):
        aws.call("ec2", "DescribeVolumes", "the volumes", "eu-west-1", None)


def test_missing_answer_fails_the_test() -> None:
    with pytest.raises(LookupError, match="FakeAws has no answer for 'sqs:ListQueues'"):
        FakeAws().call("sqs", "ListQueues", "the queues", "eu-west-1", None)
    with pytest.raises(LookupError, match="FakeAws has no answer for 'ApproximateAgeOfOldestMessage'"):
        FakeAws().latest(AGE, "the queue mail", "eu-west-1", None)
