"""Verdicts: words and their states."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright import Check, Metrics, option, verdict, word
from checkwright.core.argv import parse
from checkwright.core.errors import DeclarationError
from checkwright.core.help import manual
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
        ({**CLOSED, "other": "critical"}, "anything", "CRITICAL"),
        ({**OPEN, "other": "unknown"}, "anything", "UNKNOWN"),
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
        ({"ok": [], "other": "warn"}, "other='warn' is not one of critical, unknown"),
        ({"ok": [], "missing": "zero"}, "missing='zero' is not one of unknown, ok"),
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


class Proxy(Check):
    """A proxy with the states of its servers."""

    server = verdict("Server", ok=["UP"], warn=["DRAIN"], crit=["DOWN", "MAINT"], other="critical")
    link = verdict("Link", ok=["full duplex"])

    def probe(self) -> Metrics:
        yield self.server("MAINT", of="web1")
        yield self.server("DOWN", of="db1")
        yield self.link("half duplex")


def states(*words: str) -> dict[str, str]:
    """Return the state of each line of the proxy by its text."""
    outcome = run(Proxy, words, World(sealed=True))
    return {line.text: line.state for line in outcome.lines}


WEB, DB, LINK = "Server web1 MAINT", "Server db1 DOWN", "Link half duplex"


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ((), {}),
        (("--server-ok", "MAINT"), {WEB: "OK"}),
        (("--server-ok=MAINT", "--server-warning=DOWN"), {WEB: "OK", DB: "WARNING"}),
        # Words that no flag names keep their meaning, and so do other cases and other verdicts.
        (("--server-ok", "maint", "--link-ok", "DOWN"), {}),
        (("--server-ok", "web*=MAINT", "--server-ok", "web*=DOWN"), {WEB: "OK"}),
        (("--server-ok", "db1=DOWN"), {DB: "OK"}),
        # The last match wins, across all flags of the verdict.
        (("--server-ok", "MAINT", "--server-warning", "web1=MAINT"), {WEB: "WARNING"}),
        (("--server-warning", "web1=MAINT", "--server-ok", "MAINT"), {WEB: "OK"}),
        (("--server-ok", "DOWN", "--server-critical", "DOWN"), {}),
        (("--link-warning", "half duplex"), {LINK: "WARNING"}),
    ],
)
def test_flags_change_the_meaning_of_words(words: tuple[str, ...], changed: dict[str, str]) -> None:
    assert states(*words) == {WEB: "CRITICAL", DB: "CRITICAL", LINK: "CRITICAL"} | changed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--server-ok", ""), "--server-ok: a word is empty; write ITEM=WORD or WORD"),
        (("--server-ok", "=MAINT"), "--server-ok: '=MAINT' names no item before '='; write ITEM=WORD or WORD"),
        (("--server-warning", "web="), "--server-warning: a word is empty; write ITEM=WORD or WORD"),
        (("--server-warn", "DOWN"), "unknown option --server-warn, did you mean --server-warning; see --help"),
        (("--server-critical",), "--server-critical needs a value"),
    ],
)
def test_a_bad_word_is_a_usage_error(words: tuple[str, ...], message: str) -> None:
    outcome = run(Proxy, words, World(sealed=True))
    assert (outcome.state, outcome.summary) == ("UNKNOWN", message)


def test_the_deciding_flag_is_shown_at_vv() -> None:
    text = run(Proxy, ["--server-ok", "MAINT"], World(sealed=True)).text(2)
    assert "OK: Server web1 MAINT [by --server-ok]" in text
    assert "CRITICAL: Server db1 DOWN\n" in text + "\n"


def test_a_meaning_of_a_registry_holds_its_words_and_its_line() -> None:
    meaning = Proxy.server.meaning("web*", ok=("MAINT",), warn=["DOWN"])
    assert (meaning.check, meaning.verdict, meaning.items) == (Proxy, "server", "web*")
    assert meaning.words() == (("MAINT", "ok"), ("DOWN", "warn"))
    assert (meaning.file, meaning.line > 0) == (__file__, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs words: ok=, warn= or crit="),
        ({"ok": "MAINT"}, "ok='MAINT' is no tuple of words: write ok=('MAINT',)"),
        ({"ok": ("MAINT",), "crit": ("MAINT",)}, "a word has two meanings"),
        ({"ok": ("",)}, "ok: a word is empty"),
        ({"ok": (3,)}, "ok: 3 is not a word"),
        ({"ok": ("a=b",)}, "ok: 'a=b' contains '=', which ends the name of an item"),
        ({"ok": ("a\0",)}, "ok: 'a\\x00' contains a control character"),
        (
            {"items": ("MAINT",), "ok": ("x",)},
            "('MAINT',) is no pattern over items: write one as text, or words as ok=",
        ),
    ],
)
def test_a_bad_meaning_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        Proxy.server.meaning(**arguments)  # type: ignore[arg-type]
    assert str(raised.value).removeprefix("Proxy.server.meaning()").lstrip(": ") == message


@given(st.text(min_size=1), st.text())
def test_any_word_of_a_registry_is_read_back_from_a_command_line(text: str, items: str) -> None:
    try:
        meaning = Proxy.server.meaning(items, ok=(text,))
    except DeclarationError:
        assert "=" in text or "\n" in text or "\0" in text + items
        return
    value = f"{meaning.items}={text}" if meaning.items else text
    if not items and "=" in value:
        return
    read = parse(Proxy, ["--server-ok", value]).meanings
    assert read == {"server": [(items, text, "ok")]}


def test_an_option_with_the_flag_of_a_verdict_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"Twice\.state_ok: the flag --state-ok is taken by the verdict state"):

        class Twice(Check):
            state = verdict("State", ok=["up"])
            state_ok: bool = option("Be content", default=False)


def test_help_names_the_flags_and_the_words() -> None:
    text = manual(Proxy)
    assert "verdicts, each with --NAME-ok, --NAME-warning and --NAME-critical [ITEM=]WORD, repeatable:" in text
    assert "--server-..." in text
    assert "Server (ok: UP; warning: DRAIN; critical: DOWN, MAINT and any other word)" in text
    assert "Link (ok: full duplex; critical: any other word)" in text
