"""File of recurring downtimes, the timer's units, and systemd's opinion of them."""

import copy
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checkwright.core.errors import BadUsage
from checkwright.downtime import downtime_options
from checkwright.downtime import downtime_schedule as schedule
from checkwright.downtime.external_commands import Target
from checkwright.registry.plan import Covered, Downtime, Site
from nagios_cfg import check, render
from tests.nagios_cfg.plans import CHECKOUT, DISK, PRODUCTION, at
from tests.support.real import require

NIGHT = Downtime(
    when="first sunday 02:00",
    length=7_200,
    why="new disks",
    entries=(Covered(CHECKOUT.id, "", ("pay-2",)), Covered(DISK.id, "", ())),
    hosts=("pay-2",),
    origin=at(7),
)
PLAN = replace(PRODUCTION, downtimes=(NIGHT,), time_zone="Europe/Berlin")


def test_file_is_next_to_the_object_files() -> None:
    text = render(PLAN)["nagios/downtimes.json"]
    assert json.loads(text)["time_zone"] == "Europe/Berlin"
    found = schedule.parse(text)
    assert found.environment == "production"
    (one,) = found.downtimes
    assert (one.length, one.why, one.hosts) == (7_200, "new disks", frozenset(["pay-2"]))
    assert one.services == {Target(host, "disk") for host in DISK.hosts if host != "pay-2"}


def test_plan_without_downtimes_has_no_timer() -> None:
    assert not [path for path in render(PRODUCTION) if "downtime" in path]
    assert "downtime" not in render(PRODUCTION)["README.txt"]
    assert "checkwright-downtime.timer" in render(PLAN)["README.txt"]


@pytest.mark.parametrize(("engine", "account"), [("nagios", "nagios"), ("naemon", "naemon")])
def test_units_belong_to_the_engine(engine: str, account: str) -> None:
    files = render(replace(PLAN, site=Site(engine=engine)))  # type: ignore[arg-type]
    service, timer = files["downtimes/checkwright-downtime.service"], files["downtimes/checkwright-downtime.timer"]
    assert f"User={account}\nGroup={account}\n" in service
    assert f"ExecStart=/opt/checkwright/bin/checkwright-downtime --main /etc/{engine}" in service
    assert "OnCalendar=*-*-* *:*:00" in timer


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    analyze = require("systemd-analyze", package="systemd")
    files = render(replace(PLAN, site=Site(check="/usr/bin/check")))
    for name in ("service", "timer"):
        text = files[f"downtimes/checkwright-downtime.{name}"].replace("/usr/bin/checkwright-downtime", "/usr/bin/true")
        (tmp_path / f"checkwright-downtime.{name}").write_text(text.replace("User=nagios", "User=root"))
    units = sorted(str(path) for path in tmp_path.iterdir())
    done = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, timeout=60)
    assert [line for line in done.stderr.splitlines() if "checkwright-downtime" in line] == []
    calendar = subprocess.run([analyze, "calendar", "*-*-* *:*:00"], capture_output=True, timeout=60)
    assert calendar.returncode == 0


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        (replace(NIGHT, when="sonntag 02:00"), "N008"),
        (replace(NIGHT, hosts=("pay-9",)), "N002"),
        (replace(NIGHT, entries=(Covered("a:b", "", ()),)), "N002"),
    ],
)
def test_invalid_downtime_is_a_finding(wrong: Downtime, id: str) -> None:
    assert [finding.id for finding in check(replace(PRODUCTION, downtimes=(wrong,)))] == [id]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no file of checkctl nagios build"),
        ("[]", "is no file of checkctl nagios build"),
        ('{"version": 2}', "has version 2, and this program reads 1: build again"),
        (
            '{"version": 1, "environment": "x", "time_zone": "Mars", "downtimes": []}',
            "has the time zone 'Mars', which this",
        ),
        ('{"version": 1, "environment": "x", "time_zone": "", "downtimes": [{}]}', "is no file of checkctl"),
    ],
)
def test_other_files_are_refused(text: str, message: str) -> None:
    with pytest.raises(schedule.Unusable, match=message):
        schedule.parse(text)


SCHEDULE: dict[str, Any] = {
    "version": 1,
    "environment": "production",
    "time_zone": "",
    "downtimes": [{"when": "daily 02:00", "length": 60, "why": "x", "hosts": ["a"], "services": [["a", "b"]]}],
}


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value below a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from places(inner, (*path, key))


@pytest.mark.parametrize("wrong", ["null", "true", "-1", "1e400", "{}", '"\\n;"', "[[]]"])
@pytest.mark.parametrize("path", list(places(SCHEDULE)), ids=str)
def test_wrong_values_in_the_file_are_one_sentence(path: tuple[Any, ...], wrong: str) -> None:
    assert schedule.parse(json.dumps(SCHEDULE)).environment == "production"
    damaged = copy.deepcopy(SCHEDULE)
    inner: Any = damaged
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = json.loads(wrong)
    if path[-1] == "why" and isinstance(inner["why"], str):
        schedule.parse(json.dumps(damaged))  # any text is a reason
        return
    with pytest.raises(schedule.Unusable, match=r"downtimes\.json (is no file of|has (version|the time zone)) "):
        schedule.parse(json.dumps(damaged))


def test_environment_is_no_path() -> None:
    for name in ("../production", "a/b", "", ".x"):
        with pytest.raises(schedule.Unusable, match="is not the name of an environment; build and deploy it again"):
            schedule.parse(json.dumps({**SCHEDULE, "environment": name}))


@pytest.mark.parametrize("wait", ["-1", "nan", "inf", "601", "x"])
def test_wait_is_a_number_of_seconds(wait: str) -> None:
    with pytest.raises(BadUsage, match=f"'{wait}' is not between 0 and 600 seconds"):
        downtime_options.parse(["--wait", wait])
