"""Schedule of tasks, on a clock that the test turns."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from checkwright.batch.schedule import FIRST_WITHIN, Pace, Slot

KEY = ("web-1", "disk")
HOURLY = Pace(3_600, 60, 3)


def slot(key: tuple[str, str] = KEY, pace: Pace = HOURLY, now: float = 10_000.0) -> Slot:
    return Slot(key, pace, now, origin=-123.5)


def due(one: Slot) -> float:
    assert one.due is not None
    return one.due


def ran(one: Slot, seconds: float = 1.0, *, bad: bool = False) -> int:
    """Run it when it is due. Returns how many turns it missed."""
    began = due(one)
    one.start()
    assert one.due is None
    return one.end(began, began + seconds, bad)


def test_first_run_comes_soon_for_any_interval() -> None:
    starts = [due(slot(("web-1", f"watch{number}"))) - 10_000 for number in range(200)]
    assert all(0 <= start <= FIRST_WITHIN for start in starts)
    # Spread: each tenth of the time gets its share, 20 of 200 on average.
    tenths = [sum(int(start / FIRST_WITHIN * 10) == tenth for start in starts) for tenth in range(10)]
    assert min(tenths) >= 5


@given(
    st.floats(0, 1e6),
    st.integers(1, 100_000),
    st.lists(st.floats(0, 0.9), min_size=3, max_size=8),
    st.text(max_size=5),
)
def test_turns_stay_on_one_grid_for_any_duration(now: float, interval: int, shares: list[float], name: str) -> None:
    one = slot(("web-1", name), Pace(interval, 1, 3), now)
    ran(one)
    turns = []
    for share in shares:
        turns.append(due(one))
        assert ran(one, share * interval) == 0
    steps = [(after - before) / interval for before, after in pairwise(turns)]
    assert all(abs(step - 1) < 1e-3 for step in steps), steps


def test_grid_is_the_same_after_a_restart() -> None:
    before, after = slot(now=10_000.0), slot(now=47_000.0)
    ran(before)
    ran(after)
    assert (due(after) - due(before)) % 3_600 < 1e-6 or (due(before) - due(after)) % 3_600 < 1e-6


def test_long_interval_is_kept_after_the_first_run() -> None:
    for number in range(100):
        one = slot(("web-1", f"watch{number}"))
        began = due(one)
        ran(one)
        assert 1_800 <= due(one) - began <= 1.5 * 3_600


def test_bad_result_is_retried_until_it_is_confirmed() -> None:
    one = slot()
    ran(one)
    began = due(one)
    ran(one, bad=True)
    assert due(one) == began + 60
    ran(one, bad=True)
    assert due(one) == began + 120
    ran(one, bad=True)  # the third of three: certain
    assert due(one) >= began + 1_800
    began = due(one)
    ran(one, bad=True)
    assert due(one) - began == 3_600
    ran(one)
    ran(one, bad=True)  # a new problem starts over
    assert one.attempt == 1


def test_retry_longer_than_the_interval_delays_nothing() -> None:
    one = slot(pace=Pace(60, 300, 3))
    ran(one)
    began = due(one)
    ran(one, bad=True)
    assert due(one) - began == 60


def test_missed_turns_are_counted_and_left_out() -> None:
    one = slot(pace=Pace(60, 30, 3))
    ran(one)
    began = due(one)
    assert ran(one, 200) == 3  # at 60, 120 and 180
    assert due(one) == began + 240
