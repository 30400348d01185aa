"""Output formats contain all measurements, and text from outside cannot break them."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright import Check, Metrics, gauge, option, verdict
from checkwright.core.argv import OUTPUTS
from checkwright.core.formats import render
from checkwright.core.outcome import Outcome
from checkwright.core.run import run
from checkwright.core.sensu_output import for_sensu
from checkwright.core.world import World
from checkwright.testing.sensu_metrics import perfdata_errors


class Parcels(Check):
    """A number of each kind for an item."""

    item: str = option("Item", default="")

    waiting = gauge("Parcels waiting", warn=5)
    oldest = gauge("Oldest parcel", "s")
    room = gauge("Room", "%", missing="ok")
    sent = gauge("Parcels sent", "c")
    desk = verdict("Desk", ok=["open"])

    def probe(self) -> Metrics:
        yield self.waiting(7, of=self.item)
        yield self.oldest(0.25, of=self.item)
        yield self.room(None, of=self.item)
        yield self.sent(12)
        yield self.desk("open")


def measured(item: str = "north") -> Outcome:
    return run(Parcels, [f"--item={item}"], World(sealed=True))


def test_json_contains_the_whole_outcome() -> None:
    document = json.loads(render(measured(), "json", 0))
    assert (document["check"], document["state"], document["exit_code"]) == ("parcels", "WARNING", 1)
    assert document["summary"].startswith("Parcels waiting north 7 (above 5)")
    assert {"state": "OK", "text": "Desk open"} in document["results"]
    by_gauge = {metric["gauge"]: metric for metric in document["metrics"]}
    assert by_gauge["waiting"] == {
        "label": "waiting:north",
        "gauge": "waiting",
        "item": "north",
        "value": 7,
        "unit": "",
        "warn": "5",
        "crit": "",
        "min": None,
        "max": None,
        "state": "WARNING",
    }
    assert by_gauge["room"]["value"] is None


def test_prometheus_has_a_family_for_each_gauge() -> None:
    lines = render(measured(), "prometheus", 0).splitlines()
    assert "check_parcels_state 1" in lines
    assert "# HELP check_parcels_oldest_seconds Oldest parcel" in lines
    assert "# TYPE check_parcels_sent_total counter" in lines
    assert 'check_parcels_waiting{item="north"} 7' in lines
    assert 'check_parcels_room_percent{item="north"} NaN' in lines
    assert "check_parcels_sent_total 12" in lines


def test_influx_has_a_line_for_each_item() -> None:
    assert render(measured(), "influx", 0).splitlines() == [
        "parcels state=1,sent=12",
        "parcels,item=north waiting=7,oldest=0.25",
    ]


def test_graphite_has_a_path_for_each_value() -> None:
    lines = [line.split() for line in render(measured("a.b/c"), "graphite", 0).splitlines()]
    assert [line[:2] for line in lines] == [
        ["parcels.state", "1"],
        ["parcels.waiting.a_b_c", "7"],
        ["parcels.oldest.a_b_c", "0.25"],
        ["parcels.sent", "12"],
    ]
    assert len({line[2] for line in lines}) == 1


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_failed_run_has_every_format(output: str) -> None:
    outcome = run(Parcels, ["--nonsense"], World(sealed=True))
    text = render(outcome, output, 3)
    if output in ("nagios", "sensu"):
        assert text.startswith("PARCELS UNKNOWN: unknown option --nonsense")
    else:
        assert "3" in text


def test_sensu_has_the_output_for_nagios_without_missing_values_and_always_a_bar() -> None:
    nagios, sensu = render(measured(), "nagios", 1), render(measured(), "sensu", 1)
    lines, perfdata = nagios.split(" | ")
    kept = [metric for metric in perfdata.split() if "=U;" not in metric]
    assert 0 < len(kept) < len(perfdata.split())
    assert sensu == " ".join((lines, "|", *kept))
    failed = run(Parcels, ["--nonsense"], World(sealed=True))
    assert render(failed, "sensu", 0) == f"{render(failed, 'nagios', 0)} |"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A OK: b", "A OK: b |"),
        ("A OK: b | U=1;;;; a=U;;;; c=2s;U;;;", "A OK: b | U=1;;;; c=2s;U;;;"),
        ("A OK: b\nOK: c | a=U;;;;", "A OK: b\nOK: c |"),
        ("A OK: =U; | a=0;;;;", "A OK: =U; | a=0;;;;"),
    ],
)
def test_output_for_sensu_of_a_text(text: str, expected: str) -> None:
    assert for_sensu(text) == expected
    assert for_sensu(expected) == expected
    assert perfdata_errors(expected) == ()


NUMBER = r"-?\d+(?:\.\d+)?"
LINES = {
    "prometheus": rf'#.*|[a-z0-9_]+(?:\{{item="(?:[^"\\\n]|\\["\\])*"\}})? (?:NaN|{NUMBER})',
    "influx": rf"parcels(?:,item=(?:[^ ,=\\]|\\[ ,=])+)? [a-z]+={NUMBER}(?:,[a-z]+={NUMBER})*",
    "graphite": rf"[^\s.]+\.[^\s.]+(?:\.[^\s.]+)? {NUMBER} \d+",
    "json": r"\{.*\}",
}


@pytest.mark.parametrize("output", LINES)
@given(item=st.text(st.characters(exclude_characters="\0", exclude_categories=()), max_size=20))
def test_any_item_keeps_the_format(output: str, item: str) -> None:
    for line in render(measured(item), output, 0).split("\n"):
        assert re.fullmatch(LINES[output], line), line


def test_json_is_strict_for_a_name_that_is_not_utf_8() -> None:
    written = render(measured("/srv/bad\udcff"), "json", 0)
    (item,) = {metric["item"] for metric in json.loads(written)["metrics"]} - {""}
    assert item == "/srv/bad\\udcff"
