"""Nightly product feed for price comparison sites."""

import time

from checkwright import Check, Metrics, gauge, option, uses, verdict
from checkwright.sources.http import Http


class NightlyExport(Check):
    """Last run of the export job, from its report.

    With an old report the job did not run, or did not end. With a short feed it lost
    products without an error, and tomorrow nobody finds our offers. No report is
    CRITICAL. `finished` is null until the first run ends: UNKNOWN.
    """

    http = uses(Http)

    url: str = option("Report of the last run", example="https://exports.example.com/products.json")

    result = verdict("Last run", ok=["complete"], warn=["partial"])
    age = gauge("Time since last run", "s", warn=26 * 3600, crit=50 * 3600)
    products = gauge("Products in the feed", warn="10000:", crit="1000:")

    def probe(self) -> Metrics:
        report = self.http.get(self.url).json()
        yield self.result(report.text("result"))
        finished = report.number("finished")
        yield self.age(None if finished is None else time.time() - finished)
        yield self.products(report.number("products"))
