"""Policy, cost and alarms of the example project, as its people print them."""

import json
from pathlib import Path

import pytest

from checkwright.cli.main import run
from tests.support.installed import ROOT

SHOP = ("--project", str(ROOT / "examples/shop"))


def test_policy_of_the_shop_reads_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SHOP, "aws", "policy", "production"]) == 0
    statements = json.loads(capsys.readouterr().out)["Statement"]
    actions = {action for statement in statements for action in statement["Action"]}
    assert {"rds:DescribeDBInstances", "acm:ListCertificates", "sqs:GetQueueUrl"} <= actions
    everywhere = {action for one in statements if one["Resource"] == "*" for action in one["Action"]}
    assert not {"rds:DescribeDBInstances", "acm:DescribeCertificate", "sqs:GetQueueUrl"} & everywhere
    beginnings = ("Describe", "Get", "List")
    assert [action for action in actions if not action.partition(":")[2].startswith(beginnings)] == []


def test_cost_of_the_shop_is_that_of_its_teams(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SHOP, "cost", "production", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"platform", "storefront", "payments"} <= found["teams"].keys()
    assert 0 < found["usd"] <= found["usd_by_statistic"] < 20
    assert found["alarms"]["number"] > 0


def test_alarms_of_the_shop_are_a_template(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from cfnlint.api import lint_file

    out = tmp_path / "alarms.json"
    assert run([*SHOP, "aws", "alarms", "production", "--out", str(out)]) == 0
    assert [str(one) for one in lint_file(out)] == []
    names = [one["Properties"]["AlarmName"] for one in json.loads(out.read_text())["Resources"].values()]
    assert "checkwright:production:payments-api:sqs_backlog:oldest:critical" in names


def test_environment_of_the_shop_without_accounts_has_a_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SHOP, "aws", "policy", "qa"]) == 0
    statements = json.loads(capsys.readouterr().out)["Statement"]
    assert "arn:aws:sqs:eu-west-1:*:*" in [statement["Resource"] for statement in statements]
