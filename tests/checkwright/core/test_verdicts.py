"""Verdicts: words and their states."""

import pytest

from checkwright import Check, Metrics, verdict, word
from checkwright.core.errors import DeclarationError
from checkwright.core.outcome import Outcome
from checkwright.core.run import run
from checkwright.core.world import World


def judge(word: object, declared: dict[str, object], hint: str = "") -> Outcome:
    """Run a check with one verdict, `status`, and return its outcome for a word."""

    class Probe(Check):
        status = verdict("Status", **declared)  # type: ignore[arg-type]

        def probe(self) -> Metrics:
            yield self.status(word, hint=hint)  # type: ignore[arg-type]

    return run(Probe, [], World(sealed=True))


OPEN: dict[str, object] = {"ok": ["up"], "warn": ["degraded"]}
CLOSED: dict[str, object] = {**OPEN, "crit": ["down"]}


@pytest.mark.parametrize(
    ("declared", "word", "state"),
    [
        (OPEN, "up", "OK"),
        (OPEN, "degraded", "WARNING"),
        (OPEN, "anything", "CRITICAL"),
        (OPEN, "UP", "CRITICAL"),
        (OPEN, "", "CRITICAL"),
        (OPEN, None, "UNKNOWN"),
        (CLOSED, "down", "CRITICAL"),
        (CLOSED, "anything", "UNKNOWN"),
        ({**OPEN, "missing": "ok"}, None, "OK"),
    ],
)
def test_word_has_its_declared_state(declared: dict[str, object], word: str | None, state: str) -> None:
    outcome = judge(word, declared)
    assert outcome.state == state
    assert outcome.summary == ("Status has no value" if word is None else f"Status {word}".rstrip())
    assert outcome.perfdata == ()


def test_hint_is_in_brackets_and_keeps_to_one_line() -> None:
    outcome = judge("down\n|x=1", OPEN, hint="since\n9|30")
    assert outcome.text() == "PROBE CRITICAL: Status down \u00a6x=1 (since 9\u00a630)"


@pytest.mark.parametrize("word", [5, True, ["up"]])
def test_value_that_is_not_a_word_is_a_defect_of_the_check(word: object) -> None:
    outcome = judge(word, OPEN)
    assert outcome.state == "UNKNOWN"
    assert f"status got {word!r}, which is not a word" in outcome.summary


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"ok": ["up"], "warn": ["up"]}, "a word has two meanings"),
        ({"ok": ["up"], "crit": ["up"]}, "a word has two meanings"),
        ({"ok": [], "missing": "zero"}, "missing='zero' is none of unknown, ok"),
    ],
)
def test_a_bad_declaration_is_refused(declared: dict[str, object], message: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        verdict("Status", **declared)  # type: ignore[arg-type]
    assert str(raised.value) == f"verdict('Status'): {message}"


def test_a_verdict_named_at_run_time() -> None:
    class Probe(Check):
        def probe(self) -> Metrics:
            yield word("db", "ready", ok=["ready"], of="main", label="Database")
            yield word("cache", "cold", ok=["warm"], warn=["cold"], hint="restarted")

    outcome = run(Probe, [], World(sealed=True))
    assert [(line.state, line.text) for line in outcome.lines] == [
        ("OK", "Database main ready"),
        ("WARNING", "cache cold (restarted)"),
    ]
