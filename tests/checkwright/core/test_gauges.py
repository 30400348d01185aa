"""Gauges: values, thresholds, missing values, and the limits of a registry."""

import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright import UNLIMITED, Check, Metrics, gauge, metric, option
from checkwright.core.domain import Metric
from checkwright.core.errors import DeclarationError
from checkwright.core.gauges import MISSING, UNITS
from checkwright.core.outcome import Outcome
from checkwright.core.ranges import BadRange
from checkwright.core.run import run
from checkwright.core.world import World

NAN, INFINITY = float("nan"), float("inf")


def measure(value: object, *words: str, of: str = "", **declared: object) -> Outcome:
    """Run a check with one gauge, `used`, that measures `value`."""

    class Probe(Check):
        used = gauge("Used", **declared)  # type: ignore[arg-type]

        def probe(self) -> Metrics:
            yield self.used(value, of=of)  # type: ignore[arg-type]

    return run(Probe, words, World(sealed=True))


VALUES = {
    "below": (5, ["-w", "10"], "OK", "Used 5", "5;10;;;"),
    "at the end": (10, ["-w", "10"], "OK", "Used 10", "10;10;;;"),
    "above": (11, ["-w", "10"], "WARNING", "Used 11 (above 10)", "11;10;;;"),
    "both": (30, ["-w", "10", "-c", "20"], "CRITICAL", "Used 30 (above 20)", "30;10;20;;"),
    "too low": (5, ["-c", "10:"], "CRITICAL", "Used 5 (below 10)", "5;;10:;;"),
    "inside": (15, ["-w", "@10:20"], "WARNING", "Used 15 (inside 10:20)", "15;@10:20;;;"),
    "negative without a threshold": (-5, [], "OK", "Used -5", "-5;;;;"),
    "negative with one": (-5, ["-w", "10"], "WARNING", "Used -5 (below 0)", "-5;10;;;"),
    "negative, switched off": (-5, ["-w", "~:"], "OK", "Used -5", "-5;~:;;;"),
    "no exponent when small": (0.0000123, [], "OK", "Used 0.000012", "0.0000123;;;;"),
    "no exponent when large": (1e22, [], "OK", "Used 1" + "0" * 22, "1" + "0" * 22 + ";;;;"),
    "truth": (True, [], "OK", "Used 1", "1;;;;"),
    "minus zero": (-0.0, ["-c", "0"], "OK", "Used 0", "0;;0;;"),
}


@pytest.mark.parametrize(("value", "words", "state", "text", "perfdata"), VALUES.values(), ids=VALUES)
def test_a_value(value: float, words: list[str], state: str, text: str, perfdata: str) -> None:
    outcome = measure(value, *words)
    assert (outcome.state, outcome.summary, outcome.perfdata) == (state, text, (f"used={perfdata}",))


@pytest.mark.parametrize("value", [None, NAN, INFINITY, -INFINITY, 10**400], ids=repr)
@pytest.mark.parametrize(
    ("missing", "state", "text", "number"),
    [
        ("unknown", "UNKNOWN", "Used has no value", "U"),
        ("ok", "OK", "Used has no value", "U"),
        ("zero", "CRITICAL", "Used 0 % (below 5 %)", "0%"),
    ],
)
def test_missing_value_has_the_declared_state(
    value: float | None, missing: str, state: str, text: str, number: str
) -> None:
    outcome = measure(value, unit="%", missing=missing, crit="5:")
    assert (outcome.state, outcome.summary) == (state, text)
    assert outcome.perfdata == (f"used={number};;5:;0;100",)


@pytest.mark.parametrize("value", ["5", b"5", [5], object(), 1j], ids=["str", "bytes", "list", "object", "complex"])
def test_value_that_is_not_a_number_is_a_defect_of_the_check(value: object) -> None:
    outcome = measure(value)
    assert outcome.state == "UNKNOWN"
    assert "the check itself failed: TypeError: used got" in outcome.summary
    assert outcome.perfdata == ("used=U;;;;",)


@given(st.floats() | st.integers(), st.sampled_from(sorted(UNITS)), st.sampled_from(MISSING), st.text(max_size=9))
def test_any_number_gives_performance_data_that_parses(value: float, unit: str, missing: str, item: str) -> None:
    (perfdata,) = measure(value, of=item, unit=unit, missing=missing, warn=5).perfdata
    assert re.fullmatch(r"used[A-Za-z0-9_.:/-]*=(U|-?\d+(\.\d+)?(s|B|%|c)?);5;;-?\d*;-?\d*", perfdata)


def test_units_set_their_natural_bounds() -> None:
    assert measure(5, unit="%").perfdata == ("used=5%;;;0;100",)
    assert measure(5, unit="B").perfdata == ("used=5B;;;0;",)
    assert measure(5, unit="pages/s").perfdata == ("used=5;;;;",)
    assert measure(5, unit="B", max=9, min=-1).perfdata == ("used=5B;;;-1;9",)


