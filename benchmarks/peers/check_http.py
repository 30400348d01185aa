#!/usr/bin/env python3
"""Status, time and size of a page, as people write it on nagiosplugin and requests."""
# mypy: ignore-errors
# nagiosplugin has no types, so the scripts of its users have none.

import argparse
import logging

import nagiosplugin
import requests

LOG = logging.getLogger("nagiosplugin")


class Page(nagiosplugin.Resource):
    """Fetches one page."""

    def __init__(self, url):
        self.url = url

    def probe(self):
        LOG.info("GET %s", self.url)
        try:
            answer = requests.get(self.url, timeout=10)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise nagiosplugin.CheckError(str(error)) from error
        yield nagiosplugin.Metric("time", answer.elapsed.total_seconds(), "s", min=0)
        yield nagiosplugin.Metric("size", len(answer.content), "B", min=0)


@nagiosplugin.guarded
def main():
    parser = argparse.ArgumentParser(description="One page.")
    parser.add_argument("-u", "--url", required=True)
    parser.add_argument("-w", "--warning", metavar="RANGE", default="", help="warning outside this range of seconds")
    parser.add_argument("-c", "--critical", metavar="RANGE", default="", help="critical outside this range of seconds")
    parser.add_argument("-v", "--verbose", action="count", default=0)
    args = parser.parse_args()
    time = nagiosplugin.ScalarContext("time", args.warning, args.critical)
    nagiosplugin.Check(Page(args.url), time, nagiosplugin.ScalarContext("size")).main(verbose=args.verbose)


if __name__ == "__main__":
    main()
