"""Prices of AWS in USD: a dated list for us-east-1, and a file that replaces some of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkwright.core.errors import CannotDo
from checkwright.core.text import clean
from checkwright.registry.rules.metric_interval_rules import USD_PER_METRIC

REGION, AS_OF = "us-east-1", "2026-11-29"
#: Days of an average month.
MONTH = 30.44
METRIC, ALARM, FAST_ALARM = "cloudwatch:GetMetricData", "alarm", "alarm with a period below 60 s"


@dataclass(frozen=True)
class Price:
    """Price in USD of one metric, request or alarm and month. verified: it was read on a page of AWS."""

    usd: float
    verified: bool


#: By IAM action: the price of one request, for METRIC that of one metric. Actions that are missing are free.
LISTED: Mapping[str, Price] = {
    METRIC: Price(USD_PER_METRIC, True),
    ALARM: Price(0.10, True),
    FAST_ALARM: Price(0.30, True),
    "ce:GetCostAndUsage": Price(0.01, True),
    "ce:GetCostForecast": Price(0.01, True),
    "cloudwatch:DescribeAlarms": Price(0.01 / 1000, False),
    "cloudwatch:ListAlarmMuteRules": Price(0.01 / 1000, False),
    "cloudwatch:ListMetrics": Price(0.01 / 1000, True),
    "s3:ListBucket": Price(0.005 / 1000, False),
    "sqs:GetQueueAttributes": Price(0.40 / 1_000_000, False),
    "sqs:GetQueueUrl": Price(0.40 / 1_000_000, False),
    "sqs:ListQueues": Price(0.40 / 1_000_000, False),
}


@dataclass(frozen=True)
class Prices:
    """Prices by name, and the region and day that they are of."""

    of: Mapping[str, Price]
    region: str = REGION
    as_of: str = AS_OF

    def usd(self, name: str) -> float:
        """Return a price, 0 for what is free."""
        return self.of[name].usd if name in self.of else 0.0

    def unverified(self, names: set[str]) -> list[str]:
        """Return those of the names whose prices are not verified, sorted."""
        return sorted(name for name in names if name in self.of and not self.of[name].verified)


def listed() -> Prices:
    """Return the list of this project."""
    return Prices(LISTED)


def replaced(text: str, file: str) -> Prices:
    """Return the list with the prices of a file in place of its own, which count as verified.

        {"region": "eu-west-1", "as_of": "2027-01-31", "usd": {"cloudwatch:GetMetricData": 0.00001, "alarm": 0.1}}

    Raises CannotDo for a file that is none.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CannotDo(f"{file} is no JSON: {clean(error, 200)}.") from None
    usd: Any = data.get("usd") if isinstance(data, dict) else None
    if not isinstance(usd, dict):
        raise CannotDo(f'{file} has no prices: write {{"usd": {{"cloudwatch:GetMetricData": 0.00001}}}}.')
    if unknown := sorted(data.keys() - {"usd", "region", "as_of"}):
        raise CannotDo(f"{file} has {clean(unknown[0], 50)!r}, and takes usd, region and as_of.")
    for name, value in usd.items():
        known = name in LISTED or (":" in name and " " not in name)
        if not known:
            raise CannotDo(f"{file} has a price of {clean(name, 50)!r}: write {ALARM} or an action such as {METRIC}.")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1_000_000:
            raise CannotDo(
                f"{file}: the price of {clean(name, 50)} is {clean(value, 50)}, and must be USD, at least 0."
            )
    for name in ("region", "as_of"):
        if not isinstance(data.get(name, ""), str):
            raise CannotDo(f"{file}: {name} must be text.")
    of = {**LISTED, **{name: Price(float(value), True) for name, value in usd.items()}}
    return Prices(of, data.get("region", REGION), data.get("as_of", AS_OF))
