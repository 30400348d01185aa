"""The check order_queue, run as Nagios would, against fake queues."""

import pytest

from checks.aws.fake import FakeAws, FakeQueue
from checkwright import CannotTell
from checkwright.testing import Golden, run
from shop.plugins.order_queue import OrderQueue

AWS = FakeAws(
    {
        "quiet": FakeQueue(depth=12),
        "quiet-dead": FakeQueue(),
        "sale": FakeQueue(depth=640),
        "sale-dead": FakeQueue(),
        "stuck": FakeQueue(depth=4_100),
        "stuck-dead": FakeQueue(),
        "lossy": FakeQueue(depth=3),
        "lossy-dead": FakeQueue(depth=2),
        "half": FakeQueue(depth=3),
        "locked-dead": CannotTell("AWS refused sqs:GetQueueUrl on the queue locked-dead"),
    }
)

CASES = {
    "orders flow": ("--queue quiet", "OK"),
    "more orders than usual": ("--queue sale", "WARNING"),
    "a sale is on, and that is known": ("--queue sale --waiting-warning 800", "OK"),
    "the warehouse takes none": ("--queue stuck", "CRITICAL"),
    "orders were given up": ("--queue lossy", "CRITICAL"),
    "no dead letter queue": ("--queue half", "CRITICAL"),
    "not permitted": ("--queue locked", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_order_queue(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(OrderQueue, command_line, AWS)
    assert outcome.state == state
    golden(outcome)
