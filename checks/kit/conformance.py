"""What Nagios may do to a check, tried on any check class: it must always answer as a plugin does.

`assert_conforms(Disk)` in a test is all that a project needs. The rules are in
`checks.kit.output`, the bad days of sources in `checks.kit.misbehaving`.
"""

from __future__ import annotations

import json
import re
import shlex
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from checks.core.argv import OUTPUTS
from checks.core.check import Check
from checks.core.formats import rendered
from checks.core.options import Option
from checks.core.outcome import Outcome
from checks.core.run import Run
from checks.kit.misbehaving import HOSTILE, Misbehaving, behaviours, sources_of
from checks.kit.output import objections

#: Seconds after which a run counts as one that never ends. Far above what any trial takes.
PATIENCE = 20.0
_HANG_SECONDS = 0.05

_BAD_RANGES: tuple[str, ...] = ("", "x", "20:10", "1:2:3", "@", "1e3", "1_0", "~", "nan", "=5", "item=", "a=b=c", "٣")
_BAD_RANGES += tuple(text for text in HOSTILE if not text.endswith("=1"))  # that one is ITEM=RANGE
_GOOD_RANGES = ("~:", "@10:20", "-5.5:", "some item=~:0", "*=@0")
_BAD_TIMEOUTS = ("", "0", "-1", "x", "1e3", "99999999999", "1:", "1:FINE", "nan")
_BAD_VALUES = {
    "int": ("", "x", "1.5", "1e3", "1_0", "9" * 5_000, "٣"),
    "float": ("", "x", "nan", "inf", "-inf", "1_0", "1,5"),
    "choice": ("", "none of these"),
    "Path": ("",),
    "Secret": ("",),
}
_LINES_OF_FORMATS = {
    "prometheus": re.compile(r"#.*|[a-z_][a-z0-9_]*(\{item=\"([^\"\\]|\\.)*\"\})? \S+"),
    "influx": re.compile(r"([^ \\]|\\.)+ ([^ \\]|\\.)+"),
    "graphite": re.compile(r"\S+ \S+ [0-9]+"),
}


@dataclass(frozen=True)
class Trial:
    """One thing to try: a command line, and what every method of every source does.

    usage: it must be refused as a wrong command line. says: what the line must name.
    """

    name: str
    words: tuple[str, ...]
    answer: Callable[[], object] | None = None
    hangs: bool = False
    usage: bool = False
    says: str = ""

    def objections(self, kind: type[Check]) -> list[str]:
        """What is wrong with the check's answer, one sentence each."""
        if self.hangs:
            return _judged_while_hanging(kind, self.words)
        first = _answer(kind, self)
        if isinstance(first, str):
            return [first]
        found = _judged(*first)
        outcome, _ = first
        if self.usage and (outcome.state != "UNKNOWN" or outcome.perfdata):
            found.append(f"a wrong command line is UNKNOWN without performance data, not {outcome.text()!r}")
        if self.says not in outcome.text():
            found.append(f"the line should name {self.says}: {outcome.text()!r}")
        second = _answer(kind, self)
        if isinstance(second, str) or second[0].text(2) != outcome.text(2):
            found.append("a second run in the same world says something else")
        return found


def assert_conforms(kind: type[Check]) -> None:
    """Try everything on a check. Raises AssertionError that lists each command line and what was wrong."""
    found = [
        f"{trial.name} (check {kind.title()} {shlex.join(trial.words)[:200]!a}): {objection}"
        for trial in trials(kind)
        for objection in trial.objections(kind)
    ]
    assert not found, f"{kind.__name__} does not answer as a plugin should:\n" + "\n".join(found)


def trials(kind: type[Check]) -> Iterator[Trial]:
    """All that is tried on this check."""
    valid = _valid_words(kind)
    yield Trial("no options", ())
    yield Trial("options as documented", valid)
    yield from _bad_command_lines(kind, valid)
    yield from _hostile_values(kind)
    for words in ((), ("-v",), ("-vv",), ("-vvv",), ("-vvvvv",), *(("--output", output) for output in OUTPUTS)):
        for name, answer in behaviours():
            if sources_of(kind) or name == "answers None":
                yield Trial(f"a source that {name}", (*valid, *words), answer)
    if sources_of(kind):
        yield Trial("a source that hangs", (*valid, "-t", str(_HANG_SECONDS)), hangs=True)


