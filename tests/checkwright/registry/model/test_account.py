"""Accounts of AWS in an environment: their values, and the mistakes in them."""

from collections.abc import Callable
from typing import Any

import pytest

from checks.aws.acm import Acm
from checks.system.disk import Disk
from checkwright.registry.model import Account, Environment, Plugin, RegistryError, Site, Watch

ROLE = "arn:aws:iam::123456789012:role/checks"


def untyped(kind: Any) -> Any:
    """Return the same class for mypy without its types, as a user without mypy calls it."""
    return kind


def test_number_of_the_account_is_that_of_its_role() -> None:
    account = Account("shop", role=ROLE, external_id="x-1", regions=("eu-west-1", "us-east-1"))
    assert account.id == "123456789012"
    assert account.options() == {"role": ROLE, "external_id": "x-1"}
    with pytest.raises(AttributeError, match="cannot be changed"):
        account.id = "1"


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_partition_follows_from_the_region(region: str, partition: str) -> None:
    assert Account("shop", regions=(region,)).partition() == partition


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "no region": (
        lambda: Account("shop", regions=()),
        r'Account shop: regions is empty: name at least one, such as \("eu-west-1",\)',
    ),
    "no tuple": (lambda: untyped(Account)("shop", regions="eu-west-1"), "not a tuple of text: mind the comma"),
    "a zone": (lambda: Account("shop", regions=("eu-west-1a",)), "'eu-west-1a', which is no region such as eu-west-1"),
    "a region twice": (lambda: Account("shop", regions=("eu-west-1", "eu-west-1")), "names a region twice"),
    "a short number": (lambda: Account("shop", id="1234", regions=("eu-west-1",)), "must be the account's 12 digits"),
    "a name as role": (
        lambda: Account("shop", role="checks", regions=("eu-west-1",)),
        "role is 'checks', which is no ARN of a role such as arn:aws:iam::123456789012:role/checks",
    ),
    "the role of another account": (
        lambda: Account("shop", id="210987654321", role=ROLE, regions=("eu-west-1",)),
        "role belongs to the account 123456789012, and id is 210987654321",
    ),
    "an external ID without a role": (
        lambda: Account("shop", external_id="x", regions=("eu-west-1",)),
        "external_id is for a role, and role is empty",
    ),
    "an endpoint without scheme": (
        lambda: Account("shop", endpoint="localhost:5000", regions=("eu-west-1",)),
        "must be an http or https URL",
    ),
    "a bad name": (lambda: Account("the shop", regions=("eu-west-1",)), "Account 'the shop' is not a name"),
    "two accounts of one name": (
        lambda: Environment(
            "qa",
            site=Site(),
            aws=(Account("shop", regions=("eu-west-1",)), Account("shop", regions=("eu-west-2",))),
        ),
        "Environment qa: aws has two accounts shop",
    ),
    "no account": (lambda: untyped(Environment)("qa", site=Site(), aws=("shop",)), "which is not an Account"),
    "a disk per account": (
        lambda: Watch(Disk(), per="account"),
        'Watch disk: per="account" is for checks of AWS, and Disk is none',
    ),
    "a disk in an account": (lambda: Watch(Disk(), account="shop"), "account= is for checks of AWS, and Disk is none"),
    "a plugin in an account": (
        lambda: Plugin("/usr/bin/x", name="x", account="shop"),
        "Plugin x: account is for checks of AWS",
    ),
    "all accounts and one": (
        lambda: Watch(Acm(), per="region", account="shop"),
        'per="region" is for all accounts, so remove account=',
    ),
    "all regions and one": (
        lambda: Watch(Acm(region="eu-west-1"), per="region"),
        'per="region" is for all regions, so remove region=',
    ),
    "per account on the machine": (
        lambda: Watch(Acm(), per="account", where="host"),
        'per="account" runs on the monitoring server or in a pool, so remove where="host"',
    ),
}


@pytest.mark.parametrize(("declare", "sentence"), WRONG.values(), ids=WRONG)
def test_mistake_is_one_sentence_with_its_line(declare: Callable[[], object], sentence: str) -> None:
    with pytest.raises(RegistryError, match=sentence) as raised:
        declare()
    assert raised.value.origin is not None
    assert raised.value.origin.file == __file__
