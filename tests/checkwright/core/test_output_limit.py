"""One limit for all outputs: NRPE passes 65,505 bytes and cuts the rest in the middle of a number."""

import json
import re
from functools import cache

import pytest

from checkwright.core.formats import render
from checkwright.core.outcome import LIMIT, Line, Outcome, Reading

FORMATS = ("nagios", "json", "prometheus", "influx", "graphite")


@cache
def outcome(number: int, state: str = "OK", text: str = "queue {} has 12345 messages", bad: int = 7) -> Outcome:
    """Return an outcome with many items; the last `bad` are critical."""
    states = [state] * (number - bad) + ["CRITICAL"] * bad
    readings = tuple(
        Reading(f"waiting:orders-{rank:05}", "waiting", f"orders-{rank:05}", "W", 12345, "", "", "", 0, None, found)
        for rank, found in enumerate(states)
    )
    return Outcome(
        "queues",
        tuple(Line(found, text.replace("{}", str(rank))) for rank, found in enumerate(states)),
        readings,
        tuple(f"{reading.label}=12345;;;0;" for reading in readings),
        tuple(f"debug {rank}" for rank in range(number)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", [100, 900, 20_000])
@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize("verbose", [0, 1, 3])
def test_no_output_is_larger_than_the_limit(number: int, output: str, verbose: int) -> None:
    for many in (outcome(number), outcome(number, "CRITICAL"), outcome(number, text="é\ud800|\U0001f600{}" * 100)):
        assert len(render(many, output, verbose).encode("utf-8", "backslashreplace")) <= LIMIT


def test_metrics_are_left_out_as_a_whole_and_counted() -> None:
    first, _, data = outcome(20_000).text().partition(" | ")
    metrics = data.split(" ")
    assert all(re.fullmatch(r"waiting:orders-\d{5}=12345;;;0;", metric) for metric in metrics)
    assert 1_000 < len(metrics) < 20_000
    assert first.endswith(f"({20_000 - len(metrics)} metrics left out)")


@pytest.mark.parametrize("output", FORMATS)
def test_the_worst_metrics_are_kept(output: str) -> None:
    text = render(outcome(20_000), output)
    kept = sorted({int(rank) for rank in re.findall(r"orders-(\d{5})", text)})
    assert kept[-7:] == list(range(19_993, 20_000))
    assert kept[:-7] == list(range(len(kept) - 7)), "the others are the first ones, in their order"


@pytest.mark.parametrize("output", FORMATS[1:])
def test_other_formats_have_the_number_as_a_value(output: str) -> None:
    text = render(outcome(20_000), output)
    pattern = {
        "json": r'"left_out": \{"results": \d+, "metrics": (\d+)\}',
        "prometheus": r"\ncheck_queues_metrics_left_out (\d+)\n",
        "influx": r"queues state=2,metrics_left_out=(\d+)\n",
        "graphite": r"\nqueues.metrics_left_out (\d+) \d+\n",
    }[output]
    (left_out,) = re.findall(pattern, text)
    assert int(left_out) == 20_000 - len(set(re.findall(r"orders-(\d{5})", text)))
    if output == "json":
        assert json.loads(text)["metrics"][0]["value"] == 12345
    assert "left_out" not in render(outcome(10), output)


def test_the_first_line_names_the_results_that_it_leaves_out() -> None:
    summary = outcome(2_000, bad=2_000).summary
    assert len(summary) < 9_000
    shown = summary.count("queue ")
    assert summary.endswith(f"({2_000 - shown} more critical left out)")
    assert "left out" not in outcome(20).summary


def test_lines_are_left_out_the_worst_of_them_last() -> None:
    lines = outcome(20_000).text(1).split("\n")
    assert lines[1].startswith("CRITICAL: ")
    assert re.match(r"\(\d+ lines left out\)", lines[-1])
