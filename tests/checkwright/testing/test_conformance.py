"""The conformance suite: every check passes it, and faulty checks fail it."""

import random
import time

import pytest

from checkwright.core.catalog import Found, all_checks
from checkwright.core.check import Check, Metrics, uses
from checkwright.core.gauges import gauge
from checkwright.core.options import option
from checkwright.core.run import run
from checkwright.core.source import Source
from checkwright.core.world import World
from checkwright.testing import assert_conforms, conformance
from checkwright.testing.plugin_output import output_problems
from checkwright.testing.trials import Trial, trials
from tests.support.installed import ROOT

SHOP = ROOT / "examples/shop"


@pytest.mark.parametrize("found", all_checks(str(SHOP)), ids=lambda found: f"{found.family}-{found.name}")
def test_every_check_conforms(found: Found) -> None:
    assert_conforms(found.load())


class Well(Source):
    def depth(self, name: str) -> float:
        return len(name)


class Correct(Check):
    """Correct check, the base of the faulty ones."""

    well = uses(Well)

    names: tuple[str, ...] = option("Well", flags="-n --name", default=("main",))
    factor: float = option("Factor", default=1.0)
    strict: bool = option("Be strict", default=False)

    depth = gauge("Depth", "", warn=10, crit=20)

    def probe(self) -> Metrics:
        for name, depth in self.each(self.names, self.well.depth):
            yield self.depth(depth * self.factor, of=name)


class Endless(Correct):
    """Never ends."""

    def probe(self) -> Metrics:
        while True:
            time.sleep(0.01)
        yield self.depth(1)


class Fickle(Correct):
    """Measures a random value."""

    def probe(self) -> Metrics:
        yield self.depth(random.random())


class Interrupting(Correct):
    """Raises KeyboardInterrupt."""

    def probe(self) -> Metrics:
        yield self.depth(1)
        raise KeyboardInterrupt


class OwnTitle(Correct):
    """Has a title that breaks the status line."""

    @classmethod
    def title(cls) -> str:
        return "own|title\nOK"


class Catching(Correct):
    """Turns every error into a KeyboardInterrupt."""

    def probe(self) -> Metrics:
        try:
            yield self.depth(self.well.depth("main"))
        except BaseException as error:
            raise KeyboardInterrupt from error


FAULTY = {
    Endless: "did not end within",
    Fickle: "a second run with the same sources has another output",
    Interrupting: "KeyboardInterrupt left the run",
    OwnTitle: "the first line is not a status line",
    Catching: "KeyboardInterrupt left the run",
}


def test_correct_check_conforms() -> None:
    assert_conforms(Correct)


@pytest.mark.parametrize(("kind", "why"), FAULTY.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_faulty_check_is_reported(kind: type[Check], why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "PATIENCE", 0.2)
    found = [problem for trial in _some_trials(kind) for problem in conformance.problems_of(kind, trial)]
    assert any(why in problem for problem in found), found


def _some_trials(kind: type[Check]) -> list[Trial]:
    """Return a few trials, since each trial that never ends leaves a thread."""
    tried = list(trials(kind))
    raising = next(trial for trial in tried if trial.name == "a source that raises RuntimeError")
    return [*(trial for trial in tried[:2]), raising]


OUTPUTS = {
    "fine": ("DISK OK: / 42 % | space:/=42%;80;90;0;100", 0, ""),
    "no perfdata": ("DISK OK: fine", 0, ""),
    "nothing": ("", 3, "not a status line"),
    "no state": ("all is well", 0, "not a status line"),
    "another exit code": ("DISK OK: fine", 2, "the line has OK, the exit code means CRITICAL"),
    "no exit code of Nagios": ("DISK OK: fine", 4, "is not in 0 to 3"),
    "lines without -v": ("DISK OK: fine\nmore", 0, "more than one line"),
    "an escape": ("DISK OK: \x1b[31mfine", 0, "a control character"),
    "a traceback": ("DISK UNKNOWN: Traceback (most recent call last)", 3, "a traceback"),
    "two bars": ("DISK OK: a | a=1;;;; | b=1;;;;", 0, "more than one |"),
    "quoted label": ("DISK OK: a | 'a b'=1;;;;", 0, "with a plain label"),
    "too few fields": ("DISK OK: a | a=1;2;3", 0, "is not label=value"),
    "an exponent": ("DISK OK: a | a=1e5;;;;", 0, "is not label=value"),
    "not a number": ("DISK OK: a | a=nan;;;;", 0, "is not label=value"),
    "undetermined": ("DISK OK: a | a=U;@~:5;-1.5:;;", 0, ""),
    "a label twice": ("DISK OK: a | a=1;;;; a=2;;;;", 0, "comes twice"),
}


@pytest.mark.parametrize(("text", "exit_code", "why"), OUTPUTS.values(), ids=OUTPUTS)
def test_problems_of_output_are_found(text: str, exit_code: int, why: str) -> None:
    found = output_problems(text, exit_code)
    assert (found == []) if not why else any(why in problem for problem in found), found


def test_performance_data_comes_last() -> None:
    found = output_problems("DISK OK: a | a=1;;;;\nmore", 0, verbose=1)
    assert found[0] == "lines after the performance data"


def test_metric_that_sensu_loses_is_reported() -> None:
    outcome = run(Correct, [], World(Well(), sealed=True))
    assert conformance.lost_in_sensu(outcome, outcome.text()) == []
    for text in (f"a | {outcome.text()}", outcome.text().replace("depth", "de=pth"), "CORRECT OK: nothing"):
        (problem,) = conformance.lost_in_sensu(outcome, text)
        assert "where ['depth:main'] were measured" in problem
