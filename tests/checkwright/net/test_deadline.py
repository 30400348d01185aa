import time

import pytest

from checkwright.net.deadline import Deadline
from tests.support.current_run import current_run

RESERVES = {
    "a tenth of a long run": (30, 27),
    "at least 0.2 s": (1, 0.8),
    "at most half of a short run": (0.2, 0.1),
}


@pytest.mark.parametrize(("seconds", "peer"), RESERVES.values(), ids=RESERVES)
def test_peer_gets_the_time_left_less_a_reserve(seconds: float, peer: float) -> None:
    with current_run(seconds=seconds) as run:
        deadline = Deadline()
        assert deadline.seconds == pytest.approx(peer, rel=0.05)
        assert deadline.end < run.end


def test_reserve_is_kept_by_every_peer_of_a_run() -> None:
    with current_run(seconds=10) as run:
        deadlines = [Deadline() for _ in range(3)]
        assert all(run.end - deadline.end >= 0.2 for deadline in deadlines)


def test_used_up_time_is_a_timeout() -> None:
    with current_run(seconds=0.02):
        deadline = Deadline()
        time.sleep(0.02)
        with pytest.raises(TimeoutError):
            deadline.left()
