"""This machine in the role of the shop's: its services and a folder that user nagios can read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.stand_in import StandIn, stand_in
from tests.support.nagios import scratch


@pytest.fixture
def shop() -> Iterator[StandIn]:
    """The services, all well: two payments and three orders wait, and no order was given up."""
    with stand_in() as shop:
        shop.queue("payments-here", messages=2)
        shop.queue("orders-here", messages=3)
        shop.queue("orders-here-dead", messages=0)
        yield shop


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as folder:
        yield folder
