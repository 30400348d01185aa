"""Every check there is answers as a plugin should, whatever is done to it; and checks that do not are caught."""

import random
import time

import pytest

from checkwright.core.catalog import Found, everything
from checkwright.core.check import Check, Metrics, uses
from checkwright.core.gauges import gauge
from checkwright.core.options import option
from checkwright.core.run import run
from checkwright.core.source import Source
from checkwright.core.world import World
from checkwright.testing import assert_conforms, conformance
from checkwright.testing.plugin_output import objections
from checkwright.testing.trials import Trial, trials
from tests.support.installed import ROOT

SHOP = ROOT / "examples/shop"


@pytest.mark.parametrize("found", everything(str(SHOP)), ids=lambda found: f"{found.family}-{found.name}")
def test_every_check_conforms(found: Found) -> None:
    assert_conforms(found.load())


class Well(Source):
    def depth(self, name: str) -> float:
        return len(name)


class Careful(Check):
    """Leaves everything to the library."""

    well = uses(Well)

    names: tuple[str, ...] = option("Well", flags="-n --name", default=("main",))
    factor: float = option("Factor", default=1.0)
    strict: bool = option("Be strict", default=False)

    depth = gauge("Depth", "", warn=10, crit=20)

    def probe(self) -> Metrics:
        for name, depth in self.each(self.names, self.well.depth):
            yield self.depth(depth * self.factor, of=name)


class Endless(Careful):
    """Never comes back."""

    def probe(self) -> Metrics:
        while True:
            time.sleep(0.01)
        yield self.depth(1)


class Fickle(Careful):
    """Says something else each time."""

    def probe(self) -> Metrics:
        yield self.depth(random.random())


class Interrupting(Careful):
    """Ends the process that it runs in."""

    def probe(self) -> Metrics:
        yield self.depth(1)
        raise KeyboardInterrupt


class OwnTitle(Careful):
    """Breaks its own name."""

    @classmethod
    def title(cls) -> str:
        return "own|title\nOK"


class Catching(Careful):
    """Takes every failure for good news, and its word from outside."""

    def probe(self) -> Metrics:
        try:
            yield self.depth(self.well.depth("main"))
        except BaseException as error:
            raise KeyboardInterrupt from error


PLANTED = {
    Endless: "did not end within",
    Fickle: "a second run in the same world says something else",
    Interrupting: "KeyboardInterrupt got out of the run",
    OwnTitle: "the first line is no status line",
    Catching: "KeyboardInterrupt got out of the run",
}


def test_a_careful_check_conforms() -> None:
    assert_conforms(Careful)


@pytest.mark.parametrize(("kind", "why"), PLANTED.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_bad_check_is_caught(kind: type[Check], why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "PATIENCE", 0.2)
    found = [objection for trial in _some_trials(kind) for objection in conformance.objections_to(kind, trial)]
    assert any(why in objection for objection in found), found


def _some_trials(kind: type[Check]) -> list[Trial]:
    """Enough to see what is wrong: each that never ends leaves a thread behind."""
    tried = list(trials(kind))
    raising = next(trial for trial in tried if trial.name == "a source that raises RuntimeError")
    return [*(trial for trial in tried[:2]), raising]


OUTPUTS = {
    "fine": ("DISK OK: / 42 % | space:/=42%;80;90;0;100", 0, ""),
    "no perfdata": ("DISK OK: fine", 0, ""),
    "nothing": ("", 3, "no status line"),
    "no state": ("all is well", 0, "no status line"),
    "another exit code": ("DISK OK: fine", 2, "the line says OK, the exit code says CRITICAL"),
    "no exit code of Nagios": ("DISK OK: fine", 4, "none of 0 to 3"),
    "lines without -v": ("DISK OK: fine\nmore", 0, "more than one line"),
    "an escape": ("DISK OK: \x1b[31mfine", 0, "a control character"),
    "a traceback": ("DISK UNKNOWN: Traceback (most recent call last)", 3, "a traceback"),
    "two bars": ("DISK OK: a | a=1;;;; | b=1;;;;", 0, "more than one bar"),
    "quoted label": ("DISK OK: a | 'a b'=1;;;;", 0, "with a plain label"),
    "too few fields": ("DISK OK: a | a=1;2;3", 0, "is not label=value"),
    "an exponent": ("DISK OK: a | a=1e5;;;;", 0, "is not label=value"),
    "not a number": ("DISK OK: a | a=nan;;;;", 0, "is not label=value"),
    "undetermined": ("DISK OK: a | a=U;@~:5;-1.5:;;", 0, ""),
    "a label twice": ("DISK OK: a | a=1;;;; a=2;;;;", 0, "comes twice"),
}


@pytest.mark.parametrize(("text", "exit_code", "why"), OUTPUTS.values(), ids=OUTPUTS)
def test_output_is_judged(text: str, exit_code: int, why: str) -> None:
    found = objections(text, exit_code)
    assert (found == []) if not why else any(why in objection for objection in found), found


def test_performance_data_comes_last() -> None:
    found = objections("DISK OK: a | a=1;;;;\nmore", 0, verbose=1)
    assert found[0] == "lines after the performance data"


def test_a_metric_that_sensu_would_lose_is_told() -> None:
    outcome = run(Careful, [], World(Well(), sealed=True))
    assert conformance.lost_in_sensu(outcome, outcome.text()) == []
    for text in (f"a | {outcome.text()}", outcome.text().replace("depth", "de=pth"), "CAREFUL OK: nothing"):
        (objection,) = conformance.lost_in_sensu(outcome, text)
        assert "where ['depth:main'] were measured" in objection
