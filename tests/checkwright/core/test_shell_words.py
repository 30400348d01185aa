"""Command lines are split as real shells split them, or refused with the reason."""

import shutil
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checkwright.core.shell_words import Malformed, RequiresShell, argv, parse

SHELLS = [found for name in ("sh", "bash", "dash") if (found := shutil.which(name))]
PIECES = st.sampled_from(
    (
        *("a", "b=c", " ", "  ", "\t", "'x y'", '"x y"', "\\ ", "\\'", "'\"'", '"\'"', "''", '""', "é", "-w", "%", "="),
        *("$", "$X", "${X}", '"$X"', "'$X'", "$(", "$1", "$$", "`", '"\\`"', '"\\$"', '"\\a"', "\\\\", "\\", "'", '"'),
        *(
            "*",
            "?",
            "[",
            "]",
            "~",
            "#",
            "|",
            "&",
            ";",
            "<",
            ">",
            "(",
            ")",
            "\n",
            "\\\n",
            "!",
            "{a,b}",
            "{",
            "}",
            "{a}",
            "{1..3}",
        ),
        *("if", "done", ":", ".", "^", "@1:2", "+", "50%", "\r"),
    )
)
CHARACTERS = st.text(st.sampled_from("ab1 -=/.:,@%#!^~+\\'\"\t$&|;<>()*?[]{}`é\n"), min_size=1, max_size=25)


def words_in(shell: str, text: str) -> list[str] | None:
    """Return the words that a shell gives to a program, None if it gives none or does anything else."""
    script = f'set -- {text}\nfor word in "$@"; do printf \'%s\\0\' "$word"; done'
    environment = {"X": "1 2", "HOME": "/home/x", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([shell, "-c", script], env=environment, cwd="/", capture_output=True, timeout=20)
    return done.stdout.decode().split("\0")[:-1] if done.returncode == 0 else None


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=7).map("".join) | CHARACTERS)
@example("'a'\\''b' c")
@example('a"" ""')
@example("a\\\nb")
@example("'x y'$X'x y'")
@example("$X $X")
@example("$X$")
@example('"a\\\nb"')
@example("a\\ b 'c d' \"e\\\"f\\a\" ''")
@example('"$"')
@example("a$ b")
@example("--home=~")
def test_words_are_those_of_every_shell(text: str) -> None:
    try:
        line = parse(f"program {text}", {"X": ("1 2",)})
    except RequiresShell:
        return
    words = ["".join(map(str, word)) for word in line.words]
    for shell in SHELLS:
        assert ["program", *(words_in(shell, text) or [])] == words, shell


WORDS = {
    "a program": ("/opt/check", ["/opt/check"]),
    "a word": ("/opt/check load", ["/opt/check", "load"]),
    "blanks": ("/opt/check  load\t-w 5 ", ["/opt/check", "load", "-w", "5"]),
    "blank lines": ("\n/opt/check load\n", ["/opt/check", "load"]),
    "plain characters": ("c --path=/ -w 50% -t 5:CRITICAL", ["c", "--path=/", "-w", "50%", "-t", "5:CRITICAL"]),
    "plain characters within a word": ("c -w @1:2 a#b a~b x! ^", ["c", "-w", "@1:2", "a#b", "a~b", "x!", "^"]),
    "quotes": ("c 'a b' \"c d\" e\\ f ''", ["c", "a b", "c d", "e f", ""]),
    "quotes in quotes": ("c 'it'\\''s' \"a\\\"b\\c\"", ["c", "it's", 'a"b\\c']),
    "quotes within a word": ("/x a'b'\"c\"", ["/x", "abc"]),
    "a plain dollar": ("/x '$1' \"a $ b\" a$", ["/x", "$1", "a $ b", "a$"]),
    "braces that no shell expands": ("/x {host} {{a}} {} a{b", ["/x", "{host}", "{{a}}", "{}", "a{b"]),
    "a line that continues": ("/x a\\\nb", ["/x", "ab"]),
}


@pytest.mark.parametrize(("text", "words"), WORDS.values(), ids=WORDS)
def test_words_of_a_simple_command(text: str, words: list[str]) -> None:
    assert argv(text) == words


REASONS = {
    "a | b": "a pipe",
    "/x | y": "a pipe",
    "a && b": "an &",
    "/x &": "an &",
    "a; b": "several commands",
    "a > /dev/null 2>&1": "a redirection",
    "a $(b)": r"it has \$\(",
    "(c)": "a subshell",
    "a `b`": "a command substitution",
    'a "`b`"': "a command substitution",
    "a $HOME": r"it has \$HOME, which the shell replaces",
    'a "$HOME"': r"it has \$HOME, which the shell replaces",
    "a $1": r"it has \$1, which the shell replaces",
    "a *.log": "a pattern of file names",
    "a a?": "a pattern of file names",
    "a [a]": "a pattern of file names",
    "if true; then a; fi": "several commands",
    "exec a": "exec is a word of the shell",
    "! c": "! is a word of the shell",
    "a ~/x": "a home folder",
    "c ~": "a home folder",
    "c --home=~": "a home folder",
    "a # b": "a comment",
    "a {b,c}": "braces",
    "a x{1..3}": "braces",
    "a\nb": "several lines",
    "a b\0": "a NUL character",
    "a 'b\0'": "a NUL character",
    "X=1": "names no program",
    "": "names no program",
    "   ": "names no program",
    "A=b c": "sets a variable in front of the program",
}
MALFORMED = {
    "c 'open": "a single quote is not closed",
    'c "open': "a double quote is not closed",
    "c end\\": "a backslash ends it",
}


@pytest.mark.parametrize(("text", "reason"), (REASONS | MALFORMED).items())
def test_line_that_needs_a_shell_names_the_reason(text: str, reason: str) -> None:
    with pytest.raises(RequiresShell, match=reason) as caught:
        argv(text)
    assert isinstance(caught.value, Malformed) == (text in MALFORMED)


def test_opaque_value_is_one_value_in_any_place() -> None:
    token = object()
    line = parse(["A=", token, " B=2 p --a=", token, " '", token, " z' \"", token, '"\n'])
    assert line.assigned == (("A", (token,)), ("B", ("2",)))
    assert line.words == (("p",), ("--a=", token), (token, " z"), (token,))


def test_given_variables_are_replaced() -> None:
    token = object()
    line = parse("p \"$CW_1\" ${B}c '$B'", {"CW_1": (token,), "B": ("b",)})
    assert line.words == (("p",), (token,), ("bc",), ("$B",))


def test_variable_outside_of_quotes_is_split_at_blanks() -> None:
    variables = {"OPTS": ("-w 10  -c 20",), "X": ("*.log",)}
    assert parse('p $OPTS "$OPTS" -x', variables).words == (
        ("p",),
        *(("-w",), ("10",), ("-c",), ("20",)),
        ("-w 10  -c 20",),
        ("-x",),
    )
    assert parse("p '$X' \"$X\"", variables).words == (("p",), ("$X",), ("*.log",))
    with pytest.raises(RequiresShell, match="outside of quotes has a pattern"):
        parse("p $X", variables)
