"""Access to an AWS account."""

from checks.aws.source import AwsCheck
from checkwright import Metrics, gauge, option, verdict


class AwsAccess(AwsCheck):
    """Credentials that reach AWS, and the account that they belong to.

    Watch it first in every account: when credentials expire, this one check alerts instead of every check of the
    account. Missing credentials and credentials that AWS rejects are UNKNOWN with the reason. `--account` is the
    account that the credentials must belong to, and `--arn` the user or role, with shell wildcards such as
    `arn:aws:sts::111122223333:assumed-role/checks/*`. Any other caller is CRITICAL, because all other checks would then
    report on the wrong account.

    `session_left` is the time until temporary credentials expire, if botocore knows it and cannot refresh them itself,
    as with a session of `aws sso login`. The default warning leaves 15 minutes to log in again.

    sts:GetCallerIdentity is free and needs no permission.

    Tested with moto. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    proves_access = True
    actions = ("sts:GetCallerIdentity",)

    account: str = option("Account that the credentials must belong to", default="", example="111122223333")
    arn: str = option("Pattern for the ARN of the user or role", default="")

    caller = verdict("Caller", ok=["expected"])
    session_left = gauge("Session expires in", "s", warn="900:", crit="300:", missing="ok")

    def probe(self) -> Metrics:
        answer = self.aws.ask("sts", "GetCallerIdentity", "the account of these credentials", self.where())
        yield self.caller(self._word(str(answer.get("Account", "")), str(answer.get("Arn", ""))))
        yield self.session_left(self.aws.session_left(self.where()))

    def _word(self, account: str, arn: str) -> str:
        from fnmatch import fnmatchcase

        if self.account and account != self.account:
            return f"account {account}, not {self.account}"
        if self.arn and not fnmatchcase(arn, self.arn):
            return f"{arn}, not {self.arn}"
        return "expected"
