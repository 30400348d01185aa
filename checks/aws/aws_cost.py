"""Costs of an AWS account, against its budgets."""

from checks.aws._selection import selected
from checks.aws.source import AwsCheck, CloudMetric, Series
from checkwright import UNLIMITED, BadUsage, CannotTell, Down, Metrics, gauge, option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Kinds of budgets whose limit is an amount.
_KINDS = ("COST", "USAGE")
_REGION = "us-east-1"
#: Seconds of one datapoint of the charges, and of the time to look back.
_PERIOD, _BACK = 21_600, 86_400
_DIMS = {"Currency": "USD"}


class AwsCost(AwsCheck):
    """Spending of an account in percent of its AWS budgets, and the forecast for the end of each budget period.

    Budgets are defined in AWS, for the account or for a service, team or tag. The check reads all of them, or those
    that `--budget` selects by name or pattern. A named budget that does not exist is CRITICAL, and so is an account
    without budgets. `spent` is the actual cost so far; `forecast` is AWS's estimate for the whole month, quarter or
    year. Both are in percent of the limit. A new budget has no forecast yet. Reservation and savings plans budgets are
    skipped. AWS updates the values a few times a day, so `every="6h"` is enough.

    `--charges` adds `charges`, the estimated charges of this month in US dollars. The metric exists in CloudWatch after
    "Receive billing alerts" is enabled in the account's settings. It drops to 0 on the first day of a month.

    Defaults: at 80 % of a budget there is time to react, at 100 % it is spent. A forecast above 120 % is more than an
    estimation error.

    Permissions: budgets:ViewBudget, and sts:GetCallerIdentity without `--account`. Reading budgets is free. `--charges`
    needs cloudwatch:GetMetricData, which bills one metric. The check does not use Cost Explorer, which bills each page.

    Tested with answers that match botocore's service models, and with moto. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("budgets:ViewBudget", "sts:GetCallerIdentity", "cloudwatch:GetMetricData")
    reads = (
        CloudMetric(
            "AWS/Billing",
            "EstimatedCharges",
            _DIMS,
            "Maximum",
            period=_PERIOD,
            gauges={"Maximum": "charges"},
            when=("charges_too",),
            region=_REGION,
        ),
    )

    budget: tuple[str, ...] = option("Budget, or a pattern", flags="-b --budget", default=(), example="shop")
    account: str = option(
        "Account of the budgets; by default that of the credentials", default="", example="111122223333"
    )
    charges_too: bool = option("Report the estimated charges of the month", flags="--charges", default=False)

    spent = gauge("Spent of", "%", warn=80, crit=100, max=UNLIMITED)
    forecast = gauge("Forecast of", "%", warn=100, crit=120, max=UNLIMITED, missing="ok")
    charges = gauge("Charges this month in US dollars", min=0, optional=True)

    def validate(self) -> None:
        super().validate()
        if "" in self.budget:
            raise BadUsage("--budget needs a name")
        if self.account and not (self.account.isdecimal() and len(self.account) == 12):
            raise BadUsage("--account is the number of an account, such as 111122223333")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        needed = {"budgets:ViewBudget": ("*",)}
        if not self.account:
            needed["sts:GetCallerIdentity"] = ("*",)
        return {**needed, "cloudwatch:GetMetricData": ("*",)} if self.charges_too else needed

    def probe(self) -> Metrics:
        account = self.account or self._account()
        about = f"the budgets of the account {account}"
        pages = self.aws.pages("budgets", "DescribeBudgets", about, self._where(), AccountId=account, MaxResults=100)
        known = {str(one["BudgetName"]): one for page in pages for one in page.get("Budgets", ())}
        budgets = {name: one for name, one in sorted(known.items()) if one.get("BudgetType") in _KINDS}
        if self.budget:
            chosen: dict[str, Mapping[str, Any]] = {}
            for _, found in self.each(self.budget, lambda pattern: _matching(budgets, pattern, account)):
                chosen |= found
        elif not budgets:
            raise Down(f"there is no budget in the account {account}")
        else:
            chosen = budgets
        for name, one in chosen.items():
            yield from self._one(name, one)
        if self.charges_too:
            series = Series("AWS/Billing", "EstimatedCharges", _DIMS, "Maximum", period=_PERIOD, back=_BACK, settle=0)
            points = self.aws.series(f"the charges of the account {account}", self._where(), series)
            newest = points[series, "Maximum"].newest()
            hint = "" if newest is not None else "is Receive billing alerts switched on?"
            yield self.charges(newest, hint=hint)

    def _one(self, name: str, budget: "Mapping[str, Any]") -> Metrics:
        limit, unit = _amount(name, budget.get("BudgetLimit") or _planned(budget))
        spend, health = budget.get("CalculatedSpend", {}), budget.get("HealthStatus", {})
        for gauge_, member in ((self.spent, "ActualSpend"), (self.forecast, "ForecastedSpend")):
            value, _ = _amount(name, spend.get(member))
            hint = "" if value is None or limit is None else f"{value:,.2f} of {limit:,.2f} {unit}"
            if health.get("Status") == "UNHEALTHY":
                value, hint = None, f"AWS cannot update it: {health.get('StatusReason', 'UNHEALTHY')}"
            yield gauge_(100 * value / limit if value is not None and limit else None, of=name, hint=hint)

    def _account(self) -> str:
        answer = self.aws.ask("sts", "GetCallerIdentity", "the account of these credentials", self.where())
        return str(answer.get("Account", ""))

    def _where(self) -> "Any":
        return self.where().at(_REGION)


def _matching(budgets: "Mapping[str, Mapping[str, Any]]", pattern: str, account: str) -> "dict[str, Mapping[str, Any]]":
    found = {name: one for name, one in budgets.items() if selected(name, [pattern])}
    if not found:
        raise Down(f"there is no budget {pattern} in the account {account}")
    return found


def _planned(budget: "Mapping[str, Any]") -> "Mapping[str, Any] | None":
    """Return the limit of the current month of a budget with a plan of months: the newest that has begun."""
    import time

    begun = {
        int(start): limit
        for start, limit in budget.get("PlannedBudgetLimits", {}).items()
        if str(start).isdecimal() and int(start) <= time.time()
    }
    return begun[max(begun)] if begun else None


def _amount(name: str, spend: "Mapping[str, Any] | None") -> tuple[float | None, str]:
    """Return amount and unit, None for a missing one. AWS writes numbers as text."""
    if not spend:
        return None, ""
    text, unit = str(spend.get("Amount", "")), str(spend.get("Unit", ""))
    try:
        return float(text), unit
    except ValueError:
        raise CannotTell(f"the answer to budgets:ViewBudget has no number for {name}: {text[:50]!r}") from None
