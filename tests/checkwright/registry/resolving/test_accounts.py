"""Watches in accounts of AWS: their options, their names, what depends on access, and the rules."""

from datetime import date

import pytest

from checkwright.registry import plan_json, planning
from checkwright.registry.findings import Finding, FindingsError
from checkwright.registry.plan import Entry
from tests.checkwright.registry.conftest import FIRST, Write

#: Rules that this module tests.
RULES = {"R070", "R071", "R072", "R073", "R074"}
TODAY = date(2026, 11, 24)
FLEET = """\
from checkwright.registry.model import Account
from checks.aws.acm import Acm
from checks.aws.aws_access import AwsAccess

cloud = Role(
    "cloud",
    owner=bakers,
    runbook="https://runbooks.example.com/cloud/",
    watches=(
        Watch(AwsAccess(), per="account"),
        Watch(SqsBacklog(queue="flour-{environment}"), per="role"),
        Watch(Acm(), per="region"),
    ),
)
mill = Role("mill", owner=bakers, runbook="https://runbooks.example.com/mill/", watches=(Watch(Disk()),))
qa = Environment(
    "qa",
    site=Site(),
    hosts=(Host("mill-1", "10.0.0.1", roles=(mill,)),),
    roles=(cloud,),
    aws=(
        Account("shop", role="arn:aws:iam::123456789012:role/checks", external_id="x", regions=("eu-west-1",)),
        Account("backups", id="210987654321", profile="backups", regions=("eu-central-1", "us-east-1")),
    ),
)
"""
BACKLOG = '        Watch(SqsBacklog(queue="flour-{environment}"), per="role"),'


def built(project: Write, text: str = FLEET) -> dict[str, Entry]:
    found, _ = planning.plan(str(project(text)), "qa", today=TODAY)
    assert plan_json.loads(plan_json.dumps(found)) == found
    return {entry.name: entry for entry in found.entries}


def words(entry: Entry) -> list[str]:
    return ["".join(part if isinstance(part, str) else f"{{{part.name}}}" for part in word) for word in entry.command]


def options(entry: Entry) -> dict[str, tuple[str, str]]:
    """Return value and level of the options that do not have their defaults."""
    return {
        one.name.removeprefix("option "): (one.value, one.level)
        for one in entry.settings
        if one.name.startswith("option ") and one.level != "check"
    }


def findings(project: Write, text: str) -> tuple[Finding, ...]:
    return planning.lint(str(project(text)), today=TODAY).findings


def test_watch_takes_the_first_account_and_its_first_region(project: Write) -> None:
    entry = built(project)["sqs_backlog"]
    assert entry.account == "shop"
    assert options(entry) == {
        "queue": ("flour-{environment}", "watch"),
        "role": ("arn:aws:iam::123456789012:role/checks", "site"),
        "external_id": ("x", "site"),
        "region": ("eu-west-1", "site"),
    }
    origin = next(one.origin for one in entry.settings if one.name == "option role")
    assert origin.line == FIRST + FLEET.splitlines().index(next(x for x in FLEET.splitlines() if 'Account("shop"' in x))
    role = "arn:aws:iam::123456789012:role/checks"
    assert words(entry)[2:8] == ["--region", "eu-west-1", "--role", role, "--external-id", "x"]


def test_watch_names_another_account(project: Write) -> None:
    entry = built(project, FLEET.replace('"), per="role"),', '"), per="role", account="backups"),'))["sqs_backlog"]
    assert entry.account == "backups"
    assert options(entry)["profile"] == ("backups", "site")
    assert options(entry)["region"] == ("eu-central-1", "site")
    assert "role" not in options(entry)


def test_override_moves_a_watch_to_another_account(project: Write) -> None:
    text = FLEET.replace(
        "    roles=(cloud,),",
        '    roles=(cloud,),\n    overrides=(Override(account="backups", watch="[sd]*", why="cheap"),),',
    )
    entries = built(project, text)
    assert entries["sqs_backlog"].account == "backups"
    assert entries["disk"].account == ""
    assert not [one for one in entries["disk"].settings if one.name == "account"]


def test_watch_runs_once_for_each_account_or_region(project: Write) -> None:
    entries = built(project)
    assert sorted(entries) == [
        "acm.backups.eu-central-1",
        "acm.backups.us-east-1",
        "acm.shop.eu-west-1",
        "aws_access.backups",
        "aws_access.shop",
        "disk",
        "sqs_backlog",
    ]
    assert options(entries["acm.backups.us-east-1"])["region"][0] == "us-east-1"
    assert entries["acm.backups.us-east-1"].account == "backups"
    assert entries["acm.backups.us-east-1"].per == "role"
    assert options(entries["aws_access.shop"])["account"] == ("123456789012", "site")
    assert options(entries["aws_access.backups"])["account"] == ("210987654321", "site")


