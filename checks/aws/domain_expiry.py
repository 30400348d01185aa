"""Domains that are registered with Route 53."""

import time
from datetime import UTC, datetime

from checks.aws._selection import selected
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: The region that has the API of registrations.
_REGION = "us-east-1"
_DAY = 86_400
_UNDER_WAY, _FAILED = ("SUBMITTED", "IN_PROGRESS"), ("ERROR", "FAILED")
_WAITING = (
    "PENDING_ACCEPTANCE",
    "PENDING_AUTHORIZATION",
    "PENDING_CUSTOMER_ACTION",
    "PENDING_PAYMENT_VERIFICATION",
    "PENDING_SUPPORT_CASE",
)
_RENEWALS = ("RENEW_DOMAIN", "RESTORE_DOMAIN", "TRANSFER_ON_RENEW")
_DEPARTURES = (
    "DELETE_DOMAIN",
    "INTERNAL_TRANSFER_OUT_DOMAIN",
    "PUSH_DOMAIN",
    "RELEASE_TO_GANDI",
    "TRANSFER_OUT_DOMAIN",
)


class DomainExpiry(AwsCheck):
    """Days until domains that are registered with Route 53 expire, their renewal, lock and pending operations.

    `days` is the time to the end of the registration. Route 53 renews a domain with automatic renewal ahead of that; a
    domain with less than 30 days left was not renewed, for example because the payment failed: WARNING. Below 14 days
    it is CRITICAL, because some registries need several days for a renewal (unverified). `auto_renew` is a WARNING
    where automatic renewal is off, and `lock` where the domain is not locked against a transfer to another registrar.
    Some top-level domains have no lock: accept that with `--lock-ok off`.

    `renewal` is CRITICAL for a renewal that failed. `departure` is a WARNING while a domain is deleted or transferred
    to another registrar or account. `operation` covers the others, such as a change of name servers: one that failed or
    waits for you or for AWS is a WARNING. The newest of each kind counts, as long as it was submitted in the last 30
    days. `--no-operations` leaves all of them out.

    `--domain` selects domains by name or by a pattern such as '*.example'; the default is all of the account. A name
    that the account does not have is CRITICAL, and so is an account without any domain. Name the domains that must not
    disappear. The check reads the registrations of Route 53 only, in us-east-1 regardless of `--region`; a hosted zone
    alone is no registration.

    Permissions: route53domains:ListDomains and route53domains:ListOperations. Both are free (unverified), and the data
    is current. Once an hour is enough.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("route53domains:ListDomains", "route53domains:ListOperations")

    domain: tuple[str, ...] = option(
        "Domain, or a pattern such as *.example", flags="-d --domain", default=(), example="shop.example"
    )
    exclude: tuple[str, ...] = option("Domain to leave out, or a pattern", flags="-x --exclude", default=())
    no_operations: bool = option("Leave out renewals, transfers and other operations", default=False)
    since: int = option("Days of operations to read", default=30)

    days = gauge("Registration of", "days", warn="30:", crit="14:")
    auto_renew = verdict("Automatic renewal of", ok=["on"], warn=["off"], other="unknown")
    lock = verdict("Transfer lock of", ok=["on"], warn=["off"], other="unknown")
    renewal = verdict("Renewal", ok=_UNDER_WAY, warn=_WAITING, crit=_FAILED)
    departure = verdict("Departure", ok=_FAILED, warn=(*_UNDER_WAY, *_WAITING), other="unknown")
    operation = verdict("Operation", ok=_UNDER_WAY, warn=(*_WAITING, *_FAILED), other="unknown")
    domains = gauge("Domains", min=0)

    def validate(self) -> None:
        super().validate()
        if "" in (*self.domain, *self.exclude):
            raise BadUsage("--domain and --exclude need a name")
        if self.since < 1:
            raise BadUsage("--since is a number of days, at least 1")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        needed = {"route53domains:ListDomains": ("*",)}
        return needed if self.no_operations else {**needed, "route53domains:ListOperations": ("*",)}

    def probe(self) -> Metrics:
        registered = self._registered()
        chosen = {name: one for name, one in registered.items() if selected(name, (), self._excluded())}
        if self.domain:
            named: dict[str, Mapping[str, Any]] = {}
            for _, found in self.each(self.domain, lambda pattern: _matching(chosen, pattern)):
                named |= found
            chosen = named
        elif not chosen:
            raise Down("there is no domain registered with Route 53")
        for name, one in chosen.items():
            yield self.days(_days(one), of=name)
            yield self.auto_renew(_word(one.get("AutoRenew")), of=name)
            yield self.lock(_word(one.get("TransferLock")), of=name)
        if not self.no_operations:
            yield from self._operations()
        yield self.domains(len(chosen))

    def _registered(self) -> "dict[str, Mapping[str, Any]]":
        pages = self.aws.pages(
            "route53domains", "ListDomains", "the domains", self.where().at(_REGION), most=50, MaxItems=100
        )
        found = {str(one.get("DomainName", "")): one for page in pages for one in page.get("Domains", ())}
        return dict(sorted(found.items()))

    def _operations(self) -> Metrics:
        pages = self.aws.pages(
            "route53domains",
            "ListOperations",
            "the operations on domains",
            self.where().at(_REGION),
            SubmittedSince=datetime.fromtimestamp(time.time() - self.since * _DAY, UTC),
            MaxItems=100,
        )
        # A transfer to this account concerns a domain that is not registered here yet.
        patterns, excluded = [one.lower() for one in self.domain], self._excluded()
        newest: dict[tuple[str, str], Mapping[str, Any]] = {}
        for one in sorted((one for page in pages for one in page.get("Operations", ())), key=_submitted):
            if selected(name := str(one.get("DomainName", "")), patterns, excluded):
                newest[name, str(one.get("Type", ""))] = one
        for (name, kind), one in sorted(newest.items()):
            status = str(one.get("Status", ""))
            if status == "SUCCESSFUL":
                continue
            word = str(one.get("StatusFlag") or status) if status in _UNDER_WAY else status
            judge = self.renewal if kind in _RENEWALS else self.departure if kind in _DEPARTURES else self.operation
            yield judge(word, of=f"{name} {kind}", hint=str(one.get("Message", "")))

    def _excluded(self) -> list[str]:
        return [one.lower() for one in self.exclude]


def _matching(registered: "Mapping[str, Mapping[str, Any]]", pattern: str) -> "dict[str, Mapping[str, Any]]":
    found = {name: one for name, one in registered.items() if selected(name, (pattern.lower(),))}
    if not found:
        raise Down(f"there is no domain {pattern} registered with Route 53")
    return found


def _days(one: "Mapping[str, Any]") -> float | None:
    return None if "Expiry" not in one else round((one["Expiry"].timestamp() - time.time()) / _DAY, 2)


def _word(value: "bool | None") -> str:
    return "not known" if value is None else "on" if value else "off"


def _submitted(one: "Mapping[str, Any]") -> float:
    return float(one["SubmittedDate"].timestamp()) if "SubmittedDate" in one else 0.0
