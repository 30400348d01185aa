"""Tests of durations as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.registry.model import durations


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("5m", 300), ("1h30m", 5_400), ("1d", 86_400), ("90m", 5_400), ("1d1s", 86_401)]
)
def test_text_is_seconds(text: str, seconds: int) -> None:
    assert durations.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "5x", "m", "0s", "-5m", "5 m", "1.5h", "5m1h", "٣m", "1s\n"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration: write 30s, 5m, 1h30m or 1d"):
        durations.seconds(text)


@given(st.integers(1, 10**9))
def test_formatted_duration_reads_back(seconds: int) -> None:
    assert durations.seconds(durations.format_seconds(seconds)) == seconds
