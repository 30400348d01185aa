"""Command lines are read as a shell reads them, or left to a shell."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkwright.worker.shell_words import words


def by_shell(line: str) -> list[str]:
    """The words as /bin/sh hands them to a program."""
    shown = subprocess.run(
        ["/bin/sh", "-c", f"exec /usr/bin/printf '%s\\0' program {line}"], capture_output=True, check=True, timeout=20
    )
    return shown.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("/opt/check load", ["/opt/check", "load"]),
        ("/opt/check", ["/opt/check"]),
        ("/opt/check  load\t-w 5 ", ["/opt/check", "load", "-w", "5"]),
        ("c --path=/ -w 50% -t 5:CRITICAL", ["c", "--path=/", "-w", "50%", "-t", "5:CRITICAL"]),
        ("c 'a b' \"c d\" e\\ f ''", ["c", "a b", "c d", "e f", ""]),
        ("c 'it'\\''s' \"a\\\"b\\c\"", ["c", "it's", 'a"b\\c']),
        ("c -w @1:2 a#b", ["c", "-w", "@1:2", "a#b"]),
    ],
)
def test_simple_commands(line: str, found: list[str]) -> None:
    assert words(line) == found


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "c a | cat",
        "c a; b",
        "c a && b",
        "c $HOME",
        'c "$HOME"',
        "c `date`",
        'c "`date`"',
        "c *",
        "c a?",
        "c [a]",
        "c ~",
        "c --home=~",
        "c # comment",
        "c > file",
        "A=b c",
        "c 'open",
        'c "open',
        "c end\\",
        "c a\nb",
        "c {a,b}",
        "! c",
        "(c)",
        "c a\0b",
    ],
)
def test_what_only_a_shell_knows(line: str) -> None:
    assert words(line) is None


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab1 -=/.:,@%#!^~+\\'\"\t$&|;<>()*?[]{}`é"), min_size=1, max_size=25))
def test_no_line_is_read_otherwise_than_a_shell_would(line: str) -> None:
    found = words(f"program {line}")
    if found is not None:
        assert found == by_shell(line)
