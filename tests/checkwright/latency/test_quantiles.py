"""Quantiles of tables of times, against sorted lists and exact fractions."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkwright.latency import quantiles

TIMES = st.dictionaries(st.integers(0, 20_000).map(quantiles.rounded), st.integers(1, 50), min_size=1, max_size=40)


def as_list(times: dict[int, int]) -> list[int]:
    return sorted(one for milliseconds, count in times.items() for one in [milliseconds] * count)


@given(st.integers(0, 10**9))
def test_rounded_time_has_three_digits(milliseconds: int) -> None:
    found = quantiles.rounded(milliseconds)
    assert abs(found - milliseconds) <= milliseconds * 0.005
    assert found == milliseconds or len(str(found).rstrip("0")) <= 3
    assert milliseconds >= 1_000 or found == milliseconds
    assert quantiles.rounded(found) == found


@given(TIMES, st.sampled_from([0.5, 0.95, 0.99, 0.999]))
def test_percentile_is_the_nearest_rank(times: dict[int, int], share: float) -> None:
    sorted_times = as_list(times)
    rank = math.ceil(Fraction(str(share)) * len(sorted_times))
    assert quantiles.percentile(times, share) == sorted_times[rank - 1]


@given(TIMES)
def test_table_is_decoded_as_it_was_encoded(times: dict[int, int]) -> None:
    assert quantiles.decode(quantiles.encode(times)) == times


@pytest.mark.parametrize("flat", [[1], [0, 1, 0, 1], [-1, 2], [3, 0], [1.5, 2], [True, 2], ["1", 2]])
def test_damaged_table_is_refused(flat: list[int]) -> None:
    with pytest.raises(ValueError, match="gap"):
        quantiles.decode(flat)


def exact_rank(count: int, share: Fraction, sure: Fraction) -> int:
    """Return the highest rank k with P(Binomial(count, share) >= k) >= sure, by fractions."""
    at_least = Fraction(0)
    for rank in range(count, 0, -1):
        at_least += math.comb(count, rank) * share**rank * (1 - share) ** (count - rank)
        if at_least >= sure:
            return rank
    return 0


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 400), st.sampled_from(["0.5", "0.95", "0.99"]))
def test_lower_bound_is_exact(count: int, share: str) -> None:
    times = dict.fromkeys(range(1, count + 1), 1)
    rank = exact_rank(count, Fraction(share), Fraction("0.95"))
    assert (quantiles.lower_bound(times, float(share)) or 0) == rank


@pytest.mark.parametrize("count", [75_000, 1_000_000, 30_000_000])
def test_lower_bound_of_many_requests_is_finite_and_close(count: int) -> None:
    found = quantiles.lower_bound({1: count - count // 50, 2: count // 50}, 0.99)
    assert found == 2
    above = quantiles._most_above(count, 0.01, 0.95)
    deviation = math.sqrt(count * 0.01 * 0.99)
    assert above == pytest.approx(count * 0.01 + 1.645 * deviation, abs=max(2.0, deviation * 0.01))


@pytest.mark.parametrize(("slow", "alarms"), [(0, False), (1, False), (2, True), (3, True)])
def test_one_slow_request_of_twenty_is_no_evidence(slow: int, alarms: bool) -> None:
    times = {50: 20 - slow, 5_000: slow} if slow else {50: 20}
    assert (quantiles.lower_bound(times, 0.99) == 5_000) is alarms


def test_few_requests_have_no_bound() -> None:
    assert quantiles.lower_bound({}, 0.99) is None
    assert quantiles.lower_bound({10: 1}, 0.5) is None
    with pytest.raises(IndexError):
        quantiles.percentile({}, 0.99)


def test_sums() -> None:
    times = quantiles.added([{10: 2, 1_500: 1}, {10: 1}])
    assert times == {10: 3, 1_500: 1}
    assert (quantiles.total(times), quantiles.spent(times)) == (4, 1_530)
    assert (quantiles.slower(times, 10), quantiles.slower(times, 9.9), quantiles.slower(times, 1_500)) == (1, 4, 0)
