"""What Nagios may do to a check, tried on any check class: it must always answer as a plugin does.

`assert_conforms(Disk)` in a test is all that a project needs. What is tried is in `checkwright.testing.trials`,
the rules for what is said in `checkwright.testing.plugin_output`.
"""

from __future__ import annotations

import json
import re
import shlex
import threading

from checkwright.core.check import Check
from checkwright.core.formats import rendered
from checkwright.core.outcome import Outcome
from checkwright.core.run import Run
from checkwright.testing.misbehaving import Misbehaving
from checkwright.testing.plugin_output import objections
from checkwright.testing.sensu_metrics import perfdata_points
from checkwright.testing.trials import HANG_SECONDS, Trial, trials

#: Seconds after which a run counts as one that never ends. Far above what any trial takes.
PATIENCE = 20.0
_LINES_OF_FORMATS = {
    "prometheus": re.compile(r"#.*|[a-z_][a-z0-9_]*(\{item=\"([^\"\\]|\\.)*\"\})? \S+"),
    "influx": re.compile(r"([^ \\]|\\.)+ ([^ \\]|\\.)+"),
    "graphite": re.compile(r"\S+ \S+ [0-9]+"),
}


def assert_conforms(kind: type[Check]) -> None:
    """Try everything on a check. Raises AssertionError that lists each command line and what was wrong."""
    found = [
        f"{trial.name} (check {kind.title()} {shlex.join(trial.words)[:200]!a}): {objection}"
        for trial in trials(kind)
        for objection in objections_to(kind, trial)
    ]
    assert not found, f"{kind.__name__} does not answer as a plugin should:\n" + "\n".join(found)


def objections_to(kind: type[Check], trial: Trial) -> list[str]:
    """What is wrong with the check's answer, one sentence each."""
    if trial.hangs:
        return _judged_while_hanging(kind, trial.words)
    first = _answer(kind, trial)
    if isinstance(first, str):
        return [first]
    found = _judged(*first)
    outcome, _ = first
    if trial.usage and (outcome.state != "UNKNOWN" or outcome.perfdata):
        found.append(f"a wrong command line is UNKNOWN without performance data, not {outcome.text()!r}")
    if trial.says not in outcome.text():
        found.append(f"the line should name {trial.says}: {outcome.text()!r}")
    second = _answer(kind, trial)
    if isinstance(second, str) or second[0].text(2) != outcome.text(2):
        found.append("a second run in the same world says something else")
    return found


def _answer(kind: type[Check], trial: Trial) -> tuple[Outcome, Run] | str:
    """The outcome of one run, or what came instead of one."""
    world = Misbehaving(trial.answer or (lambda: None))
    got: list[tuple[Outcome, Run] | str] = []

    def go() -> None:
        try:
            run = Run(kind, trial.words, world)
            got.append((run.go(), run))
        except BaseException as error:  # whatever gets out of a run is what is looked for here
            got.append(f"{type(error).__name__} got out of the run: {error}")

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return got[0] if got else f"did not end within {PATIENCE:g} s"


def _judged(outcome: Outcome, run: Run) -> list[str]:
    text = rendered(outcome, run.args.output, run.args.verbose)
    if run.args.output == "nagios":
        return [*objections(text, outcome.exit_code, verbose=run.args.verbose), *lost_in_sensu(outcome, text)]
    found = objections(outcome.text(), outcome.exit_code)
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
    """Metrics that Sensu's agent would not find in the output, or would call otherwise."""
    measured = [reading.label for reading in outcome.readings if reading.value is not None]
    found = [point.name for point in perfdata_points(text, 0)]
    return [] if found == measured else [f"Sensu's agent reads the metrics {found} where {measured} were measured"]


def _refuse_constant(word: str) -> object:
    raise ValueError(f"{word} is no JSON")


def _judged_while_hanging(kind: type[Check], words: tuple[str, ...]) -> list[str]:
    """The source does not come back: what the run says when its time is up, and that it ends when the source does."""
    freed = threading.Event()

    def wait() -> object:
        freed.wait(PATIENCE)
        return None

    run = Run(kind, words, Misbehaving(wait))
    thread = threading.Thread(target=run.go, daemon=True)
    thread.start()
    thread.join(HANG_SECONDS)
    if not thread.is_alive():
        return []  # it found something to say before it asked a source
    outcome = run.overdue()
    found = objections(outcome.text(2), outcome.exit_code, verbose=2)
    if outcome.state != run.args.timeout_state:
        found.append(f"overdue, it should be {run.args.timeout_state}: {outcome.text()!r}")
    freed.set()
    thread.join(PATIENCE)
    return found + (["did not end when its source came back"] if thread.is_alive() else [])
