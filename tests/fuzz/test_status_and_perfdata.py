"""Fuzz targets: status.dat, Sensu's events, files of performance data, and the lines that sinks write."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checkwright.batch.nagios_perfdata import Services, read
from checkwright.batch.sinks.graphite import Carbon, path_part
from checkwright.batch.sinks.influxdb import InfluxDb
from checkwright.status.observed import Unreadable
from checkwright.status.present_problems import status
from checkwright.status.sensu_events import snapshot
from checkwright.status.status_dat import parse
from checkwright.status.status_page import page
from checkwright.status.status_text import lines
from checkwright.web.clock import Clock
from tests.checkwright.batch.plans import entry, result, task
from tests.checkwright.batch.plans import plan as batch_plan
from tests.checkwright.status.night import NOW, PLAN, bad, status_text
from tests.checkwright.status.test_sensu_events import event
from tests.checkwright.status.test_status_page import Elements
from tests.fuzz.test_foreign_bytes import TEXTS, bounded

CLOCK = Clock("UTC")
WHOLE = status_text({("web-1", "http"): bad()})
#: A line of status.dat has no line end of its own.
LINES = TEXTS.map(lambda text: text.replace("\n", " ").encode("utf-8", "replace").decode())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def shown(text: str) -> None:
    """Assert that every way to show a status.dat is harmless."""
    found = status([PLAN], [parse(text)], [], NOW)
    assert all(line.isprintable() for line in lines(found, CLOCK))
    elements = Elements(page(found, CLOCK))
    assert "script" not in elements.names
    assert not [one for one in elements.attributes if one[1].startswith("on")]


@bounded
@given(output=LINES, details=LINES)
@example(output="\n\t}\n".replace("\n", " "), details=r"\\n\n")
def test_output_of_a_plugin_is_only_text(output: str, details: str) -> None:
    shown(status_text({("web-1", "http"): bad(output=output, long_plugin_output=details)}))


@bounded
@given(
    name=st.sampled_from(["last_check", "last_state_change", "current_state", "scheduled_downtime_depth", "created"]),
    value=st.sampled_from(["nan", "inf", "-1", "1e400", "1e13", "9" * 400, "", "0x1", "1_0", "\u0663"]),
)
def test_odd_number_is_read_or_refused_in_one_sentence(name: str, value: str) -> None:
    with suppress(Unreadable):
        shown("\n".join(f"\t{name}={value}" if f"\t{name}=" in line else line for line in WHOLE.split("\n")))


@bounded
@given(at=st.integers(0, len(WHOLE)), length=st.integers(0, 30), instead=TEXTS)
def test_damaged_status_dat_is_read_or_refused_in_one_sentence(at: int, length: int, instead: str) -> None:
    text = (WHOLE[:at] + instead + WHOLE[at + length :]).encode("utf-8", "replace").decode()
    with suppress(Unreadable):
        shown(text)


@bounded
@given(
    path=st.sampled_from(
        [
            "entity",
            "check",
            "check.status",
            "check.history",
            "check.metadata",
            "check.output",
            "check.executed",
            "check.occurrences",
        ]
    ),
    value=JSON,
)
def test_damaged_events_are_read_or_refused_in_one_sentence(path: str, value: Any) -> None:
    one = json.loads(json.dumps(event("web-1", "web.load", 2, 0)))
    *parents, name = path.split(".")
    place = one
    for parent in parents:
        place = place[parent]
    place[name] = value
    try:
        found = snapshot([one], [], "production", taken=NOW)
    except Unreadable as error:
        assert "\n" not in str(error)
        return
    assert all(line.isprintable() for line in lines(status([PLAN], [found], [], NOW), CLOCK))


@bounded
@given(data=st.binary(max_size=300))
@example(data=b"1\tweb-1\tdisk\t0\t1e400\ta=1\n")
@example(data=b"1\tweb-1\tdisk\t0\t1_0\ta=1\n")
def test_any_file_of_performance_data_ends(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file: Path = tmp_path_factory.mktemp("perfdata") / "service-perfdata.1"
    file.write_bytes(data)
    services = Services([batch_plan(entry("disk", check="disk"))])
    position = 0
    for after, results, wrong in read(file, 0, services):
        assert after > position
        assert len(results) + wrong > 0
        position = after
    assert position == len(data)


@bounded
@given(label=TEXTS, unit=st.sampled_from(["", "s", "%", "B", "Mbit"]))
def test_sinks_write_one_line_for_each_value(label: str, unit: str) -> None:
    quoted = label.replace("'", "''")
    found = result(f"OK | '{quoted}'=1{unit}", of=task("x"))
    points = InfluxDb("h", 1, "d", "", tls=False).payload(found).decode().split("\n")
    assert 1 <= len(points) <= 2
    assert all(point.isprintable() for point in points)
    for line in Carbon("h", 1).payload(found).decode("ascii").splitlines():
        path, _, _ = line.split(" ")
        assert all(part for part in path.split("."))


@bounded
@given(one=TEXTS, other=TEXTS)
def test_two_names_never_share_a_path(one: str, other: str) -> None:
    assert (path_part(one) == path_part(other)) == (one == other)
