"""Runs that are over begin nothing more."""

import threading
import time

import pytest

from checkwright import Check, Metrics, gauge
from checkwright.core.current import Current, RunOver, doing, enter, leave, remaining
from checkwright.core.run import Run
from checkwright.core.world import World

started, go_on = threading.Event(), threading.Event()
begun: list[int] = []


class Endless(Check):
    """A check that asks for one page after the other, and survives every error."""

    pages = gauge("Pages")

    def probe(self) -> Metrics:
        for page in range(1_000):
            try:
                doing(f"page {page}")
                begun.append(page)
                started.set()
                go_on.wait(10)
            except Exception:
                continue
        yield self.pages(1)


@pytest.mark.parametrize("end", ["overdue", "stopped"])
def test_a_run_whose_result_was_sent_begins_nothing_more(end: str) -> None:
    begun.clear()
    started.clear()
    go_on.clear()
    run = Run(Endless, [], World())
    thread = threading.Thread(target=run.go, daemon=True)
    thread.start()
    assert started.wait(10)
    outcome = run.overdue() if end == "overdue" else run.stopped("stopped by the test")
    assert outcome.state == "UNKNOWN"
    go_on.set()
    thread.join(10)
    assert not thread.is_alive()
    assert begun == [0]


def test_doing_and_remaining_raise_once_a_run_is_over() -> None:
    run = Current("x", "x", time.monotonic() + 10)
    token = enter(run)
    try:
        doing("something")
        assert remaining() > 1
        run.over = True
        with pytest.raises(RunOver):
            doing("more")
        with pytest.raises(RunOver):
            remaining()
        assert run.doing == "something"
    finally:
        leave(token)
