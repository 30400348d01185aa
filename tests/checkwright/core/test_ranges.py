"""Threshold ranges, compared with an independent model of the Monitoring Plugins' grammar."""

import re
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checkwright.core import ranges

NUMBER = r"-?\d+(?:\.\d+)?"
GRAMMAR = re.compile(rf"(?P<inside>@?)(?:(?P<start>~|{NUMBER})?:(?P<end>{NUMBER})?|(?P<only>{NUMBER}))", re.ASCII)


def alerts(text: str, value: Fraction) -> bool:
    """Return whether `value` raises an alert: outside [start, end], or inside it after an @. Exact, with fractions."""
    parts = GRAMMAR.fullmatch(text)
    assert parts is not None
    start, end = parts["start"], parts["only"] or parts["end"]
    below = start != "~" and value < Fraction(start or 0)
    above = end is not None and value > Fraction(end)
    outside = below or above
    return not outside if parts["inside"] else outside


halves = st.integers(-2_000, 2_000).map(lambda n: Fraction(n, 2))
written = halves.map(lambda n: str(n.numerator) if n.denominator == 1 else f"{float(n):.1f}")


@st.composite
def texts(draw: st.DrawFn) -> str:
    inside = draw(st.sampled_from(["", "@"]))
    if draw(st.booleans()):
        return inside + draw(written)
    return inside + draw(st.sampled_from(["", "~"]) | written) + ":" + draw(st.just("") | written)


def well_ordered(text: str) -> bool:
    parts = GRAMMAR.fullmatch(text)
    assert parts is not None
    end = parts["only"] or parts["end"]
    return end is None or parts["start"] == "~" or Fraction(parts["start"] or 0) <= Fraction(end)


@given(texts(), halves)
def test_range_alerts_as_in_the_guidelines(text: str, value: Fraction) -> None:
    assume(well_ordered(text))
    assert ranges.parse(text).match(float(value)) is not alerts(text, value)


@pytest.mark.slow
@given(texts())
def test_a_start_above_the_end_is_refused(text: str) -> None:
    assume(not well_ordered(text))
    with pytest.raises(ranges.BadRange, match="its start is above its end"):
        ranges.parse(text)


@given(st.text(alphabet="0123456789.:~@-+e_ xnif\n\u0661", max_size=8))
def test_text_outside_the_grammar_is_refused(text: str) -> None:
    assume(GRAMMAR.fullmatch(text) is None)
    with pytest.raises(ranges.BadRange, match="is not a range: write a range such as"):
        ranges.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "~",
        "10:20:30",
        "1_0",
        " 10",
        "10 ",
        "1e3",
        "nan",
        "inf",
        "+5",
        ".5",
        "5.",
        "~:~",
        "@@1",
        "\u0661\u0660",
        "10:~",
    ],
)
def test_odd_texts_are_refused(text: str) -> None:
    with pytest.raises(ranges.BadRange) as raised:
        ranges.canonical(text)
    assert str(raised.value).startswith(repr(text))


@pytest.mark.parametrize(
    ("value", "text"), [(80, "80"), (0.25, "0.25"), (0, "0"), (1e3, "1000"), (1e-6, "0.000001"), ("~:", "~:")]
)
def test_a_number_is_the_upper_end(value: float | str, text: str) -> None:
    assert ranges.canonical(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), -5])
def test_number_that_is_not_an_upper_end_is_refused(value: float) -> None:
    with pytest.raises(ranges.BadRange):
        ranges.canonical(value)


@given(halves)
def test_never_fits_every_value(value: Fraction) -> None:
    assert ranges.parse(ranges.NEVER).match(float(value))


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("90", 91, "above 90"),
        ("90", -1, "below 0"),
        ("14:", 3, "below 14"),
        ("10:20", 25, "above 20"),
        ("@10:20", 15, "inside 10:20"),
        ("@~:5", 1, "inside ~:5"),
        ("@10:", 11, "inside 10:"),
    ],
)
def test_violation_describes_how_a_value_breaks_a_range(text: str, value: float, words: str) -> None:
    assert not ranges.parse(text).match(value)
    assert ranges.violation(ranges.parse(text), value) == words


def test_violation_ends_in_the_unit() -> None:
    assert ranges.violation(ranges.parse("90"), 95, " %") == "above 90 %"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_numbers_are_plain_decimals(value: float) -> None:
    text = ranges.number(value)
    assert re.fullmatch(r"-?\d+(\.\d{1,9})?", text)
    assert abs(float(text) - value) <= 1e-9 + abs(value) * 1e-15


@pytest.mark.parametrize(
    ("value", "text"), [(-0.0, "0"), (10**30, "1" + "0" * 30), (1e22, "1" + "0" * 22), (True, "1")]
)
def test_numbers_at_the_edges(value: float, text: str) -> None:
    assert ranges.number(value) == text
