"""Conformance suite: tries bad input on a check, which must always answer as a plugin does.

A project calls `assert_conforms(Disk)` in a test. `checkwright.testing.trials` lists the trials,
`checkwright.testing.plugin_output` has the rules for the output.
"""

from __future__ import annotations

import json
import re
import shlex
import threading
import time

from checkwright.core.check import Check
from checkwright.core.formats import render
from checkwright.core.outcome import Outcome
from checkwright.core.run import Run
from checkwright.core.sensu_output import SENSU, for_sensu
from checkwright.testing.misbehaving import Misbehaving
from checkwright.testing.plugin_output import output_problems
from checkwright.testing.sensu_metrics import perfdata_errors, perfdata_points
from checkwright.testing.trials import HANG_SECONDS, Trial, trials

#: Seconds after which a run counts as stuck. Far above the time of any trial.
PATIENCE = 20.0
_LINES_OF_FORMATS = {
    "prometheus": re.compile(r"#.*|[a-z_][a-z0-9_]*(\{item=\"([^\"\\]|\\.)*\"\})? \S+"),
    "influx": re.compile(r"([^ \\]|\\.)+ ([^ \\]|\\.)+"),
    "graphite": re.compile(r"\S+ \S+ [0-9]+"),
}


def assert_conforms(kind: type[Check]) -> None:
    """Run a check with bad flags and values, hostile text, failing and hanging sources, and all output formats.

    The check must print one status line, performance data that parses and loses no metric in Sensu, and end with an
    exit code from 0 to 3. An agent must log no error for the format `sensu`. Raises AssertionError with each command
    line and its problem.
    """
    found = [
        f"{trial.name} (check {kind.title()} {shlex.join(trial.words)[:200]!a}): {problem}"
        for trial, problem in _problems(kind, list(trials(kind)))
    ]
    assert not found, f"{kind.__name__} does not answer as a plugin should:\n" + "\n".join(found)


def problems_of(kind: type[Check], trial: Trial) -> list[str]:
    """Return the problems of the check's answer, one sentence each."""
    return [problem for _, problem in _problems(kind, [trial])]


def _problems(kind: type[Check], waiting: list[Trial]) -> list[tuple[Trial, str]]:
    """Return all problems, each with its trial. A trial that does not end is one, and the others follow it."""
    found: list[tuple[Trial, str]] = []
    while waiting:
        series = _Series(kind, waiting)
        series.start()
        while series.is_alive() and time.monotonic() < series.since + PATIENCE:
            series.join(max(0.01, series.since + PATIENCE - time.monotonic()))
        stuck = series.is_alive()
        if series.defect is not None:
            raise series.defect
        found += series.found
        if stuck:
            found.append((waiting[series.number], f"did not end within {PATIENCE:g} s"))
        waiting = waiting[series.number + 1 :] if stuck else []
    return found


class _Series(threading.Thread):
    """Trials in a thread, one after another. number: the current one. since: its start on the monotonic clock."""

    def __init__(self, kind: type[Check], trials: list[Trial]) -> None:
        super().__init__(daemon=True)
        self._kind = kind
        self._trials = trials
        self.found: list[tuple[Trial, str]] = []
        self.defect: BaseException | None = None  # of the suite itself
        self.number = 0
        self.since = time.monotonic()

    def run(self) -> None:
        try:
            for number, trial in enumerate(self._trials):
                self.number, self.since = number, time.monotonic()
                self.found += [(trial, problem) for problem in _problems_of_one(self._kind, trial)]
        except BaseException as defect:
            self.defect = defect


def _problems_of_one(kind: type[Check], trial: Trial) -> list[str]:
    if trial.hangs:
        return _problems_while_hanging(kind, trial.words)
    first = _answer(kind, trial)
    if isinstance(first, str):
        return [first]
    found = _problems_of_output(*first)
    outcome, _ = first
    if trial.usage and (outcome.state != "UNKNOWN" or outcome.perfdata):
        found.append(f"a wrong command line must be UNKNOWN without performance data, not {outcome.text()!r}")
    if trial.mentions not in outcome.text():
        found.append(f"the status line must mention {trial.mentions}: {outcome.text()!r}")
    second = _answer(kind, trial)
    if isinstance(second, str) or second[0].text(2) != outcome.text(2):
        found.append("a second run with the same sources has another output")
    return found


def _answer(kind: type[Check], trial: Trial) -> tuple[Outcome, Run] | str:
    """Return the outcome of one run, or a sentence about the problem that prevented one."""
    world = Misbehaving(trial.answer or (lambda: None))
    try:
        run = Run(kind, trial.words, world)
        return run.go(), run
    except BaseException as error:  # an exception that leaves a run is a problem to report
        return f"{type(error).__name__} left the run: {error}"


def _problems_of_output(outcome: Outcome, run: Run) -> list[str]:
    text = render(outcome, run.args.output, run.args.verbose)
    if run.args.output in ("nagios", SENSU):
        for_agent = text if run.args.output == SENSU else for_sensu(text)
        return [
            *output_problems(text, outcome.exit_code, verbose=run.args.verbose),
            *lost_in_sensu(outcome, text),
            *(f"Sensu's agent logs an error each time: {error}" for error in perfdata_errors(for_agent)),
        ]
    found = output_problems(outcome.text(), outcome.exit_code)
    if run.args.output == "json":
        try:
            json.loads(text, parse_constant=_refuse_constant)
        except ValueError as error:
            found.append(f"--output json is not JSON: {error}")
        return found
    line_of_format = _LINES_OF_FORMATS[run.args.output]
    bad = [line for line in text.split("\n") if not line_of_format.fullmatch(line)]
    return [*found, *(f"--output {run.args.output} has a line that does not parse: {line!r}" for line in bad)]


def lost_in_sensu(outcome: Outcome, text: str) -> list[str]:
    """Return a problem if Sensu's agent loses metrics of the output, or reads other names."""
    measured = [reading.label for reading in outcome.readings if reading.value is not None]
    found = [point.name for point in perfdata_points(text, 0)]
    return [] if found == measured else [f"Sensu's agent reads the metrics {found} where {measured} were measured"]


def _refuse_constant(word: str) -> object:
    raise ValueError(f"{word} is no JSON")


def _problems_while_hanging(kind: type[Check], words: tuple[str, ...]) -> list[str]:
    """Return the problems of a run whose source hangs: its answer at the deadline, and its end afterwards."""
    freed = threading.Event()

    def wait() -> object:
        freed.wait(PATIENCE)
        return None

    run = Run(kind, words, Misbehaving(wait))
    thread = threading.Thread(target=run.go, daemon=True)
    thread.start()
    thread.join(HANG_SECONDS)
    if not thread.is_alive():
        return []  # it answered before it used a source
    outcome = run.overdue()
    found = output_problems(outcome.text(2), outcome.exit_code, verbose=2)
    if outcome.state != run.args.timeout_state:
        found.append(f"at the deadline it must be {run.args.timeout_state}: {outcome.text()!r}")
    freed.set()
    thread.join(PATIENCE)
    return found + (["did not end when its source returned"] if thread.is_alive() else [])
