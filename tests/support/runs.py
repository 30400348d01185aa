"""A run for tests of sources: what sources ask for (time left, who asks) without a check around them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from checkwright.core.current import Current, enter, leave


@contextmanager
def a_run(*, seconds: float = 10, check: str = "sample", identity: str = "sample") -> Iterator[Current]:
    """The block is a run of `check` that must have answered in `seconds`."""
    run = Current(check, identity, time.monotonic() + seconds)
    token = enter(run)
    try:
        yield run
    finally:
        leave(token)
