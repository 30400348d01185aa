"""Checks: real checks as parts; some hang, crash or cannot be found."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.meta.source import Checks
from checkwright.core import catalog
from checkwright.core.check import Check, Metrics, uses
from checkwright.core.current import Current, current, enter, leave, remaining
from checkwright.core.gauges import gauge
from checkwright.core.options import option
from checkwright.core.source import Source


class Probe(Source):
    """Source that counts its instances, and knows which part uses it."""

    opened = 0
    closed = 0

    def __init__(self) -> None:
        Probe.opened += 1
        self.users = 0
        self.most = 0

    def use(self, barrier: threading.Barrier) -> int:
        self.users += 1
        self.most = max(self.most, self.users)
        barrier.wait(timeout=30)
        self.users -= 1
        return self.most

    def close(self) -> None:
        Probe.closed += 1


MEET = threading.Barrier(2)
HANG = threading.Event()


class Meets(Check):
    """Check that ends only while another part runs."""

    source = uses(Probe)
    users = gauge("Users of one source")

    def probe(self) -> Metrics:
        yield self.users(self.source.use(MEET))


class Hangs(Check):
    """Check that returns only when the test lets it."""

    half = gauge("Measured before")

    def probe(self) -> Metrics:
        yield self.half(1)
        HANG.wait(60)


class Crashes(Check):
    how: str = option("How", default="raise")

    def probe(self) -> Metrics:
        if self.how == "exit":
            raise SystemExit(0)
        raise ZeroDivisionError("a defect")
        yield


class Deadline(Check):
    left = gauge("Seconds left", "s")

    def probe(self) -> Metrics:
        yield self.left(remaining())


IDENTITIES: list[str] = []


class Remembers(Check):
    known = gauge("Known")

    def probe(self) -> Metrics:
        IDENTITIES.append(current().identity)
        yield self.known(len(IDENTITIES))


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Checks]:
    """Return a Checks that also finds the classes of this module."""
    own: dict[str, type[Check]] = {kind.title(): kind for kind in (Meets, Hangs, Crashes, Deadline, Remembers)}
    find = catalog.find

    def found(name: str, project: str = "") -> type[Check]:
        return own[name] if name in own else find(name, project)

    monkeypatch.setattr(catalog, "find", found)
    Probe.opened = Probe.closed = 0
    HANG.clear()
    source = Checks.open()
    yield source
    HANG.set()
    source.close()


@pytest.fixture
def run() -> Iterator[Current]:
    token = enter(Current("combine", "combine", time.monotonic() + 10))
    yield current()
    leave(token)


def results_of(checks: Checks, *parts: str) -> list[tuple[str, str, str]]:
    return [(one.name, one.state, one.summary) for one in checks.outcomes([part.split() for part in parts])]


def test_every_part_runs(checks: Checks) -> None:
    assert results_of(checks, "dummy --value 5", "dummy --value 9 -w 7") == [
        ("dummy", "OK", "Value 5"),
        ("dummy", "WARNING", "Value 9 (above 7)"),
    ]


def test_parts_run_concurrently_and_share_no_source(checks: Checks) -> None:
    assert results_of(checks, "meets", "meets") == [("meets", "OK", "Users of one source 1")] * 2
    assert Probe.opened == 2


def test_sources_are_kept_for_the_next_run_and_closed_at_the_end(checks: Checks) -> None:
    for _ in range(3):
        results_of(checks, "meets", "meets")
    assert Probe.opened == 2
    checks.close()
    assert Probe.closed == 2


@pytest.mark.slow
def test_part_that_does_not_return_is_unknown(checks: Checks, run: Current) -> None:
    run.end = time.monotonic() + 3  # a tenth is kept for the report
    found = results_of(checks, "hangs", "dummy --value 5")
    assert time.monotonic() < run.end
    assert found[1] == ("dummy", "OK", "Value 5")
    name, state, text = found[0]
    assert (name, state) == ("hangs", "UNKNOWN")
    assert re.match(r"timed out after 2\.[67]\d* s", text)


def test_part_keeps_its_own_shorter_deadline(checks: Checks, run: Current) -> None:
    ((_, state, text),) = results_of(checks, "hangs -t 0.2:critical")
    assert (state, text) == ("CRITICAL", "timed out after 200 ms (1 ok)")
    assert time.monotonic() < run.end


def test_parts_end_before_the_common_deadline(checks: Checks, run: Current) -> None:
    run.end, run.seconds = time.monotonic() + 4, 60
    (outcome,) = checks.outcomes([["deadline", "-t", "60"]])
    (reading,) = outcome.readings
    assert reading.value is not None
    assert 0 < reading.value <= 4


def test_part_with_a_longer_time_limit_is_an_error(checks: Checks, run: Current) -> None:
    ((_, state, text),) = results_of(checks, "dummy -t 30:ok --value 5")
    assert state == "UNKNOWN"
    assert "-t 30 is longer than the 10 s of combine" in text
    run.seconds = 30
    assert results_of(checks, "dummy -t 30 --value 5") == [("dummy", "OK", "Value 5")]


def test_every_part_has_its_own_memory(checks: Checks, run: Current) -> None:
    IDENTITIES.clear()
    for _ in range(2):
        results_of(checks, "remembers", "remembers")
    assert len(IDENTITIES) == 4
    assert len(set(IDENTITIES)) == 2
    assert "remembers" not in IDENTITIES


def test_crash_affects_only_its_part(checks: Checks) -> None:
    crashed, exited, dummy = results_of(checks, "crashes", "crashes --how exit", "dummy")
    assert crashed[1] == exited[1] == "UNKNOWN"
    assert "ZeroDivisionError: a defect at " in crashed[2]
    assert "SystemExit" in exited[2]
    assert dummy[1] == "OK"


CANNOT_RUN = {
    "no such check": ("nothing", "there is no check 'nothing'"),
    "nearly a check": ("dumy", "did you mean dummy"),
    "a flag for a name": ("--value", "there is no check '--value'"),
    "an unknown option": ("dummy --valeu 5", "unknown option --valeu, did you mean --value"),
    "recording a run": ("heartbeat --run --job backup -c 5", "--run records a run and checks nothing"),
}


@pytest.mark.parametrize(("part", "words"), CANNOT_RUN.values(), ids=CANNOT_RUN)
def test_part_that_cannot_run_is_unknown(checks: Checks, part: str, words: str) -> None:
    broken, dummy = results_of(checks, part, "dummy")
    assert broken[1] == "UNKNOWN"
    assert words in broken[2]
    assert dummy[1] == "OK"


def test_checks_of_a_project_may_be_parts(checks: Checks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = tmp_path / "combined_project" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "basket.py").write_text(
        "from checkwright import Check, Metrics, gauge\n"
        "class Basket(Check):\n"
        "    items = gauge('Items')\n"
        "    def probe(self) -> Metrics:\n"
        "        yield self.items(4)\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("CHECKS_PROJECT", str(plugins.parent))
    assert results_of(checks, "basket") == [("basket", "OK", "Items 4")]


def test_second_part_with_the_same_check_is_numbered(checks: Checks) -> None:
    parts = [["dummy", "--value", "1"], ["deadline"], ["dummy", "--value", "2"]]
    names = [metric.name for metric in checks.metrics(parts)]
    assert names == ["dummy", "dummy.value", "deadline", "deadline.left", "dummy_2", "dummy_2.value"]
