"""Text that is safe on a status line, labels that are safe in performance data, readable numbers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.core.current import Current, enter, leave
from checkwright.core.text import clean, clean_indented, format_number, format_seconds, perf_label

anything = st.text(st.characters(exclude_categories=()), max_size=40)


@given(anything, st.integers(10, 60))
def test_clean_text_is_one_short_line_that_can_be_printed(text: str, limit: int) -> None:
    shown = clean(text, limit)
    assert shown.splitlines() in ([], [shown])
    assert len(shown) <= limit
    assert "|" not in shown
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in shown)
    assert shown.encode("utf-8").decode("utf-8") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  two\nlines\r\n", "two lines"),
        ("a|b=1;2", "a\u00a6b=1;2"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("end\u2028para\u2029", "end\\u2028para"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("half \ud83d", "half \\ud83d"),
        ("\u00e4\u4e2d\U0001f600", "\u00e4\u4e2d\U0001f600"),
        (OSError(2, "No such file"), "[Errno 2] No such file"),
        (None, "None"),
    ],
)
def test_clean_escapes_text(text: object, shown: str) -> None:
    assert clean(text) == shown


def test_long_text_ends_in_three_dots() -> None:
    assert clean("x" * 50, 10) == "xxxxxxx..."
    assert clean("x" * 10, 10) == "x" * 10
    assert len(clean("\x00" * 10_000)) == 1_000


def test_error_whose_str_fails_has_a_text() -> None:
    class Foreign(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    assert clean(Foreign()) == "Foreign (RuntimeError in its __str__)"


def test_a_secret_is_hidden_before_the_text_is_cut() -> None:
    run = Current("check", "check", 0)
    run.secrets.add("swordfish-swordfish")
    token = enter(run)
    try:
        assert clean("xx swordfish-swordfish yy", 14) == "xx *** yy"
        assert clean("xxxxx swordfish-swordfish", 12) == "xxxxx ***"
        assert perf_label("used", "swordfish-swordfish").startswith("used:___-")
        run.secrets.add("  spaced out  ")
        assert (clean("  spaced out  "), clean_indented("  spaced out  ")) == ("***", "  ***")
    finally:
        leave(token)
    assert clean("swordfish-swordfish") == "swordfish-swordfish"


@given(anything)
def test_an_indented_line_is_a_clean_one_behind_its_spaces(text: str) -> None:
    line = clean_indented(f"   {text}")
    assert line.strip() == clean(text)
    assert line == "" or line.startswith("   ")


@given(anything, anything)
def test_labels_need_no_quotes_and_stay_distinct(one: str, other: str) -> None:
    labels = [perf_label("used", item) for item in (one, other)]
    assert all(re.fullmatch(r"[A-Za-z0-9_.:/-]+", label) for label in labels)
    assert labels == [perf_label("used", one), perf_label("used", other)]
    assert (labels[0] == labels[1]) == (one == other)


def test_a_plain_item_keeps_its_name_in_the_label() -> None:
    assert perf_label("space", "/srv/data-1") == "space:/srv/data-1"
    assert perf_label("load5") == "load5"
    assert perf_label("space", "a b") == "space:a_b-91bf25b2"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (85, "%", "85 %"),
        (85.06, "%", "85.1 %"),
        (0.126, "", "0.13"),
        (0.00001, "", "0.00001"),
        (1_000_000, "", "1000000"),
        (7, "c", "7"),
        (0, "B", "0 B"),
        (1023, "B", "1023 B"),
        (1536, "B", "1.5 KiB"),
        (-2048, "B", "-2 KiB"),
        (5 * 1024**3, "B/s", "5 GiB/s"),
        (2 * 1024**6, "B", "2048 PiB"),
        (0.012, "s", "12 ms"),
        (120, "pages/s", "120 pages/s"),
        (10**300, "B", None),
    ],
)
def test_format_number_returns_readable_text(value: float, unit: str, shown: str | None) -> None:
    text = format_number(value, unit)
    assert re.fullmatch(r"-?\d+(\.\d+)?( [A-Za-z%/]+)?", text)
    assert shown is None or text == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (0.0005, "0.5 ms"), (1, "1 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 days")],
)
def test_format_seconds_returns_readable_text(seconds: float, shown: str) -> None:
    assert format_seconds(seconds) == shown
    assert format_seconds(-seconds) == (f"-{shown}" if seconds else shown)
