"""Sizes and durations with a suffix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.core.quantities import SUFFIXES, BadQuantity, parse_quantity, short

GOOD = [
    ("0", "B", 0),
    ("1500", "B", 1500),
    ("1K", "B", 1024),
    ("512M", "B", 536_870_912),
    ("10G", "B", 10_737_418_240),
    ("2T", "B", 2_199_023_255_552),
    ("1.5G", "B", 1_610_612_736),
    ("10M", "B/s", 10_485_760),
    ("90", "s", 90),
    ("90s", "s", 90),
    ("5m", "s", 300),
    ("2h", "s", 7_200),
    ("1d", "s", 86_400),
    ("1.5h", "s", 5_400),
    ("-5m", "s", -300),
    ("200ms", "s", 0.2),
    ("0.5", "s", 0.5),
]


@pytest.mark.parametrize(("text", "unit", "value"), GOOD)
def test_parse_quantity_returns_a_number_in_the_unit(text: str, unit: str, value: float) -> None:
    found = parse_quantity(text, unit)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text", ["", "M", "5X", "5k", "5MB", "5 M", "M5", "1_0M", "1e3K", "\u0665M", "5MM", ".5G", "5.G"]
)
def test_parse_quantity_refuses_text_that_is_not_a_size(text: str) -> None:
    with pytest.raises(BadQuantity) as raised:
        parse_quantity(text, "B")
    assert str(raised.value) == (
        f"{text!r} is not a size: write bytes, or a number with K, M, G or T (1024), such as 512M"
    )


@pytest.mark.parametrize("text", ["5 min", "5min", "5H", "1w", "s", "--5s", "9" * 5_000 + "s"])
def test_parse_quantity_refuses_text_that_is_not_a_duration(text: str) -> None:
    with pytest.raises(BadQuantity, match="is not a duration: write seconds, or a number with ms, s, m, h or d, such"):
        parse_quantity(text, "s")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "s", "0"),
        (90.0, "s", "90s"),
        (3_600, "s", "1h"),
        (0.25, "s", "0.25"),
        (1024**3 * 10, "B", "10G"),
        (7, "B", "7"),
    ],
)
def test_short_returns_the_largest_suffix_that_divides_the_value(value: float, unit: str, text: str) -> None:
    assert short(value, unit) == text


@given(st.integers(0, 10**12), st.sampled_from(sorted(SUFFIXES)))
def test_short_text_parses_to_the_same_value(value: int, unit: str) -> None:
    assert parse_quantity(short(value, unit), unit) == value
