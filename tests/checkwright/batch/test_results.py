"""Parsing of a plugin's output."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.batch.answers import result_of
from checkwright.batch.results import Parts, Value, parts_of, values_of
from checkwright.worker.job import Answer
from tests.checkwright.batch.plans import task

OUTPUTS = {
    "one line": ("OK - fine", Parts("OK - fine", (), "")),
    "values": ("OK | a=1 b=2", Parts("OK", (), "a=1 b=2")),
    "the guidelines' example": (
        "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n/ 15272 MB (77%);\n/boot 68 MB (69%);\n"
        "/var/log 819 MB (84%); | /boot=68MB;88;93;0;98\n/home=69357MB;253404;253409;0;253414\n",
        Parts(
            "DISK OK - free space: / 3326 MB (56%);",
            ("/ 15272 MB (77%);", "/boot 68 MB (69%);", "/var/log 819 MB (84%);"),
            "/=2643MB;5948;5958;0;5968 /boot=68MB;88;93;0;98 /home=69357MB;253404;253409;0;253414",
        ),
    ),
    "a check of ours, the bar last": ("OK\nmore\nstill more | a=1;;;;", Parts("OK", ("more", "still more"), "a=1;;;;")),
    "nothing": ("", Parts("", (), "")),
}


@pytest.mark.parametrize(("output", "parts"), OUTPUTS.values(), ids=OUTPUTS)
def test_parts_of_an_output(output: str, parts: Parts) -> None:
    assert parts_of(output) == parts


def test_values() -> None:
    data = "a=1;2;3;0;10 'b c'=1.5s 'it''s'=-3% d=U;5 e=12KB;~:5;@1:2 f=1e3 g= =5 h=x i=nan j=5;a|b;1 'k=5 l=1e999"
    assert values_of(data) == (
        Value("a", 1, "", "2", "3", "0", "10"),
        Value("b c", 1.5, "s"),
        Value("it's", -3, "%"),
        Value("d", None, "", "5"),
        Value("e", 12, "KB", "~:5", "@1:2"),
        Value("f", 1000),
        Value("j", 5, "", "", "1"),
        Value("k", 5),
    )


@given(st.text())
def test_any_text_is_parsed(output: str) -> None:
    parts = parts_of(output)
    assert "\n" not in parts.summary
    for value in values_of(parts.perfdata):
        assert value.label
        assert not set(value.warn + value.crit + value.min + value.max) & set("|; '\n")


def answer(status: int, output: bytes = b"", errors: bytes = b"", *, timed_out: bool = False) -> Answer:
    return Answer(status, output, errors, started=100.0, stopped=101.5, timed_out=timed_out)


ANSWERS = {
    "an output": (answer(1 << 8, b"SMTP WARNING - slow | t=2s\n"), 1, "SMTP WARNING - slow | t=2s"),
    "bytes that are no UTF-8": (answer(0, b"caf\xe9\n"), 0, "caf�"),
    "an unknown state": (
        answer(127 << 8, b"sh: no | x"),
        3,
        "TRUE UNKNOWN: true ended with 127, which is no state of a",
    ),
    "a signal": (answer(11, b"half"), 3, "TRUE UNKNOWN: true was ended by signal 11"),
    "too long": (answer(9, timed_out=True), 3, "TRUE UNKNOWN: true did not end within 12 s and was killed"),
    "silence": (
        answer(0, b"\n", b"Traceback\noh no\n"),
        3,
        "TRUE UNKNOWN: true printed nothing on stdout, and on stderr: oh",
    ),
}


@pytest.mark.parametrize(("given", "code", "output"), ANSWERS.values(), ids=ANSWERS)
def test_every_answer_becomes_a_state_and_a_text(given: Answer, code: int, output: str) -> None:
    found = result_of(task(), given)
    assert found.code == code
    assert found.output.startswith(output)
    assert (found.started, found.seconds) == (100.0, 1.5)


# Words that a pattern could try in many ways; of any of these a quadratic reading would take hours.
@pytest.mark.parametrize("piece", ["|", "'", "a", "1", "''' ", "'a ", "=", "'' ", "a=", "1.1", "e1"])
def test_megabytes_are_parsed_in_linear_time(piece: str) -> None:
    text = piece * (2_000_000 // len(piece))
    assert values_of(f"{text} last=7") in ((Value("last", 7.0),), ())
    assert values_of(f"first=1s x={text}!9 last=7")[0] == Value("first", 1.0, "s")


def test_number_of_values_is_limited() -> None:
    assert [value.value for value in values_of("a=1 " * 20_000)] == [1.0] * 10_000
