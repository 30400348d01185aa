"""Credential report of IAM: one line of CSV for each user."""

import time

from checkwright.sources import CannotTell, Down, remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from checks.aws.source import Aws, Where

ROOT = "<root_account>"
#: Codes of AWS for a report that does not exist yet.
_NO_REPORT = (
    "ReportNotPresent",
    "ReportExpired",
    "ReportInProgress",
    "CredentialReportNotPresentException",
    "CredentialReportExpiredException",
    "CredentialReportNotReadyException",
)
#: Seconds between two looks for a report, and those that the check keeps for itself.
_PAUSE, _RESERVE = 1.0, 3.0
_ABOUT = "the credential report"


def credential_report(aws: "Aws", where: "Where") -> "list[dict[str, str]]":
    """Return the lines of the report by column, and have it made if needed.

    AWS keeps a report for four hours. Raises CannotTell if it is not ready within the run's time.
    """
    try:
        return _parsed(aws.ask("iam", "GetCredentialReport", _ABOUT, where, gone=_NO_REPORT).get("Content", b""))
    except Down:
        aws.ask("iam", "GenerateCredentialReport", _ABOUT, where)
    while True:
        try:
            return _parsed(aws.ask("iam", "GetCredentialReport", _ABOUT, where, gone=_NO_REPORT).get("Content", b""))
        except Down:
            if remaining() < _PAUSE + _RESERVE:
                raise CannotTell("AWS is still making the credential report: the next run will find it") from None
        time.sleep(_PAUSE)


def _parsed(content: bytes) -> "list[dict[str, str]]":
    import csv

    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)
    rows = [{str(name): str(value) for name, value in row.items()} for row in csv.DictReader(text.splitlines())]
    if not rows or "user" not in rows[0]:
        raise CannotTell(f"the answer to iam:GetCredentialReport is no report with a column user: {text[:80]!r}")
    return rows


def date_of(text: str) -> "datetime | None":
    """Return the time of a column, None for `N/A`, `no_information` and other words that are no time."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
