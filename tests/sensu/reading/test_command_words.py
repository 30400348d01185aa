"""Command lines split as a real sh splits them, or refused."""

import shutil
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sensu.reading.command_words import NeedsShell, split
from sensu.reading.token_fields import Token

SH = shutil.which("sh") or "/bin/sh"
_pieces = st.sampled_from(
    (
        *("a", "b=c", " ", "  ", "\t", "'x y'", '"x y"', "\\ ", "\\'", "'\"'", '"\'"', "''", '""', "é", "-w", "%", "="),
        *("$", "$X", "${X}", '"$X"', "'$X'", "$(", "$1", "$$", "`", '"\\`"', '"\\$"', '"\\a"', "\\\\", "\\", "'", '"'),
        *("*", "?", "[", "]", "~", "#", "|", "&", ";", "<", ">", "(", ")", "\n", "\\\n", "!", "{a,b}", "{", "}"),
        *("if", "done", ":", "."),
    )
)


def real(text: str) -> list[str] | None:
    """The words that sh gives to a program, None when it gives none or does anything else."""
    script = f'set -- {text}\nfor word in "$@"; do printf \'%s\\0\' "$word"; done'
    ran = subprocess.run([SH, "-c", script], env={"X": "1 2", "HOME": "/home/x"}, cwd="/",
                         capture_output=True, text=True, check=False)  # fmt: skip
    return ran.stdout.split("\0")[:-1] if ran.returncode == 0 else None


@settings(max_examples=300, deadline=None)
@given(st.lists(_pieces, min_size=1, max_size=7).map("".join))
@example("'a'\\''b' c")
@example('a"" ""')
@example("a\\\nb")
@example("'x y'$X'x y'")
@example("$X $X")
@example('"a\\\nb"')
def test_words_are_those_of_a_real_shell(text: str) -> None:
    try:
        line = split([f"program {text}"], {"X": ("1 2",)})
    except NeedsShell:
        return
    words = ["".join(map(str, word)) for word in line.words]
    assert ["program", *(real(text) or [])] == words


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a | b", "a pipe"),
        ("a && b", "&"),
        ("a; b", "several commands"),
        ("a > /dev/null 2>&1", "a redirection"),
        ("a $(b)", "it has \\$\\("),
        ("a `b`", "a command substitution"),
        ('a "`b`"', "a command substitution"),
        ("a $HOME", "it has \\$HOME, which the shell replaces"),
        ("a *.log", "a pattern of file names"),
        ("if true; then a; fi", "several commands"),
        ("exec a", "exec is the shell's own word"),
        ("a 'b", "not closed"),
        ('a "b', "not closed"),
        ("a \\", "ends with a backslash"),
        ("a ~/x", "home folder"),
        ("a # b", "a comment"),
        ("a {b,c}", "braces"),
        ("a\nb", "several lines"),
        ("X=1", "names no program"),
        ("", "names no program"),
    ],
)
def test_what_needs_a_shell_says_why(text: str, why: str) -> None:
    with pytest.raises(NeedsShell, match=why):
        split([text], {})


def test_a_token_is_one_value_wherever_it_stands() -> None:
    token = Token(("labels", "x"), None)
    line = split(["A=", token, " B=2 p --a=", token, " '", token, " z' \"", token, '"\n'], {})
    assert line.assigned == (("A", (token,)), ("B", ("2",)))
    assert line.words == (("p",), ("--a=", token), (token, " z"), (token,))


def test_variables_that_the_check_gives_are_their_value() -> None:
    token = Token(("labels", "x"), None)
    line = split(["p \"$CW_1\" ${B}c '$B'"], {"CW_1": (token,), "B": ("b",)})
    assert line.words == (("p",), (token,), ("bc",), ("$B",))


def test_a_value_outside_of_quotes_is_as_many_words_as_a_shell_makes_of_it() -> None:
    given = {"OPTS": ("-w 10  -c 20",), "X": ("*.log",)}
    assert split(['p $OPTS "$OPTS" -x'], given).words == (
        ("p",),
        *(("-w",), ("10",), ("-c",), ("20",)),
        ("-w 10  -c 20",),
        ("-x",),
    )
    assert split(["p '$X' \"$X\""], given).words == (("p",), ("$X",), ("*.log",))
    with pytest.raises(NeedsShell, match="outside of quotes has a pattern"):
        split(["p $X"], given)
