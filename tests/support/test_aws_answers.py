"""The server of canned answers, held to botocore's own clients in each protocol."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from checks.aws.source import Aws, Where
from tests.support.aws import REGION, give_credentials
from tests.support.aws_answers import Answer, Refusal, answering
from tests.support.current_run import current_run

CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "json": (
        "cloudwatch:GetMetricData",
        {"MetricDataQueries": [], "StartTime": datetime.now(UTC), "EndTime": datetime.now(UTC)},
        {
            "MetricDataResults": [
                {
                    "Id": "q0",
                    "StatusCode": "PartialData",
                    "Timestamps": [datetime(2026, 11, 29, 3, tzinfo=UTC)],
                    "Values": [1.5],
                }
            ],
            "NextToken": "more",
        },
    ),
    "query": ("rds:DescribeDBInstances", {}, {"DBInstances": [{"DBInstanceIdentifier": "shop"}], "Marker": "m"}),
    "ec2": ("ec2:DescribeSubnets", {}, {"Subnets": [{"SubnetId": "subnet-1", "AvailableIpAddressCount": 7}]}),
    "rest-json": (
        "lambda:GetFunctionConfiguration",
        {"FunctionName": "mail"},
        {"FunctionName": "mail", "Timeout": 30, "State": "Active"},
    ),
    "rest-json by path alone": ("sesv2:GetAccount", {}, {"SendingEnabled": True, "EnforcementStatus": "HEALTHY"}),
    "rest-xml": (
        "s3:ListObjectsV2",
        {"Bucket": "backups", "Prefix": "db/"},
        {
            "IsTruncated": False,
            "Contents": [{"Key": "db/1", "Size": 5, "LastModified": datetime(2026, 11, 29, tzinfo=UTC)}],
        },
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("key", "parameters", "answer"), CASES.values(), ids=CASES)
def test_answer_arrives_as_it_was_given(
    key: str, parameters: dict[str, Any], answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_credentials(monkeypatch)
    service, _, operation = key.partition(":")
    aws = Aws()
    with answering({key: answer}) as server, current_run(seconds=30):
        got = aws.ask(service, operation, "x", Where(region=REGION, endpoint=server.address), **parameters)
    aws.close()
    got.pop("ResponseMetadata")
    assert isinstance(answer, dict)
    assert {name: value for name, value in got.items() if name in answer} == answer
    assert server.requested == [(key, REGION)]


@pytest.mark.parametrize(
    "key", ["cloudwatch:DescribeAlarms", "rds:DescribeDBInstances", "ec2:DescribeSubnets", "sesv2:GetAccount"]
)
def test_refusal_arrives_with_its_code(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3

    give_credentials(monkeypatch)
    service, _, operation = key.partition(":")
    with answering({key: Refusal("AccessDenied", "not authorized")}) as server:
        client: Any = boto3.client(service, region_name=REGION, endpoint_url=server.address)  # type: ignore[call-overload]
        with pytest.raises(ClientError) as caught:
            getattr(client, __import__("botocore").xform_name(operation))()
        client.close()
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert caught.value.response["Error"]["Message"] == "not authorized"
