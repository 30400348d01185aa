"""Access keys of IAM users, and the root user."""

from checks.aws._credential_report import ROOT, credential_report, date_of
from checks.aws._selection import lasting, seconds_since, selected
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_REGION = "us-east-1"
_DAY = 86_400
_ROOT_USES = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")


class IamKeys(AwsCheck):
    """Age of the access keys of IAM users, and usage, keys and MFA of the root user.

    `key_age` is the time since each active key was created or rotated. Deactivate keys that nobody uses: an old unused
    key is a risk without a benefit. `root_used` is the time since the root user was last used, with a password or a
    key. Nobody should use it, so usage within a day is CRITICAL and within a week a WARNING. `root_keys` must be 0, and
    `root_mfa` on.

    Ages come from the credential report, which AWS keeps for four hours. The check requests a new report if there is
    none, and is UNKNOWN for one run if AWS takes longer than the run. Keys and MFA of the root user are current. One
    run a day is enough.

    `--user` selects users by name or by a pattern such as 'ci-*'; the default is all. A user that does not exist is
    CRITICAL. Users without an active key have no age.

    Defaults: 90 days are a common rotation policy, 180 days are two missed rotations.

    Permissions: iam:GenerateCredentialReport, iam:GetCredentialReport and iam:GetAccountSummary. They are free. The
    report holds no secrets.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("iam:GenerateCredentialReport", "iam:GetCredentialReport", "iam:GetAccountSummary")

    user: tuple[str, ...] = option("User, or a pattern such as ci-*", flags="-u --user", default=(), example="ci-*")
    exclude: tuple[str, ...] = option("User to leave out, or a pattern", flags="-x --exclude", default=())

    key_age = gauge("Key of", "days", warn=90, crit=180, missing="ok", optional=True)
    root_keys = gauge("Keys of the root user", crit=0, min=0)
    root_mfa = verdict("MFA of the root user", ok=["on"], crit=["off"])
    root_used = gauge("Root user unused for", "days", warn="7:", crit="1:", missing="ok", optional=True)
    keys = gauge("Active keys", min=0)

    def validate(self) -> None:
        super().validate()
        if "" in (*self.user, *self.exclude):
            raise BadUsage("--user and --exclude need the name of a user")

    def probe(self) -> Metrics:
        where = self.where().at(_REGION)
        summary = self.aws.ask("iam", "GetAccountSummary", "the account", where).get("SummaryMap", {})
        yield self.root_keys(summary.get("AccountAccessKeysPresent"))
        yield self.root_mfa("on" if summary.get("AccountMFAEnabled") else "off")
        rows = credential_report(self.aws, where)
        for root in (row for row in rows if row["user"] == ROOT):
            used = [
                seconds for name in _ROOT_USES if (seconds := seconds_since(date_of(root.get(name, "")))) is not None
            ]
            yield self.root_used(round(min(used) / _DAY, 2) if used else None)
        users = {row["user"]: row for row in rows if row["user"] != ROOT and selected(row["user"], (), self.exclude)}
        if self.user:
            chosen: dict[str, Mapping[str, str]] = {}
            for _, found in self.each(self.user, lambda pattern: _matching(users, pattern)):
                chosen |= found
        else:
            chosen = dict(users)
        count = 0
        for name, row in sorted(chosen.items()):
            for number in (1, 2):
                if row.get(f"access_key_{number}_active") == "true":
                    count += 1
                    yield self._key(name, number, row)
        yield self.keys(count)

    def _key(self, name: str, number: int, row: "Mapping[str, str]") -> "Any":
        age = seconds_since(date_of(row.get(f"access_key_{number}_last_rotated", "")))
        unused = lasting(date_of(row.get(f"access_key_{number}_last_used_date", "")))
        hint = f"unused {unused}" if unused else "never used"
        return self.key_age(None if age is None else round(age / _DAY, 2), of=f"{name} {number}", hint=hint)


def _matching(users: "Mapping[str, Mapping[str, str]]", pattern: str) -> "dict[str, Mapping[str, str]]":
    found = {name: row for name, row in users.items() if selected(name, [pattern])}
    if not found:
        raise Down(f"there is no user {pattern} in the credential report")
    return found
