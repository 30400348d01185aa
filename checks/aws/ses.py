"""Amazon SES."""

from checks.aws._series import data_age
from checks.aws.source import AwsCheck, CloudMetric, Points, Series
from checkwright import Metrics, gauge, verdict

#: Seconds of one datapoint, and of the time to look back: SES writes its reputation a few times a day.
_PERIOD, _BACK = 3600, 86_400
_RATES = {"bounces": "Reputation.BounceRate", "complaints": "Reputation.ComplaintRate"}


class Ses(AwsCheck):
    """E-mail sending with SES: permission to send, daily quota, and reputation of an account in one region.

    `sending` and `standing` come from SES and are current. PROBATION means that AWS reviews an account because of
    bounces or complaints, SHUTDOWN that it may no longer send. An account in the sandbox may only send to verified
    addresses; the output says so. `quota` is the used percentage of the 24-hour sending quota; an account without a
    quota has no value.

    `bounces` and `complaints` are the rates that AWS judges the account by. CloudWatch publishes them a few times a
    day, so the newest value of 24 hours counts, and `data_age` may be hours.

    Defaults: AWS starts a review at 5 % of bounces or 0.1 % of complaints, and may pause sending at 10 % or 0.5 %
    (unverified); the limits are lower. SES rejects mail beyond the quota, so the WARNING begins at 80 %.

    Permissions: ses:GetAccount and cloudwatch:GetMetricData. CloudWatch bills two metrics for each run: once an hour is
    enough for the rates.

    Tested with answers that match botocore's service models; moto has no such account. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("ses:GetAccount", "cloudwatch:GetMetricData")
    reads = tuple(
        CloudMetric("AWS/SES", metric, {}, "Average", period=_PERIOD, gauges={"Average": name}, scale=100)
        for name, metric in _RATES.items()
    )

    bounces = gauge("Bounces", "%", warn=4, crit=8, missing="ok")
    complaints = gauge("Complaints", "%", warn=0.08, crit=0.3, missing="ok")
    sending = verdict("Sending", ok=["enabled"], crit=["paused"])
    standing = verdict("Enforcement status", ok=["HEALTHY"], warn=["PROBATION"], crit=["SHUTDOWN"])
    quota = gauge("Sending quota used", "%", warn=80, crit=95, missing="ok")
    sent = gauge("Mails in 24 hours", min=0)
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def probe(self) -> Metrics:
        about = f"the account of SES{self.where().suffix()}"
        account = self.aws.ask("sesv2", "GetAccount", about, self.where())
        sandbox = "sandbox: verified addresses only" if account.get("ProductionAccessEnabled") is False else ""
        yield self.sending("enabled" if account.get("SendingEnabled") else "paused", hint=sandbox)
        yield self.standing(str(account.get("EnforcementStatus", "")))
        quota = account.get("SendQuota", {})
        most, sent = float(quota.get("Max24HourSend", -1)), quota.get("SentLast24Hours")
        yield self.sent(sent)
        words = f"{sent:,.0f} of {most:,.0f}" if sent is not None and most > 0 else ""
        yield self.quota(100 * sent / most if words else None, hint=words)
        series = {
            name: Series("AWS/SES", metric, {}, "Average", period=_PERIOD, back=_BACK, settle=0)
            for name, metric in _RATES.items()
        }
        points = self.aws.series(about, self.where(), *series.values())
        yield self.bounces(_percent(points[series["bounces"], "Average"]))
        yield self.complaints(_percent(points[series["complaints"], "Average"]))
        yield self.data_age(data_age(points.values()))


def _percent(points: Points) -> float | None:
    newest = points.newest()
    return None if newest is None else 100 * newest
