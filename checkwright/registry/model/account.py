"""Accounts of AWS: named once in an environment, with their regions and the way to them."""

from __future__ import annotations

import re

from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    here,
    require_all,
    require_name,
    require_text,
    short_repr,
)
from checkwright.registry.plan import Origin

_NUMBER = re.compile(r"[0-9]{12}", re.ASCII)
_ROLE = re.compile(r"arn:(aws[a-z-]*):iam::([0-9]{12}):role/[\w+=,.@/-]+", re.ASCII)
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", re.ASCII)


class Account(Declaration):
    """AWS account of an environment, as `Environment(aws=(Account(...),))` names it.

        Account("shop", id="123456789012", role="arn:aws:iam::123456789012:role/checks", regions=("eu-west-1",))

    The environment's watches of AWS take account and region from it: those that name none take the first account and
    its first region. id: the 12 digits of the account, which `aws_access` expects. profile: a section of AWS's files on
    the machine that runs the checks. role: the role that they assume, external_id the value that its trust policy asks
    for. endpoint: one address of all services, for a server that imitates AWS. None of these is a secret: credentials
    stay in AWS's files, in the environment or in the machine's role. Raises RegistryError for an invalid value.
    """

    __slots__ = ("endpoint", "external_id", "id", "name", "profile", "regions", "role")
    name: str
    id: str
    profile: str
    role: str
    external_id: str
    regions: tuple[str, ...]
    endpoint: str

    def __init__(
        self,
        name: str,
        *,
        regions: tuple[str, ...],
        id: str = "",
        profile: str = "",
        role: str = "",
        external_id: str = "",
        endpoint: str = "",
    ) -> None:
        origin = here(2)
        what = f"Account {require_name('Account', name, origin)}"
        if require_text(f"{what}: id", id, origin) and not _NUMBER.fullmatch(id):
            raise RegistryError(f"{what}: id is {short_repr(id)}, and must be the account's 12 digits", origin)
        matched = _ROLE.fullmatch(require_text(f"{what}: role", role, origin))
        if role and not matched:
            example = "arn:aws:iam::123456789012:role/checks"
            raise RegistryError(
                f"{what}: role is {short_repr(role)}, which is no ARN of a role such as {example}", origin
            )
        if matched and id and matched[2] != id:
            raise RegistryError(f"{what}: role belongs to the account {matched[2]}, and id is {id}", origin)
        if require_text(f"{what}: external_id", external_id, origin) and not role:
            raise RegistryError(f"{what}: external_id is for a role, and role is empty", origin)
        if require_text(f"{what}: endpoint", endpoint, origin) and not endpoint.startswith(("http://", "https://")):
            raise RegistryError(f"{what}: endpoint is {short_repr(endpoint)}, and must be an http or https URL", origin)
        self._set(
            name=name,
            id=id or (matched[2] if matched else ""),
            profile=require_text(f"{what}: profile", profile, origin),
            role=role,
            external_id=external_id,
            regions=require_regions(f"{what}: regions", regions, origin),
            endpoint=endpoint,
            origin=origin,
        )

    def partition(self) -> str:
        """Return AWS's partition: `aws`, `aws-cn` or `aws-us-gov`."""
        return partition_of(self.regions[0])

    def options(self) -> dict[str, str]:
        """Return the options of a check that reach the account, by name."""
        values = {
            "profile": self.profile,
            "role": self.role,
            "external_id": self.external_id,
            "endpoint_url": self.endpoint,
        }
        return {name: value for name, value in values.items() if value}


def partition_of(region: str) -> str:
    """Return AWS's partition of a region, `aws` for ""."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def account_name(what: str, value: object, origin: Origin) -> str:
    """Return the name of an account, given as an Account or as its name. Raises RegistryError."""
    return value.name if isinstance(value, Account) else require_name(what, value, origin)


def require_regions(what: str, regions: object, origin: Origin) -> tuple[str, ...]:
    """Return the regions of AWS, at least one. Raises RegistryError."""
    found = require_all(what, regions, str, origin, called="text")
    if not found:
        raise RegistryError(f'{what} is empty: name at least one, such as ("eu-west-1",)', origin)
    for region in found:
        if not _REGION.fullmatch(region):
            raise RegistryError(f"{what} has {short_repr(region)}, which is no region such as eu-west-1", origin)
    if len(set(found)) < len(found):
        raise RegistryError(f"{what} names a region twice", origin)
    return found
