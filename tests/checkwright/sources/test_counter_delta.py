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


def test_counter_that_jumps_alone_stood_still_where_counters_restart_together() -> None:
    before = {"idle": 1_000.0, "iowait": 50.0, "steal": 5.0}
    for odd in ({"iowait": 48.0}, {"iowait": 0.0}, {"steal": 2.0**57}):
        delta = CounterDelta(before, before | {"idle": 1_100.0} | odd, 60, fastest=100)
        assert not delta.restarted
        assert (delta.of("idle"), *(delta.of(name) for name in odd)) == (100, 0)
        assert CounterDelta(before, before | {"idle": 1_100.0} | odd, 60).restarted == ("iowait" in odd)
    for restarted in ({"idle": 1.0, "iowait": 0.0, "steal": 0.0}, {**before, "iowait": 49.0}):
        delta = CounterDelta(before, restarted, 60, fastest=100)
        assert delta.restarted
        assert delta.of("idle") is None


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
