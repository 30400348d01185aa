#!/usr/bin/env python3
"""The load averages, as a plugin on nagiosplugin.

Written for this comparison after the load example in nagiosplugin's documentation: read
/proc/loadavg, divide by the processors on demand, one context for three metrics, a summary that
names all three. Where nagiosplugin's example is installed, it is measured as well.
"""
# mypy: ignore-errors
# nagiosplugin has no types, so the scripts of its users have none.

import argparse
import logging
import os

import nagiosplugin

LOG = logging.getLogger("nagiosplugin")


class LoadAverages(nagiosplugin.Resource):
    """Reads the three averages."""

    def __init__(self, per_cpu):
        self.per_cpu = per_cpu

    def probe(self):
        LOG.info("reading /proc/loadavg")
        with open("/proc/loadavg") as file:
            averages = [float(word) for word in file.read().split()[:3]]
        share = os.cpu_count() if self.per_cpu else 1
        for minutes, average in zip((1, 5, 15), averages, strict=True):
            yield nagiosplugin.Metric(f"load{minutes}", average / share, min=0, context="load")


class AllThree(nagiosplugin.Summary):
    """Names all three averages when they are fine."""

    def ok(self, results):
        return "load is " + ", ".join(str(result.metric) for result in results)


@nagiosplugin.guarded
def main():
    parser = argparse.ArgumentParser(description="The load averages.")
    parser.add_argument("-w", "--warning", metavar="RANGE", default="", help="warning outside this range")
    parser.add_argument("-c", "--critical", metavar="RANGE", default="", help="critical outside this range")
    parser.add_argument("-r", "--per-cpu", action="store_true", help="divide by the number of processors")
    parser.add_argument("-v", "--verbose", action="count", default=0)
    args = parser.parse_args()
    context = nagiosplugin.ScalarContext("load", args.warning, args.critical)
    nagiosplugin.Check(LoadAverages(args.per_cpu), context, AllThree()).main(verbose=args.verbose)


if __name__ == "__main__":
    main()