def test_item_is_part_of_text_and_label() -> None:
    outcome = measure(5, of="/srv|x y")
    assert outcome.summary == "Used /srv\u00a6x y 5"
    assert outcome.perfdata[0].startswith("used:/srv_x_y-")


ITEMS: dict[str, tuple[list[str], str, str]] = {
    "own": ([], "/srv", "80;90"),
    "for all": (["-w", "70"], "/srv", "70;90"),
    "for one": (["-w", "/srv=70"], "/srv", "70;90"),
    "for another": (["-w", "/var=70"], "/srv", "80;90"),
    "for some": (["-w", "/s*=70"], "/srv", "70;90"),
    "the last match wins": (["-w", "/s*=70", "-w", "60"], "/srv", "60;90"),
    "the exception after the rule": (["-w", "60", "-c", "65", "-w", "/s*=95", "-c", "/s*=99"], "/srv", "95;99"),
    "an item that is a pattern": (["-w", "[a]=70"], "[a]", "70;90"),
    "an item with =": (["-w", "a=b=70"], "a=b", "70;90"),
    "case counts": (["-w", "/SRV=70"], "/srv", "80;90"),
    "off": (["-w", "~:", "-c", "/srv=~:"], "/srv", "~:;~:"),
}


@pytest.mark.parametrize(("words", "item", "thresholds"), ITEMS.values(), ids=ITEMS)
def test_thresholds_of_an_item(words: list[str], item: str, thresholds: str) -> None:
    (perfdata,) = measure(1, *words, of=item, warn=80, crit=90).perfdata
    assert perfdata.split("=")[-1] == f"1;{thresholds};;"


class Queue(Check):
    """A queue."""

    name_of: str = option("Queue", flags="--queue", default="q")

    depth = gauge("Depth", warn=10)

    def probe(self) -> Metrics:
        yield self.depth(1, of=self.name_of)


def test_limit_has_its_file_and_line() -> None:
    limit = Queue.depth.at("a*", warn=5, crit="~:")
    assert (limit.check, limit.gauge, limit.items, limit.warn, limit.crit) == (Queue, "depth", "a*", "5", "~:")
    assert limit.file == __file__
    assert __import__("linecache").getline(limit.file, limit.line).strip().startswith("limit = Queue.depth.at(")


def test_limits_of_seconds_and_bytes_accept_suffixes() -> None:
    class Job(Check):
        age = gauge("Age", "s", warn="25h")
        size = gauge("Size", "B", crit="512M:")
        count = gauge("Count")

    assert (Job.age.gauge.default.warn, Job.size.gauge.default.crit) == ("90000", "536870912:")
    assert Job.age.at(warn="2h", crit="@1m:90s").warn == "7200"
    assert Job.age.at(warn="2h", crit="@1m:90s").crit == "@60:90"
    with pytest.raises(DeclarationError, match=r"^Job\.count\.at\(\): '2h' is not a range"):
        Job.count.at(warn="2h")
    assert metric("age", 5, "s", warn="1m").contextobj.thresholds.warn == "60"  # type: ignore[attr-defined]


def test_limit_needs_a_valid_range() -> None:
    with pytest.raises(DeclarationError, match=r"^Queue\.depth\.at\(\) needs warn= or crit=$"):
        Queue.depth.at()
    with pytest.raises(DeclarationError, match=r"^Queue\.depth\.at\(\): '9:1' is not a range"):
        Queue.depth.at(warn="9:1")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"unit": "MB"}, "gauge('Used'): 'MB' is no unit; use one of '', 's', 'B'"),
        ({"missing": "nothing"}, "gauge('Used'): missing='nothing' is not one of unknown, ok, zero"),
        ({"warn": "high"}, "gauge('Used'): 'high' is not a range"),
        ({"crit": NAN}, "gauge('Used'): nan is not a range"),
    ],
)
def test_a_bad_declaration_is_refused(words: dict[str, object], message: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        gauge("Used", **words)  # type: ignore[arg-type]
    assert str(raised.value).startswith(message)


def metrics_named_at_run_time() -> Iterator[Metric]:
    yield metric("orders.waiting", 7, warn=5)
    yield metric("pool", 50, "%", of="main db", label="Connections", crit=90)
    yield metric("age", None, "s", missing="ok")


def test_names_known_only_at_run_time() -> None:
    class Probe(Check):
        def probe(self) -> Metrics:
            yield from metrics_named_at_run_time()

    outcome = run(Probe, [], World(sealed=True))
    assert [line.text for line in outcome.lines] == [
        "orders.waiting 7 (above 5)",
        "Connections main db 50 %",
    ]
    assert [line.state for line in outcome.lines] == ["WARNING", "OK"]
    assert outcome.perfdata[0] == "orders.waiting=7;5;;;"
    assert outcome.perfdata[2] == "age=U;;;;"


def test_bad_threshold_of_a_run_time_metric_is_reported_in_one_sentence() -> None:
    with pytest.raises(BadRange, match="'9:1' is not a range"):
        metric("x", 1, warn="9:1")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("12.50"), "12.5"),
        (Decimal(7), "7"),
        (Fraction(1, 4), "0.25"),
        (Decimal("NaN"), "U"),
        (Decimal("sNaN"), "U"),
        (Decimal("1e999"), "U"),
        (Fraction(10**400), "U"),
    ],
)
def test_decimals_and_fractions_are_numbers(value: object, shown: str) -> None:
    assert measure(value, min=0).perfdata == (f"used={shown};;;0;",)