def test_watches_of_an_account_need_its_access(project: Write) -> None:
    needs = {name: entry.needs for name, entry in built(project).items()}
    assert needs == {
        "acm.backups.eu-central-1": ("cloud:aws_access.backups",),
        "acm.backups.us-east-1": ("cloud:aws_access.backups",),
        "acm.shop.eu-west-1": ("cloud:aws_access.shop",),
        "aws_access.backups": (),
        "aws_access.shop": (),
        "disk": (),
        "sqs_backlog": ("cloud:aws_access.shop",),
    }


def test_access_from_elsewhere_proves_nothing(project: Write) -> None:
    text = FLEET.replace('"), per="role"),', '"), per="role", where="dc1"),').replace(
        "    aws=(", '    pools=(Pool("dc1", servers=("mon1",), workers=("w1",)),),\n    aws=('
    )
    assert built(project, text)["sqs_backlog"].needs == ()
    (finding,) = [one for one in findings(project, text) if one.id == "R074"]
    assert finding.message == (
        "no aws_access in the pool dc1 proves the access to the account shop, where cloud:sqs_backlog runs"
    )


def test_watch_with_credentials_of_its_own_is_in_no_account(project: Write) -> None:
    entry = built(project, FLEET.replace('{environment}"', '{environment}", profile="mine", region="eu-west-3"'))
    assert entry["sqs_backlog"].account == ""
    assert options(entry["sqs_backlog"])["profile"] == ("mine", "watch")
    assert "role" not in options(entry["sqs_backlog"])


def test_watch_on_a_machine_has_the_credentials_of_that_machine(project: Write) -> None:
    text = FLEET.replace("watches=(Watch(Disk()),)", 'watches=(Watch(Disk()), Watch(Acm(region="eu-west-3")))')
    entry = built(project, text)["acm"]
    assert (entry.account, options(entry)) == ("", {"region": ("eu-west-3", "watch")})


def test_environment_without_accounts_changes_nothing(project: Write) -> None:
    text = FLEET[: FLEET.index("    aws=(")] + ")\n"
    text = text.replace('        Watch(AwsAccess(), per="account"),\n', "").replace(
        '        Watch(Acm(), per="region"),\n', ""
    )
    entry = built(project, text)["sqs_backlog"]
    assert (entry.account, entry.needs, list(options(entry))) == ("", (), ["queue"])
    assert '"account"' not in plan_json.dumps(planning.plan(str(project(text)), "qa", today=TODAY).plan)


MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "an unknown account": (
        BACKLOG,
        BACKLOG.replace("per=", 'account="backup", per='),
        "R070",
        "cloud:sqs_backlog runs in the unknown account 'backup', did you mean backups: qa has shop, backups",
    ),
    "an unknown region": (
        BACKLOG,
        BACKLOG.replace('{environment}"', '{environment}", region="eu-west-2"'),
        "R071",
        "cloud:sqs_backlog looks at the region 'eu-west-2', did you mean eu-west-1: the account shop has eu-west-1",
    ),
    "an account on a machine": (
        "watches=(Watch(Disk()),)",
        'watches=(Watch(Disk()), Watch(Acm(), account="shop"))',
        "R073",
        "mill:acm has account=, and runs on the machine that it watches",
    ),
    "no proof of access": (
        '        Watch(AwsAccess(), per="account"),\n',
        "",
        "R074",
        "no aws_access on the monitoring server proves the access to the account shop, where cloud:acm.shop.eu-west-1"
        " and 1 more run",
    ),
}


@pytest.mark.parametrize(("old", "new", "rule", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_found(project: Write, old: str, new: str, rule: str, sentence: str) -> None:
    assert old in FLEET
    found = [one for one in findings(project, FLEET.replace(old, new, 1)) if one.id == rule]
    assert found[0].message == sentence
    assert found[0].origin is not None


def test_watch_per_account_without_accounts_refuses_the_build(project: Write) -> None:
    folder = project(FLEET[: FLEET.index("    aws=(")] + ")\n")
    with pytest.raises(FindingsError) as raised:
        planning.plan(str(folder), "qa", today=TODAY)
    assert [one.message for one in raised.value.findings if one.id == "R072"] == [
        'cloud:aws_access has per="account", and qa names no accounts of AWS',
        'cloud:acm has per="region", and qa names no accounts of AWS',
    ]
