"""Increase of counters between two readings."""

from checkwright.sources.counter_delta import CounterDelta


def test_increase_rate_and_percent() -> None:
    delta = CounterDelta({"a": 10, "b": 100, "gone": 3}, {"a": 40, "b": 250, "new": 7}, 60)
    assert not delta.restarted
    assert (delta.of("a"), delta.of("b")) == (30, 150)
    assert delta.rate("a") == 0.5
    assert delta.percent("a", of="b") == 20
    assert delta.total() == 30 + 150
    assert delta.total(new={"new"}) == 30 + 150 + 7


def test_counter_that_steps_back_within_the_slack_stood_still() -> None:
    delta = CounterDelta({"total": 1_000, "iowait": 50}, {"total": 1_100, "iowait": 48}, 60, slack=10)
    assert not delta.restarted
    assert (delta.of("iowait"), delta.percent("iowait", of="total")) == (0, 0)
    assert CounterDelta({"iowait": 50}, {"iowait": 30}, 60, slack=10).restarted


def test_new_or_missing_counter_has_no_increase() -> None:
    delta = CounterDelta({"gone": 3}, {"new": 7}, 60)
    assert (delta.of("new"), delta.of("gone"), delta.rate("new"), delta.percent("new", of="gone")) == (None,) * 4


def test_counter_that_went_backwards_is_a_restart() -> None:
    delta = CounterDelta({"a": 1_000}, {"a": 5}, 60)
    assert delta.restarted
    assert (delta.of("a"), delta.rate("a")) == (None, None)
    assert delta.total() == 5


def test_no_share_of_a_constant_counter_and_no_rate_without_time() -> None:
    delta = CounterDelta({"a": 1, "b": 1}, {"a": 2, "b": 1}, 0)
    assert delta.percent("a", of="b") is None
    assert delta.rate("a") is None
