"""The check checkout, run as Nagios would, against canned health documents."""

import pytest

from checkwright import Down
from checkwright.sources.http import Reply
from checkwright.sources.http_timings import Timings
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeHttp
from shop.plugins.checkout import Checkout

WELL = {"status": "up", "orders": {"waiting": 7}, "pool": {"used": 12, "size": 40}}

HTTP = FakeHttp(
    {
        "http://shop/well": WELL,
        "http://shop/degraded": WELL | {"status": "degraded"},
        "http://shop/piling-up": WELL | {"orders": {"waiting": 812}},
        "http://shop/no-pool-left": WELL | {"pool": {"used": 39, "size": 40}},
        "http://shop/renamed": WELL | {"orders": {"queued": 7}},
        "http://shop/slow": Reply(
            200,
            '{"status": "up", "orders": {"waiting": 7}, "pool": {"used": 12, "size": 40}}',
            timings=Timings(2.4),
        ),
        "http://shop/page": Reply(200, "<html>We are back soon.</html>"),
        "http://shop/failing": Reply(503, "the ledger is read-only", reason="Service Unavailable"),
        "http://shop/gone": Down("GET http://shop/gone: connection refused"),
    }
)

CASES = {
    "taking orders": ("--url http://shop/well", "OK"),
    "degraded": ("--url http://shop/degraded", "WARNING"),
    "orders pile up": ("--url http://shop/piling-up", "CRITICAL"),
    "orders pile up, and may": ("--url http://shop/piling-up --waiting-critical 1000", "WARNING"),
    "no connections left": ("--url http://shop/no-pool-left", "CRITICAL"),
    "slow": ("--url http://shop/slow", "CRITICAL"),
    "the document has changed": ("--url http://shop/renamed", "UNKNOWN"),
    "a page instead of the document": ("--url http://shop/page", "UNKNOWN"),
    "failing": ("--url http://shop/failing", "CRITICAL"),
    "not there": ("--url http://shop/gone", "CRITICAL"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_checkout(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Checkout, command_line, HTTP)
    assert outcome.state == state
    golden(outcome)
