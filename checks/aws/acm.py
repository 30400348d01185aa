"""Certificates in AWS Certificate Manager."""

import time

from checks.aws._selection import selected
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: AWS lists RSA keys up to 2048 bits alone by default.
_KEY_TYPES = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")
_DAY = 86_400
#: AWS renews its certificates so many days ahead.
_RENEWAL_DAYS = 60


class Acm(AwsCheck):
    """Days until certificates in AWS Certificate Manager expire, and the state of their renewal.

    `days` comes from the expiry date, because ACM reports the status EXPIRED late. ACM renews the certificates that it
    issued 60 days before they expire. A certificate with less than 30 days left has not been renewed: WARNING; below 14
    days it is CRITICAL. The output marks imported certificates, which ACM never renews. `renewal` is the state of
    renewals that are due within 60 days; PENDING_VALIDATION waits for your DNS record or e-mail, and the output shows
    ACM's reason.

    Certificates that no AWS resource uses are skipped, because ACM does not renew them. `--unused` includes them.
    `--domain` selects certificates by domain or alternative name, and accepts a pattern such as '*.shop.example'. A
    domain without a certificate is CRITICAL, and so is a region without any certificate. CloudFront uses certificates
    in us-east-1: watch them with `--region us-east-1`. Other regions hold those of load balancers and API Gateway.

    Permissions: acm:ListCertificates, and acm:DescribeCertificate for renewals. Both are free, and the data is current.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("acm:ListCertificates", "acm:DescribeCertificate")

    domain: tuple[str, ...] = option(
        "Domain of a certificate, or a pattern", flags="-d --domain", default=(), example="shop.example.com"
    )
    exclude: tuple[str, ...] = option("Domain to leave out, or a pattern", flags="-x --exclude", default=())
    unused: bool = option("Include certificates that nothing uses", default=False)

    days = gauge("Validity of", "days", warn="30:", crit="14:", missing="ok")
    status = verdict(
        "Certificate",
        ok=["ISSUED"],
        warn=["PENDING_VALIDATION", "INACTIVE"],
        crit=["EXPIRED", "VALIDATION_TIMED_OUT", "REVOKED", "FAILED"],
    )
    renewal = verdict(
        "Renewal of",
        ok=["SUCCESS", "PENDING_AUTO_RENEWAL", "not begun"],
        warn=["PENDING_VALIDATION"],
        crit=["FAILED"],
    )
    certificates = gauge("Certificates", min=0)

    def validate(self) -> None:
        super().validate()
        if "" in (*self.domain, *self.exclude):
            raise BadUsage("--domain and --exclude need a name")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        certificates = ("arn:{partition}:acm:{region}:{account}:certificate/*",)
        return {"acm:ListCertificates": ("*",), "acm:DescribeCertificate": certificates}

    def probe(self) -> Metrics:
        listed = [one for one in self._listed() if selected(_names(one)[0], (), self.exclude)]
        if self.domain:
            chosen: list[Mapping[str, Any]] = []
            for _, found in self.each(self.domain, lambda domain: self._of_domain(listed, domain)):
                chosen += [one for one in found if one not in chosen]
        else:
            chosen = [one for one in listed if self.unused or one.get("InUse") is not False]
            if not chosen:
                raise Down(f"there is no certificate{'' if self.unused else ' in use'}{self.where().suffix()}")
        items = _items(chosen)
        for item, one in items.items():
            yield self.status(_status(one), of=item)
            yield self.days(_days(one), of=item, hint=_about(one))
        due = [item for item, one in items.items() if _is_due(one)]
        for item, (word, reason) in self.each(due, lambda item: self._renewal(items[item])):
            yield self.renewal(word, of=item, hint=reason)
        yield self.certificates(len(items))

    def _of_domain(self, listed: "list[Mapping[str, Any]]", domain: str) -> "list[Mapping[str, Any]]":
        found = [one for one in listed if any(selected(name, [domain]) for name in _names(one))]
        if not found:
            raise Down(f"there is no certificate for {domain}{self.where().suffix()}")
        return found

    def _listed(self) -> "list[Mapping[str, Any]]":
        about = f"the certificates{self.where().suffix()}"
        pages = self.aws.pages(
            "acm", "ListCertificates", about, self.where(), Includes={"keyTypes": list(_KEY_TYPES)}, MaxItems=1000
        )
        return [one for page in pages for one in page.get("CertificateSummaryList", ())]

    def _renewal(self, one: "Mapping[str, Any]") -> tuple[str, str]:
        """Return the state of a certificate's renewal, and the reason for it."""
        about = f"the certificate {one.get('DomainName')}{self.where().suffix()}"
        arn = str(one["CertificateArn"])
        answer = self.aws.ask("acm", "DescribeCertificate", about, self.where(), CertificateArn=arn)
        summary = answer.get("Certificate", {}).get("RenewalSummary", {})
        return str(summary.get("RenewalStatus") or "not begun"), str(summary.get("RenewalStatusReason", ""))


def _names(one: "Mapping[str, Any]") -> list[str]:
    """Return the certificate's domain, and its further names."""
    return [str(one.get("DomainName", "")), *map(str, one.get("SubjectAlternativeNameSummaries", ()))]


def _items(chosen: "list[Mapping[str, Any]]") -> "dict[str, Mapping[str, Any]]":
    """Return certificates by domain, with the end of their ID where several have the same domain."""
    domains = [_names(one)[0] for one in chosen]
    found = {}
    for one, domain in zip(chosen, domains, strict=True):
        short = str(one["CertificateArn"]).rpartition("-")[2]
        found[domain if domains.count(domain) == 1 else f"{domain} {short}"] = one
    return dict(sorted(found.items()))


def _days(one: "Mapping[str, Any]") -> float | None:
    """Return the days until the end of validity, None if the certificate was not issued yet."""
    return None if "NotAfter" not in one else round((one["NotAfter"].timestamp() - time.time()) / _DAY, 2)


def _status(one: "Mapping[str, Any]") -> str:
    """Return the status, ISSUED for one that AWS still calls EXPIRED after a new one was imported."""
    status = str(one.get("Status", ""))
    return "ISSUED" if status == "EXPIRED" and (_days(one) or 0) > 0 else status


def _about(one: "Mapping[str, Any]") -> str:
    words = []
    if one.get("Type") == "IMPORTED":
        words.append("imported, AWS does not renew it")
    if one.get("InUse") is False:
        words.append("not in use")
    return ", ".join(words)


def _is_due(one: "Mapping[str, Any]") -> bool:
    """Return True for a certificate that AWS should be renewing now."""
    days = _days(one)
    return one.get("RenewalEligibility") == "ELIGIBLE" and days is not None and days < _RENEWAL_DAYS
