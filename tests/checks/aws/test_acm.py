"""acm: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.acm import Acm
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.clock import still_time
from tests.support.sample import Sample

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)


def certificate(
    days: float | None = 200, domain: str = "shop.example.com", number: str = "0a1b", at: datetime = NOW, **more: object
) -> dict[str, Any]:
    found = {
        "CertificateArn": f"arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-{number}",
        "DomainName": domain,
        "SubjectAlternativeNameSummaries": [domain, f"www.{domain}"],
        "Status": "ISSUED",
        "Type": "AMAZON_ISSUED",
        "InUse": True,
        "RenewalEligibility": "ELIGIBLE",
    }
    return {**found, **({} if days is None else {"NotAfter": at + timedelta(days=days)}), **more}


def world(*certificates: dict[str, Any], renewal: str = "PENDING_AUTO_RENEWAL", reason: str = "") -> FakeAws:
    summary = {"RenewalStatus": renewal, **({"RenewalStatusReason": reason} if reason else {})}
    return FakeAws(
        answers={
            "acm:ListCertificates": {"CertificateSummaryList": list(certificates)},
            "acm:DescribeCertificate": {"Certificate": {"RenewalSummary": summary} if renewal else {}},
        }
    )


IMPORTED = certificate(20, "bank.example.com", "0c", Type="IMPORTED", RenewalEligibility="INELIGIBLE")
UNUSED = certificate(5, "old.example.com", "0d", InUse=False, RenewalEligibility="INELIGIBLE")
PENDING = certificate(None, "new.example.com", "0e", Status="PENDING_VALIDATION", InUse=False)
REFUSED = FakeAws(answers={"acm:ListCertificates": CannotTell("AWS refused acm:ListCertificates")})
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(certificate()), "", "OK"),
    "renewal is under way": (world(certificate(50)), "", "OK"),
    "renewal has not begun": (world(certificate(50), renewal=""), "", "OK"),
    "renewal waits for somebody": (world(certificate(45), renewal="PENDING_VALIDATION"), "", "WARNING"),
    "renewal failed": (world(certificate(25), renewal="FAILED", reason="CAA_ERROR"), "", "CRITICAL"),
    "ends soon": (world(certificate(10)), "", "CRITICAL"),
    "an imported one ends": (world(certificate(), IMPORTED), "", "WARNING"),
    "has ended": (world(certificate(-3, Status="EXPIRED")), "", "CRITICAL"),
    "has ended, AWS calls it issued": (world(certificate(-3)), "", "CRITICAL"),
    "was imported again, AWS calls it expired": (world(certificate(300, Status="EXPIRED")), "", "OK"),
    "revoked": (world(certificate(Status="REVOKED")), "", "CRITICAL"),
    "an unused one is left out": (world(certificate(), UNUSED, PENDING), "", "OK"),
    "an unused one is included": (world(certificate(), UNUSED), "--unused", "CRITICAL"),
    "named, not used yet": (world(certificate(), PENDING), "--domain new.example.com", "WARNING"),
    "by a further name": (world(certificate()), "--domain www.shop.example.com", "OK"),
    "by pattern": (world(certificate(), UNUSED), "--domain '*.shop.example.com'", "OK"),
    "two of one domain": (world(certificate(), certificate(90, number="0b2c")), "", "OK"),
    "left out": (world(certificate(), IMPORTED), "--exclude 'bank.*'", "OK"),
    "one of two is not there": (world(certificate()), "-d shop.example.com -d mail.example.com", "CRITICAL"),
    "none in use": (world(UNUSED), "--region us-east-1", "CRITICAL"),
    "no permission": (REFUSED, "", "UNKNOWN"),
    "an empty name": (world(), "--domain ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_acm(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    with still_time(NOW.timestamp()):
        outcome = run(Acm, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_all_kinds_of_keys_are_asked_for() -> None:
    aws = world(certificate())
    run(Acm, "", aws)
    types = aws.requests[0][1]["Includes"]["keyTypes"]
    assert {"RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096"} <= set(types)
    assert {"EC_prime256v1", "EC_secp384r1", "EC_secp521r1"} <= set(types)


def test_program_reads_answers_of_the_service() -> None:
    found = certificate(20.5, at=datetime.now(UTC))
    summary = {"RenewalStatus": "FAILED", "RenewalStatusReason": "CAA_ERROR"}
    answers: dict[str, Any] = {
        "acm:ListCertificates": {"CertificateSummaryList": [found]},
        "acm:DescribeCertificate": {"Certificate": {"RenewalSummary": summary}},
    }
    with answering(answers) as server:
        done = run_program(server.address, "acm", "-vv")
    assert done.returncode == 2, done.stdout
    assert "WARNING: Validity of shop.example.com 20.5 days (below 30 days)" in done.stdout
    assert "CRITICAL: Renewal of shop.example.com FAILED (CAA_ERROR)" in done.stdout


def test_program_reports_a_refusal() -> None:
    with answering({"acm:ListCertificates": Refusal("AccessDeniedException", "no")}) as server:
        done = run_program(server.address, "acm")
    assert done.returncode == 3
    assert done.stdout.startswith("ACM UNKNOWN: AWS refused acm:ListCertificates on the certificates: no")


def request(address: str) -> None:
    client("acm", address).request_certificate(DomainName="shop.example.com", ValidationMethod="DNS")


#: moto validates a certificate some time after the request, and none is in use.
WORDS = "--domain shop.example.com --status-ok PENDING_VALIDATION"


@pytest.mark.slow
def test_program_follows_the_certificates_of_moto() -> None:
    with moto() as address:
        request(address)
        found = run_program(address, "acm", *WORDS.split())
        unused = run_program(address, "acm")
        gone = run_program(address, "acm", "--domain", "mail.example.com")
    assert found.returncode == 0, found.stdout
    assert " certificates=1;" in found.stdout
    assert unused.stdout.startswith("ACM CRITICAL: there is no certificate in use")
    assert gone.stdout.startswith("ACM CRITICAL: there is no certificate for mail.example.com")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        request(address)
        yield Sample(WORDS, env=environment(address))
