"""The outcome: one state, one first line, more by verbosity, performance data last."""

import itertools

import pytest

from checkwright.core.outcome import SEVERITY, Line, Outcome, worst

FULL = Line("CRITICAL", "/mail full", "warning 80, critical 90")
GONE = Line("UNKNOWN", "/gone is not mounted")
HIGH = Line("WARNING", "/srv high")
FINE = Line("OK", "/ fine")


@pytest.mark.parametrize(("better", "worse"), list(itertools.combinations(SEVERITY, 2)))
def test_worst_returns_the_worse_of_two_states(better: str, worse: str) -> None:
    assert worst([better, worse]) == worst([worse, better]) == worse


def test_the_order_and_the_exit_codes() -> None:
    assert SEVERITY == ("OK", "WARNING", "UNKNOWN", "CRITICAL")
    assert [Outcome("x", (Line(state, "x"),)).exit_code for state in SEVERITY] == [0, 1, 3, 2]
    assert worst([]) == "UNKNOWN"


def test_nothing_measured_is_unknown() -> None:
    assert str(Outcome("disk", ())) == "DISK UNKNOWN: measured nothing"


def test_summary_lists_the_worst_state_and_counts_the_rest() -> None:
    critical = [Line("CRITICAL", f"/{number} full") for number in range(5)]
    outcome = Outcome("disk", (FINE, GONE, *critical, HIGH, FINE))
    assert outcome.summary == "/0 full, /1 full, /2 full, /3 full, /4 full (1 unknown, 1 warning, 2 ok)"
    assert outcome.state == "CRITICAL"


def test_summary_lists_the_first_three_when_all_are_ok() -> None:
    assert Outcome("x", tuple(Line("OK", str(number)) for number in range(3))).summary == "0, 1, 2"
    assert Outcome("x", tuple(Line("OK", str(number)) for number in range(5))).summary == "0, 1, 2 (2 more ok)"


def test_verbosity() -> None:
    outcome = Outcome("disk", (FULL, FINE), perfdata=("a=1;;;;", "b=2;;;;"), debug=("took 5 ms",))
    bar = " | a=1;;;; b=2;;;;"
    first = "DISK CRITICAL: /mail full (1 ok)"
    assert outcome.text(0) == str(outcome) == first + bar
    assert outcome.text(1) == f"{first}\nCRITICAL: /mail full\nOK: / fine{bar}"
    detailed = f"{first}\nCRITICAL: /mail full [warning 80, critical 90]\nOK: / fine"
    assert outcome.text(2) == detailed + bar
    assert outcome.text(3) == f"{detailed}\ntook 5 ms{bar}"


def test_without_performance_data_there_is_no_bar() -> None:
    assert "|" not in Outcome("disk", (FINE,)).text(3)
