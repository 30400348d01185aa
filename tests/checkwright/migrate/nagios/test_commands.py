"""Command lines of Nagios as argv: what a real shell would hand over, or a word about why not."""

import json
import shlex
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checkwright.migrate.nagios import shell_line

PRINT = "import json, sys; print(json.dumps(sys.argv[1:]))"
SIGNS = st.text("ab1 \t'\"\\$`|&;<>()*?[]{}~#!=-./", max_size=25)


def handed_over(text: str) -> list[str] | None:
    """What /bin/sh hands over for these words; None when it cannot read them."""
    line = f"{sys.executable} -S -c {shlex.quote(PRINT)} {text}"
    ran = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, timeout=30)
    if ran.returncode:
        return None
    found: list[str] = json.loads(ran.stdout)
    return found


@settings(max_examples=120, deadline=None)
@given(SIGNS)
@example("a\\ b 'c d' \"e\\\"f\\a\" ''")
@example('"$"')
@example("a$ b")
def test_what_is_split_is_split_as_a_shell_does(text: str) -> None:
    try:
        words = shell_line.argv(f"/x {text}")
    except (shell_line.NeedsShell, shell_line.Broken):
        return
    assert words[1:] == handed_over(text)


WORDS = {
    "plain": ("/x -a b", ["/x", "-a", "b"]),
    "quotes": ("/x 'a b' \"c d\" e\\ f", ["/x", "a b", "c d", "e f"]),
    "empty": ("/x '' \"\"", ["/x", "", ""]),
    "together": ("/x a'b'\"c\"", ["/x", "abc"]),
    "dollar": ("/x '$1' \"a $ b\"", ["/x", "$1", "a $ b"]),
    "tilde and hash inside": ("/x a~b a#b", ["/x", "a~b", "a#b"]),
}
NEEDS = (
    "/x | y",
    "/x > y",
    "/x; y",
    "/x $(y)",
    "/x `y`",
    "/x $HOME",
    '/x "$HOME"',
    "/x *.cfg",
    "A=1 /x",
    "/x &",
    "/x ~",
)
BROKEN = ("/x 'a", '/x "a', "/x a\\")


@pytest.mark.parametrize(("text", "words"), WORDS.values(), ids=WORDS)
def test_words(text: str, words: list[str]) -> None:
    assert shell_line.argv(text) == words


@pytest.mark.parametrize("text", NEEDS)
def test_what_only_a_shell_can_do(text: str) -> None:
    with pytest.raises(shell_line.NeedsShell):
        shell_line.argv(text)


@pytest.mark.parametrize("text", BROKEN)
def test_what_no_shell_can_read(text: str) -> None:
    with pytest.raises(shell_line.Broken):
        shell_line.argv(text)


MARK = "\U000f0000"


@pytest.mark.parametrize(
    "text",
    [
        f"printf %s {MARK}",
        f"printf %s '{MARK}'",
        f'printf %s "{MARK}"',
        f"printf %s 'a {MARK} b'",
        f'printf "%s|" "a {MARK}" b | cat',
        f"printf %s \\\\{MARK}",
        f"printf %s '\"'{MARK}'\"'",
    ],
)
@pytest.mark.parametrize("value", ["127.0.0.1", "$(touch /tmp/never)", "a b", "'", '"; exit 3; "', "*", "\\"])
def test_a_value_in_a_script_is_an_argument_and_never_text(text: str, value: str) -> None:
    script, used = shell_line.script(text, MARK)
    assert used == [MARK]
    ran = subprocess.run(["/bin/sh", "-c", script, "sh", value], capture_output=True, text=True, timeout=30)
    # The same with a value that no shell would read in any way.
    tame = subprocess.run(["/bin/sh", "-c", text.replace(MARK, "VALUE")], capture_output=True, text=True, timeout=30)
    assert ran.returncode == 0
    assert ran.stdout == tame.stdout.replace("VALUE", value)


def test_a_value_beside_a_command_within_a_command_is_refused() -> None:
    with pytest.raises(shell_line.NeedsShell):
        shell_line.script(f"echo $(cat {MARK})", MARK)
    assert shell_line.script("echo $(cat /dev/null)", MARK) == ("echo $(cat /dev/null)", [])
