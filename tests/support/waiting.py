"""Waiting for something that another process does."""

import time
from collections.abc import Callable

# Guard against hanging. Conditions usually take a fraction of a second.
_PATIENCE = 60.0


def wait_for(happened: Callable[[], bool], what: str) -> None:
    """Wait for a condition. Fails if it stays false."""
    deadline = time.monotonic() + _PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)
