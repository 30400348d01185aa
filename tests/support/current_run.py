"""The current run, for tests of sources: its deadline and identity, without a check."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from checkwright.core.current import Current, enter, leave


@contextmanager
def current_run(*, seconds: float = 10, check: str = "sample", identity: str = "sample") -> Iterator[Current]:
    """Make the block a run of `check` with a deadline in `seconds`."""
    run = Current(check, identity, time.monotonic() + seconds)
    token = enter(run)
    try:
        yield run
    finally:
        leave(token)
