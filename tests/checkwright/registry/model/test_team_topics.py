"""Topics of teams that alarms of CloudWatch notify."""

import pytest

from checkwright.registry.model import RegistryError, Team

TOPIC = "arn:aws:sns:eu-west-1:123456789012:payments"


def test_team_has_one_topic_or_several() -> None:
    assert Team("payments", email="a@example.com", sns=TOPIC).sns == (TOPIC,)
    other = TOPIC.replace("eu-west-1", "us-east-1")
    assert Team("payments", email="a@example.com", sns=(TOPIC, other, TOPIC)).sns == (TOPIC, other)
    assert Team("payments", email="a@example.com").sns == ()


@pytest.mark.parametrize("topic", ["payments", "arn:aws:sqs:eu-west-1:123456789012:payments", TOPIC + " "])
def test_topic_that_is_none_is_refused(topic: str) -> None:
    with pytest.raises(RegistryError, match="which is no ARN of a topic such as arn:aws:sns:eu-west-1:123456789012"):
        Team("payments", email="a@example.com", sns=topic)
