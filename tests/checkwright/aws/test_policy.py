"""IAM policies of an environment's accounts."""

import json
from pathlib import Path

import pytest

from checks.aws.source import AwsCheck
from checkwright.aws.policy import policy
from checkwright.cli.main import run
from tests.checkwright.aws.cloud_fleet import FLEET, replaced, watches
from tests.checkwright.registry.conftest import Write, project

__all__ = ["project"]


def of_account(project: Write, account: str, text: str = FLEET) -> dict[str, str | list[str]]:
    """Return the resources of each action."""
    chosen = [one for one in watches(project, text) if one.account is not None and one.account.name == account]
    document = policy(chosen)
    assert document["Version"] == "2012-10-17"
    statements = document["Statement"]
    assert all(one["Effect"] == "Allow" for one in statements)
    assert len({one["Sid"] for one in statements}) == len(statements)
    return {action: one["Resource"] for one in statements for action in one["Action"]}


def test_policy_has_the_actions_of_the_watches_and_no_others(project: Write) -> None:
    assert of_account(project, "backups") == {
        "s3:ListBucket": "arn:aws:s3:::shop-backups",
        "sts:GetCallerIdentity": "*",
    }
    found = of_account(project, "shop")
    assert found["lambda:GetFunctionConfiguration"] == "arn:aws:lambda:eu-west-1:123456789012:function:mail"
    assert found["ec2:DescribeSubnets"] == "*"
    assert not {"rds:DescribeDBClusters", "lambda:GetAccountSettings", "s3:ListBucket"} & found.keys()


def test_resources_of_several_watches_add_up(project: Write) -> None:
    text = replaced('SqsBacklog(queue="bread-*")', 'SqsBacklog(queue="bread-*", no_dead_letters=True)')
    queues = ["arn:aws:sqs:eu-west-1:123456789012:bread-*", "arn:aws:sqs:eu-west-1:123456789012:flour-qa"]
    assert of_account(project, "shop", text)["sqs:GetQueueAttributes"] == queues


def test_resource_that_a_pattern_includes_is_left_out(project: Write) -> None:
    assert of_account(project, "shop")["sqs:GetQueueAttributes"] == "arn:aws:sqs:eu-west-1:123456789012:*"


def test_partition_follows_from_the_region(project: Write) -> None:
    text = replaced("eu-central-1", "cn-north-1")
    assert of_account(project, "backups", text)["s3:ListBucket"] == "arn:aws-cn:s3:::shop-backups"


def ctl(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> tuple[int, str, str]:
    code = run(["--project", str(folder), *words])
    output = capsys.readouterr()
    return code, output.out, output.err


def test_command_prints_the_policy_of_one_account(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project(FLEET)
    code, out, err = ctl(capsys, folder, "aws", "policy", "qa", "--account", "backups")
    assert (code, err) == (0, "")
    assert [one["Action"] for one in json.loads(out)["Statement"]] == [["sts:GetCallerIdentity"], ["s3:ListBucket"]]


def test_command_asks_for_one_of_several_accounts(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project(FLEET)
    code, _, err = ctl(capsys, folder, "aws", "policy", "qa")
    assert code
    assert "qa has watches of AWS in several accounts: choose one with --account: backups, shop." in err
    code, _, err = ctl(capsys, folder, "aws", "policy", "qa", "--account", "shopp")
    assert "qa has no watches of AWS in the account 'shopp', did you mean shop: it has backups, shop." in err


def test_environment_without_watches_of_aws(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project(replaced("    roles=(cloud, stores),\n", ""))
    code, _, err = ctl(capsys, folder, "aws", "policy", "qa")
    assert code
    assert "qa has no watches of AWS on the monitoring server or in a pool." in err


def test_action_that_does_not_exist_is_refused(
    project: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AwsCheck, "needs", lambda self: {"ec2:DescribeSubnetz": ("*",)})
    folder = project(FLEET)
    code, _, err = ctl(capsys, folder, "aws", "policy", "qa", "--account", "shop")
    assert code
    assert "needs ec2:DescribeSubnetz, which is no action that botocore knows." in err