@pytest.mark.parametrize("value", ["1", b"1", 1j, [1]])
def test_other_objects_are_no_numbers(value: object) -> None:
    with pytest.raises(TypeError, match="is not a number"):
        metric("used", value)  # type: ignore[arg-type]


def test_a_percentage_without_limit_may_exceed_100() -> None:
    assert measure(250, unit="%").perfdata == ("used=250%;;;0;100",)
    assert measure(250, unit="%", max=UNLIMITED).perfdata == ("used=250%;;;0;",)
    assert measure(-0.3, unit="s", min=-UNLIMITED).perfdata == ("used=-0.3s;;;;",)


def test_plain_numbers_import_no_libraries_of_numbers() -> None:
    program = (
        "import sys; from checkwright import metric; metric('a', 1); metric('b', 1.5);"
        "print(sorted({'decimal', 'fractions'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def estimate(value: object, surely: object, hint: str = "", **declared: object) -> Outcome:
    """Run a check with one gauge whose value is known with a bound."""

    class Probe(Check):
        p99 = gauge("Latency p99", "s", **declared)  # type: ignore[arg-type]

        def probe(self) -> Metrics:
            yield self.p99(value, of="GET /carts", surely=surely, hint=hint)  # type: ignore[arg-type]

    return run(Probe, [], World(sealed=True))


ESTIMATES = {
    "surely too slow": (1.52, 1.48, "WARNING", "1.52 s (above 0.5 s; surely above 1.48 s, 6,120 requests)"),
    "perhaps too slow": (1.52, 0.4, "OK", "1.52 s (surely above 400 ms, 6,120 requests)"),
    "fast": (0.2, 0.1, "OK", "200 ms (6,120 requests)"),
    "surely critical": (3, 2.5, "CRITICAL", "3 s (above 2 s; surely above 2.5 s, 6,120 requests)"),
    "critical, and surely a warning": (3, 1, "WARNING", "3 s (above 0.5 s; surely above 1 s, 6,120 requests)"),
    "a bound of another type": (Decimal("3"), Fraction(5, 2), "CRITICAL", "3 s (above 2 s; surely above 2.5 s, 6,1"),
    "no bound": (3, None, "CRITICAL", "3 s (above 2 s; 6,120 requests)"),
    "a bound that is no number": (3, NAN, "CRITICAL", "3 s (above 2 s; 6,120 requests)"),
    "no value": (None, 1, "UNKNOWN", "has no value (6,120 requests)"),
}


@pytest.mark.parametrize(("value", "surely", "state", "text"), ESTIMATES.values(), ids=ESTIMATES)
def test_the_state_follows_the_bound(value: object, surely: object, state: str, text: str) -> None:
    outcome = estimate(value, surely, "6,120 requests", warn=0.5, crit=2)
    assert outcome.state == state
    assert outcome.summary.startswith(f"Latency p99 GET /carts {text}")
    shown = "U" if value is None else f"{float(value):g}s"  # type: ignore[arg-type]
    assert outcome.perfdata[0].partition("=")[2] == f"{shown};0.5;2;0;"
    assert outcome.readings[0].value == value


def test_a_bound_of_a_lower_limit_lies_above_the_value() -> None:
    outcome = estimate(0.9, 0.97, crit="0.99:")
    assert (outcome.state, outcome.summary) == (
        "CRITICAL",
        "Latency p99 GET /carts 900 ms (below 0.99 s; surely below 970 ms)",
    )
    assert estimate(0.9, 0.995, crit="0.99:").summary == "Latency p99 GET /carts 900 ms (surely below 995 ms)"


def test_a_bound_that_is_no_number_is_a_defect_of_the_check() -> None:
    outcome = estimate(1, "1")
    assert outcome.state == "UNKNOWN"
    assert "p99 got '1', which is not a number" in outcome.summary


def test_a_metric_named_at_run_time_takes_a_bound_and_a_hint() -> None:
    class Probe(Check):
        def probe(self) -> Metrics:
            yield metric("wait", 9, "s", warn=5, surely=6, hint="of 12")

    assert run(Probe, [], World(sealed=True)).summary == "wait 9 s (above 5 s; surely above 6 s, of 12)"


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_a_bound_decides_as_a_value_would(value: float, bound: float, limit: float) -> None:
    assert estimate(value, bound, crit=limit).state == estimate(bound, None, crit=limit).state
