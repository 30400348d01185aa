"""domain_expiry: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.domain_expiry import DomainExpiry
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.clock import still_time
from tests.support.sample import Sample

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)
LIST, OPERATIONS = "route53domains:ListDomains", "route53domains:ListOperations"


def domain(days: float | None = 200, name: str = "shop.example", at: datetime = NOW, **more: object) -> dict[str, Any]:
    found = {"DomainName": name, "AutoRenew": True, "TransferLock": True}
    return {**found, **({} if days is None else {"Expiry": at + timedelta(days=days)}), **more}


def operation(
    kind: str, status: str, name: str = "shop.example", ago: float = 2, at: datetime = NOW, **more: object
) -> dict[str, Any]:
    about = {"OperationId": f"{kind}-{ago}", "DomainName": name, "Type": kind, "Status": status}
    return {**about, "SubmittedDate": at - timedelta(days=ago), **more}


def world(*domains: dict[str, Any], operations: Any = ()) -> FakeAws:
    return FakeAws(answers={LIST: {"Domains": list(domains)}, OPERATIONS: {"Operations": list(operations)}})


BANK = domain(300, "bank.example", AutoRenew=False)
RENEWED_LATER = (operation("RENEW_DOMAIN", "SUCCESSFUL", ago=1), operation("RENEW_DOMAIN", "FAILED", ago=3))
FAILED = operation("RENEW_DOMAIN", "FAILED", Message="the card was declined")
PENDING = operation("TRANSFER_IN_DOMAIN", "IN_PROGRESS", name="new.example", StatusFlag="PENDING_CUSTOMER_ACTION")
PAGES = FakeAws(
    answers={
        LIST: [{"Domains": [domain()], "NextPageMarker": "more"}, {"Domains": [domain(5, "mail.example")]}],
        OPERATIONS: {"Operations": []},
    }
)
REFUSED = FakeAws(answers={LIST: CannotTell("AWS refused route53domains:ListDomains")})
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(domain()), "", "OK"),
    "was not renewed": (world(domain(25)), "", "WARNING"),
    "ends soon": (world(domain(10)), "", "CRITICAL"),
    "has ended": (world(domain(-3)), "", "CRITICAL"),
    "the end is not known": (world(domain(None)), "", "UNKNOWN"),
    "is not renewed automatically": (world(domain(AutoRenew=False)), "", "WARNING"),
    "that is accepted": (world(domain(AutoRenew=False)), "--auto-renew-ok off", "OK"),
    "is not locked": (world(domain(TransferLock=False)), "", "WARNING"),
    "has no lock": (world(domain(TransferLock=False)), "--lock-ok off", "OK"),
    "AWS does not name the lock": (
        world({"DomainName": "a.example", "Expiry": NOW + timedelta(days=90)}),
        "",
        "UNKNOWN",
    ),
    "a renewal is under way": (world(domain(), operations=[operation("RENEW_DOMAIN", "IN_PROGRESS")]), "", "OK"),
    "a renewal failed": (world(domain(), operations=[FAILED]), "", "CRITICAL"),
    "a renewal failed and was repeated": (world(domain(), operations=RENEWED_LATER), "", "OK"),
    "leaves for another registrar": (
        world(domain(), operations=[operation("TRANSFER_OUT_DOMAIN", "IN_PROGRESS")]),
        "",
        "WARNING",
    ),
    "stays": (world(domain(), operations=[operation("TRANSFER_OUT_DOMAIN", "FAILED")]), "", "OK"),
    "a change failed": (world(domain(), operations=[operation("UPDATE_NAMESERVER", "ERROR")]), "", "WARNING"),
    "a transfer waits for somebody": (world(domain(), operations=[PENDING]), "", "WARNING"),
    "of another domain": (world(domain(), operations=[PENDING]), "--domain shop.example", "OK"),
    "without operations": (world(domain(), operations=[FAILED]), "--no-operations", "OK"),
    "on the second page": (PAGES, "", "CRITICAL"),
    "by pattern": (world(domain(), BANK), "--domain 'SHOP.*'", "OK"),
    "left out": (world(domain(), BANK), "--exclude 'bank.*'", "OK"),
    "one of two is not there": (world(domain()), "-d shop.example -d mail.example", "CRITICAL"),
    "none": (world(), "", "CRITICAL"),
    "no permission": (REFUSED, "", "UNKNOWN"),
    "an empty name": (world(), "--domain ''", "UNKNOWN"),
    "no days": (world(), "--since 0", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_domain_expiry(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    with still_time(NOW.timestamp()):
        outcome = run(DomainExpiry, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_operations_are_read_since_a_day() -> None:
    aws = world(domain())
    with still_time(NOW.timestamp()):
        run(DomainExpiry, "--since 7", aws)
    assert aws.requests[1] == (OPERATIONS, {"SubmittedSince": NOW - timedelta(days=7), "MaxItems": 100})


def test_operations_need_a_permission_of_their_own() -> None:
    assert set(DomainExpiry().needs()) == {LIST, OPERATIONS}
    assert set(DomainExpiry(no_operations=True).needs()) == {LIST}


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    answers: dict[str, Any] = {
        LIST: {"Domains": [domain(20.5, at=now)]},
        OPERATIONS: {"Operations": [operation("RENEW_DOMAIN", "FAILED", at=now, Message="the card was declined")]},
    }
    with answering(answers) as server:
        done = run_program(server.address, "domain_expiry", "-vv")
    assert done.returncode == 2, done.stdout
    assert "WARNING: Registration of shop.example 20.5 days (below 30 days)" in done.stdout
    assert "CRITICAL: Renewal shop.example RENEW_DOMAIN FAILED (the card was declined)" in done.stdout


def test_program_reports_a_refusal() -> None:
    with answering({LIST: Refusal("AccessDeniedException", "no")}) as server:
        done = run_program(server.address, "domain_expiry")
    assert done.returncode == 3
    assert done.stdout.startswith("DOMAIN_EXPIRY UNKNOWN: AWS refused route53domains:ListDomains on the domains: no")


def register(address: str, name: str, renew: bool = True) -> None:
    person = {
        "FirstName": "Ada",
        "LastName": "Shop",
        "ContactType": "PERSON",
        "AddressLine1": "1 High Street",
        "City": "Dublin",
        "CountryCode": "IE",
        "ZipCode": "D01",
        "PhoneNumber": "+353.15550100",
        "Email": "ada@shop.example.com",
    }
    client("route53domains", address).register_domain(
        DomainName=name,
        DurationInYears=2,
        AutoRenew=renew,
        AdminContact=person,
        RegistrantContact=person,
        TechContact=person,
    )


@pytest.mark.slow
def test_program_follows_the_domains_of_moto() -> None:
    with moto() as address:
        register(address, "checkwright-shop.com")
        well = run_program(address, "domain_expiry")
        register(address, "checkwright-bank.com", renew=False)
        off = run_program(address, "domain_expiry", "-vv")
        gone = run_program(address, "domain_expiry", "--domain", "checkwright-mail.com")
    assert well.returncode == 0, well.stdout
    assert off.returncode == 1, off.stdout
    assert "WARNING: Automatic renewal of checkwright-bank.com off" in off.stdout
    assert gone.stdout.startswith("DOMAIN_EXPIRY CRITICAL: there is no domain checkwright-mail.com registered with")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        register(address, "checkwright-shop.com")
        yield Sample("", env=environment(address))
