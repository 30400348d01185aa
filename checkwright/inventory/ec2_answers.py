"""Answers of EC2: instances of all accounts and regions of a source, or an error. One that fails fails the pull."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from checkwright.core.text import clean
from checkwright.inventory.records import Answer, CannotPull, IncompleteAnswer, Record
from checkwright.registry.model.account import Account
from checkwright.registry.model.inventory_sources import Ec2

_GROUP = "aws:autoscaling:groupName"
_KEPT = ("running", "stopped", "pending", "stopping")
_SECONDS = 30
_PAGE = 1000


def ec2_answer(source: Ec2, now: datetime) -> Answer:
    """Ask for the instances of a source. Credentials are found where botocore finds them.

    Raises CannotPull, IncompleteAnswer.
    """
    try:
        import botocore.session
    except ImportError:
        raise CannotPull("EC2 needs botocore: pip install 'checkwright[aws]'") from None
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    instances: list[Mapping[str, Any]] = []
    for account in source.accounts or (None,):
        name = f"the account {account.name}" if account else "this account"
        place = name
        try:
            session = botocore.session.Session(profile=(account.profile if account else "") or None)
            options: dict[str, Any] = {}
            if account and account.endpoint:
                options["endpoint_url"] = account.endpoint
            if account and account.role:
                options |= _assumed(session, account, source.regions[0], options)
            for region in source.regions:
                place = f"{name} in {region}"
                instances += _instances(session, region, source.filters, options)
        except ClientError as error:
            code = clean(str(error.response.get("Error", {}).get("Code", "")), 60)
            text = clean(str(error.response.get("Error", {}).get("Message", "")), 200)
            raise IncompleteAnswer(f"EC2 of {place}: {error.operation_name} failed: {code}: {text}") from None
        except ResponseParserError:
            raise IncompleteAnswer(f"EC2 of {place}: the answer is not of EC2's form") from None
        except BotoCoreError as error:
            raise CannotPull(f"EC2 of {place}: {clean(str(error), 200)}") from None
    return parse_instances(instances, source.churn, now)


def _session_options() -> dict[str, Any]:
    from botocore.config import Config

    return {"config": Config(connect_timeout=10, read_timeout=_SECONDS, retries={"mode": "standard"})}


def _assumed(session: Any, account: Account, region: str, options: Mapping[str, str]) -> dict[str, str]:
    client = session.create_client("sts", region_name=region, **_session_options(), **options)
    parameters = {"RoleArn": account.role, "RoleSessionName": "checkctl-inventory"}
    if account.external_id:
        parameters["ExternalId"] = account.external_id
    found = client.assume_role(**parameters)["Credentials"]
    return {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }


def _instances(
    session: Any, region: str, filters: Mapping[str, tuple[str, ...]], options: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    client = session.create_client("ec2", region_name=region, **_session_options(), **options)
    selected = [{"Name": name, "Values": list(values)} for name, values in filters.items()]
    # One call gives one page, and no error says that there are more.
    for page in client.get_paginator("describe_instances").paginate(
        Filters=selected, PaginationConfig={"PageSize": _PAGE}
    ):
        for reservation in page["Reservations"]:
            yield from reservation["Instances"]


def parse_instances(instances: Iterable[Mapping[str, Any]], churn: bool, now: datetime) -> Answer:
    """Return the answer in descriptions of instances.

    churn: the members of Auto Scaling groups, in place of all others.
    Raises CannotPull for a repeated id.
    """
    records: dict[str, Record] = {}
    gone: dict[str, str] = {}
    others = 0
    for instance in instances:
        id = str(instance["InstanceId"])
        state = str(instance.get("State", {}).get("Name", ""))
        tags = {str(tag["Key"]): str(tag.get("Value", "")) for tag in instance.get("Tags", ())}
        if (_GROUP in tags) != churn:
            others += state in _KEPT
            continue
        if state not in _KEPT:
            gone[id] = state or "in no state"
            continue
        if id in records:
            raise CannotPull(f"EC2 names the instance {id} twice: two accounts of the source are the same")
        name = "-".join(part for part in (tags.get("Name", "").strip(), id[-8:]) if part)
        records[id] = Record(id, {**instance, "tags": tags, "name_and_id": name}, now)
    kind = "not of an Auto Scaling group" if churn else "of Auto Scaling groups: watch the groups"
    notes = (f"left out {others} instances {kind}",) if others else ()
    return Answer(tuple(records.values()), now, gone, complete=True, notes=notes)