def _bad_command_lines(kind: type[Check], valid: tuple[str, ...]) -> Iterator[Trial]:
    has_rest = any(option.rest for option in kind.options.values())
    for word in ("--no-such-option", "--no-such=1", "-%", "---", *(f"--{text}" for text in HOSTILE)):
        yield Trial("an unknown option", (word, *valid), usage=True)
    if not has_rest:
        for word in ("stray", "-", "--", "", *HOSTILE):
            yield Trial("a stray word", (*valid, word), usage=True)
    for value in (*_BAD_TIMEOUTS, *HOSTILE):
        yield Trial("a bad timeout", ("-t", value, *valid), usage=True, says="-t")
    yield Trial("a bad format", ("--output", "xml", *valid), usage=True, says="--output")
    for option in kind.options.values():
        for flag in _flags(option):
            values = _BAD_VALUES.get(option.kind, ())
            for value in values:
                yield Trial("a bad value", (flag, value, *valid), usage=True, says=flag)
            if option.kind == "bool":
                if flag.startswith("--"):
                    yield Trial("a value for a switch", (f"{flag}=1", *valid), usage=True, says=flag)
            elif not has_rest:
                yield Trial("a missing value", (*valid, flag), usage=True, says=flag)
    for gauge in kind.gauges:
        for end in ("warning", "critical"):
            flag = f"--{gauge.replace('_', '-')}-{end}"
            for value in _BAD_RANGES:
                yield Trial("a bad range", (flag, value, *valid), usage=True, says=flag)
            for value in _GOOD_RANGES:
                yield Trial("a good range", (flag, value, *valid))


def _hostile_values(kind: type[Check]) -> Iterator[Trial]:
    """Every option that takes text gets text that would break a line."""
    valid = _valid_words(kind)
    for option in kind.options.values():
        if option.kind not in ("str", "Path"):
            continue
        for text in HOSTILE:
            words = ("--", text) if option.rest else (_flags(option)[-1], text)
            name = f"hostile text for {option.name}"
            yield Trial(name, (*_without_rest(kind, valid), *words), _answers_none)


def _answers_none() -> object:
    return None


def _without_rest(kind: type[Check], valid: tuple[str, ...]) -> tuple[str, ...]:
    return valid[: valid.index("--")] if "--" in valid else valid


def _valid_words(kind: type[Check]) -> tuple[str, ...]:
    """A command line that parses: the required options, by their examples or any value of their type."""
    words: list[str] = []
    rest: list[str] = []
    for option in kind.options.values():
        if option.rest and option.required:
            rest = ["--", *shlex.split(option.example or "word")]
        elif option.required:
            words += [_flags(option)[-1], option.example or _any_value(option)]
    return (*words, *rest)


def _any_value(option: Option) -> str:
    if option.kind == "choice":
        return option.choices[0]
    return {"int": "1", "float": "1", "Path": "/nowhere", "Secret": "CHECKWRIGHT_NO_SUCH_VARIABLE"}.get(
        option.kind, "something"
    )


def _flags(option: Option) -> tuple[str, ...]:
    if option.kind == "Secret":
        return tuple(f"{flag}{end}" for flag in option.flags if flag.startswith("--") for end in ("-file", "-env"))
    return option.flags


def _answer(kind: type[Check], trial: Trial) -> tuple[Outcome, Run] | str:
    """The outcome of one run, or what came instead of one."""
    world = Misbehaving(trial.answer or _answers_none)
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
    text = rendered(outcome, run.said.output, run.said.verbose)
    if run.said.output == "nagios":
        return objections(text, outcome.exit_code, verbose=run.said.verbose)
    found = objections(outcome.text(), outcome.exit_code)
    if run.said.output == "json":
        try:
            json.loads(text, parse_constant=_refuse_constant)
        except ValueError as error:
            found.append(f"--output json is not JSON: {error}")
        return found
    line_of_format = _LINES_OF_FORMATS[run.said.output]
    bad = [line for line in text.split("\n") if not line_of_format.fullmatch(line)]
    return [*found, *(f"--output {run.said.output} has a line that does not parse: {line!r}" for line in bad)]


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
    thread.join(_HANG_SECONDS)
    if not thread.is_alive():
        return []  # it found something to say before it asked a source
    outcome = run.overdue()
    found = objections(outcome.text(2), outcome.exit_code, verbose=2)
    if outcome.state != run.said.timeout_state:
        found.append(f"overdue, it should be {run.said.timeout_state}: {outcome.text()!r}")
    freed.set()
    thread.join(PATIENCE)
    return found + (["did not end when its source came back"] if thread.is_alive() else [])
