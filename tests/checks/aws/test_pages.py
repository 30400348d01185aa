"""Pages of answers: every operation's own names of tokens, and no part of an answer taken for the whole."""

from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.source import Where
from checkwright.core.errors import CannotTell, Down
from tests.support.current_run import current_run

HERE = Where(region="eu-west-1")

PAGED: dict[str, tuple[str, list[dict[str, Any]], dict[str, Any]]] = {
    "one token": (
        "rds:DescribeDBInstances",
        [{"DBInstances": [{}], "Marker": "m"}, {"DBInstances": [{}, {}]}],
        {"Marker": "m"},
    ),
    "another name in the answer": (
        "elbv2:DescribeTargetGroups",
        [{"TargetGroups": [{}], "NextMarker": "n"}, {"TargetGroups": []}],
        {"Marker": "n"},
    ),
    "a flag that says more": (
        "s3:ListObjectsV2",
        [{"IsTruncated": True, "NextContinuationToken": "c"}, {"IsTruncated": False, "NextContinuationToken": "x"}],
        {"ContinuationToken": "c"},
    ),
    "a token inside": (
        "cloudfront:ListDistributions",
        [
            {"DistributionList": {"Marker": "", "MaxItems": 1, "IsTruncated": True, "Quantity": 1, "NextMarker": "d"}},
            {"DistributionList": {"Marker": "d", "MaxItems": 1, "IsTruncated": False, "Quantity": 0}},
        ],
        {"Marker": "d"},
    ),
}


@pytest.mark.parametrize(("key", "answers", "second"), PAGED.values(), ids=PAGED)
def test_next_page_is_asked_for_by_the_token(key: str, answers: list[dict[str, Any]], second: dict[str, Any]) -> None:
    service, _, operation = key.partition(":")
    needed: dict[str, Any] = {"Bucket": "backups"} if service == "s3" else {}
    aws = FakeAws(answers={key: answers})
    with current_run():
        assert list(aws.pages(service, operation, "x", HERE, **needed)) == answers
    assert aws.requests == [(key, needed), (key, {**needed, **second})]


def test_more_pages_than_asked_for_are_no_answer() -> None:
    pages = [{"DBInstances": [], "Marker": str(number)} for number in range(9)]
    aws = FakeAws(answers={"rds:DescribeDBInstances": pages})
    with current_run(), pytest.raises(CannotTell, match="rds:DescribeDBInstances on x has more than 3 pages"):
        list(aws.pages("rds", "DescribeDBInstances", "x", HERE, most=3))
    assert len(aws.requests) == 3


SENSELESS: dict[str, dict[str, Any]] = {
    "the same page forever": {"DBInstances": [], "Marker": "m"},
    "more without a token": {"IsTruncated": True},
}


@pytest.mark.parametrize("answer", SENSELESS.values(), ids=SENSELESS)
def test_senseless_pages_are_reported(answer: dict[str, Any]) -> None:
    needed: dict[str, Any] = {"Bucket": "b"} if "IsTruncated" in answer else {}
    key = "s3:ListObjectsV2" if needed else "rds:DescribeDBInstances"
    service, _, operation = key.partition(":")
    aws = FakeAws(answers={key: answer})
    with current_run(), pytest.raises(CannotTell, match=r"has more pages, but does not say where"):
        list(aws.pages(service, operation, "x", HERE, **needed))


def test_error_of_a_page_is_raised() -> None:
    aws = FakeAws(answers={"rds:DescribeDBInstances": Down("the database does not exist")})
    with current_run(), pytest.raises(Down, match="the database does not exist"):
        list(aws.pages("rds", "DescribeDBInstances", "x", HERE))
