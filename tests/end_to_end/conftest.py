"""Fixtures of the end-to-end tests: the services of the example shop, and a folder that user nagios can read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.shop_services import ShopServices, run_shop_services
from tests.support.nagios import scratch


@pytest.fixture
def shop() -> Iterator[ShopServices]:
    """Run the services, all healthy: two payments and three orders wait, and no order was given up."""
    with run_shop_services() as shop:
        shop.queue("payments-here", messages=2)
        shop.queue("orders-here", messages=3)
        shop.queue("orders-here-dead", messages=0)
        yield shop


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as folder:
        yield folder
