"""Accounts of AWS: watches for each account or region, options that reach an account, and proofs of access."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from checkwright.core.check import Check
from checkwright.registry.model import Environment, Role
from checkwright.registry.model.account import Account
from checkwright.registry.model.base import Declaration
from checkwright.registry.model.watches import PER_ACCOUNT, AnyWatch, Watch
from checkwright.registry.plan import Entry

D = TypeVar("D", bound=Declaration)

#: Options that choose the credentials. A watch that states one of them goes its own way.
_CREDENTIALS = frozenset(["profile", "role", "external_id"])


def with_account_watches(role: Role, environment: Environment) -> Role:
    """Return the role with a watch for each account or region in place of those with per="account" or "region"."""
    if not any(watch.per in PER_ACCOUNT for watch in role.watches):
        return role
    watches = tuple(one for watch in role.watches for one in _expanded(watch, environment.aws))
    return _copy(role, watches=watches)


def account_of(watch: AnyWatch, values: dict[str, Any], environment: Environment) -> str:
    """Return the name of a watch's account; "" if it is not from AWS, or has its own credentials.

    values: its settings. On a machine it has that machine's credentials.
    """
    if not isinstance(watch, Watch) or not watch.check.in_account or values["where"] == "host":
        return ""
    if name := values.get("account"):
        return str(name)
    own = _CREDENTIALS & watch.check.explicit
    return environment.aws[0].name if environment.aws and not own else ""


def in_account(check: Check, account: Account) -> tuple[Check, frozenset[str]]:
    """Return the check with the account's options where it states none, and the names of these."""
    values = account.options() | {"region": account.regions[0]}
    if _CREDENTIALS & check.explicit:
        values = {name: value for name, value in values.items() if name not in _CREDENTIALS}
    if check.proves_access and account.id:
        values["account"] = account.id
    added = {name: value for name, value in values.items() if name in check.options and name not in check.explicit}
    own = {name: getattr(check, name) for name in check.explicit}
    return type(check)(**own, **added), frozenset(added)


def with_needs(
    entries: list[tuple[Entry, AnyWatch, Check | None]],
) -> list[tuple[Entry, AnyWatch, Check | None]]:
    """Return the entries, each with the entries that prove the access to its account, from the same machines."""
    proofs: dict[tuple[str, str], list[str]] = {}
    for entry, _, check in entries:
        if entry.account and check is not None and check.proves_access:
            proofs.setdefault((entry.account, entry.pool), []).append(entry.id)
    if not proofs:
        return entries
    return [
        (replace(entry, needs=tuple(sorted(set(ids)))), watch, check)
        if entry.account and check and not check.proves_access and (ids := proofs.get((entry.account, entry.pool)))
        else (entry, watch, check)
        for entry, watch, check in entries
    ]


def _expanded(watch: AnyWatch, accounts: Iterable[Account]) -> Iterable[AnyWatch]:
    if watch.per not in PER_ACCOUNT or not isinstance(watch, Watch):
        yield watch
        return
    for account in accounts:
        settings = watch.settings | {"account": account.name}
        name = f"{watch.name}.{account.name}"
        if watch.per == "account":
            yield _copy(watch, name=name, per="role", settings=settings)
        for region in account.regions if watch.per == "region" else ():
            own = {option: getattr(watch.check, option) for option in watch.check.explicit}
            check = type(watch.check)(**own, region=region)
            yield _copy(watch, name=f"{name}.{region}", per="role", settings=settings, check=check)


def _copy(declared: D, **changes: object) -> D:
    """Return a declaration with some other values."""
    kind = type(declared)
    copy = object.__new__(kind)
    for name in {slot for base in kind.__mro__ for slot in getattr(base, "__slots__", ())}:
        object.__setattr__(copy, name, changes.get(name, getattr(declared, name)))
    return copy
