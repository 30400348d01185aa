"""Tests of quoting: arguments pass Core's tokens (client.py, written independently) and a real `sh` unchanged."""

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checkwright.registry.plan import Placeholder, Word
from sensu.core1.quote import command, label_key, token, value_error
from sensu.quote import Unquotable
from tests.sensu.core1.client import Unmatched, run, substitute
from tests.sensu.plans import words

KNOWN = {"environment": "production", "role": "web"}
HOSTILE = (
    "a; rm -rf x",
    "$(touch pwned)",
    "`id`",
    '"double"',
    "back\\slash",
    "\\1 \\0 \\'"[:-1],
    "tab\tand  spaces ",
    "",
    "*",
    "~",
    "a=b",
    "{{.Names}}",
    "::",
    "a:",
    "|default",
    "$HOME ${X}",
    "&<>()#!?[]%^",
    "\x01\x7f\r",
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Executable that writes its arguments and two variables as JSON."""
    path: Path = tmp_path_factory.mktemp("program") / "show"
    path.write_text(
        f"#!{sys.executable} -SE\n"
        "import json, os, sys\n"
        "print(json.dumps([[os.fsencode(a).decode() for a in sys.argv[1:]], os.environ.get('NAME')]))\n"
    )
    path.chmod(0o755)
    return str(path)


def ran(line: str, values: dict[str, str], *, twice: bool) -> list[Any]:
    about = {"name": "web-1", "address": "10.0.0.1", "labels": {label_key(key): one for key, one in values.items()}}
    if twice:
        return run({"command": line}, {"name": "central-1", "labels": {"x": "the client's own"}}, proxied=about)
    return run({"command": line}, about)


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("text", (*HOSTILE, ":::name:::", "::::a:::|b:::::", "it's", "two\nlines\n"), ids=ascii)
def test_hostile_literal_arrives(program: str, text: str, twice: bool) -> None:
    line = command(words(program, text, f"--x={text}"), env=(("NAME", text),), known=KNOWN)
    assert ran(line, {}, twice=twice) == [[text, f"--x={text}"], text]


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_value_arrives(program: str, text: str, twice: bool) -> None:
    assert value_error("label.x", text, twice=twice) == ""
    line = command(words(program, ("::", Placeholder("label.x"), ":'"), (Placeholder("label.x"),)), known=KNOWN)
    assert ran(line, {"x": text}, twice=twice)[0] == [f"::{text}:'", text]


def test_value_outside_ascii_arrives_if_it_is_substituted_once(program: str) -> None:
    line = command(words(program, (Placeholder("label.x"),)), known=KNOWN)
    assert ran(line, {"x": "Größe ☃"}, twice=False)[0] == ["Größe ☃"]


ascii_text = st.text(st.one_of(st.sampled_from(":|'\"$`\\ \n;"), st.characters(min_codepoint=1, max_codepoint=127)))
any_value = st.text(st.one_of(st.sampled_from(":|'\"$\\ \n;"), st.characters(exclude_categories=["Cs"])), max_size=8)
label_name = st.text(st.sampled_from("abAB.-_ 1:|"), min_size=1, max_size=5)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(data=st.data(), labels=st.dictionaries(label_name, any_value, max_size=3), twice=st.booleans())
def test_any_command_arrives_or_is_refused(program: str, data: Any, labels: dict[str, str], twice: bool) -> None:
    kept = {label_key(key): key for key in labels}
    usable = {key: labels[key] for key in kept.values() if not value_error(f"label.{key}", labels[key], twice=twice)}
    names = ["host", "address", "role", "environment", *(f"label.{key}" for key in usable)]
    part = st.one_of(ascii_text.map(lambda text: text[:10]), st.builds(Placeholder, st.sampled_from(names)))
    drawn: list[Word] = data.draw(st.lists(st.lists(part, max_size=4).map(tuple), max_size=4))
    values = KNOWN | {"host": "web-1", "address": "10.0.0.1"} | {f"label.{key}": one for key, one in usable.items()}
    expected = ["".join(one if isinstance(one, str) else values[one.name] for one in word) for word in drawn]
    assert ran(command(((program,), *drawn), known=KNOWN), usable, twice=twice)[0] == expected


@settings(max_examples=200, deadline=None)
@given(value=any_value)
@example(value="'; touch pwned; '")
@example(value="a:::name:::")
def test_accepted_values_never_break_out_of_their_quotes(value: str) -> None:
    line = "'" + token("label.x") + "'"
    if value_error("label.x", value, twice=True):
        return
    once = substitute(line, {"labels": {"x": value}})
    assert substitute(once, {}) == f"'{value}'"
    assert "'" not in value


@pytest.mark.parametrize(
    ("placeholder", "value", "twice", "why"),
    [
        ("label.x", "it's", False, "contains a single quote, which could break out of the quotes around it"),
        ("label.x", "a\nb", False, "contains a line break, which could break out of the quotes around it"),
        ("address", "a:::b", False, "contains :::, which could break out of the quotes around it"),
        ("label.x", "a\0b", False, "contains a NUL character, which could break out of the quotes around it"),
        ("label.x", "\ud800", False, "is not valid Unicode"),
        (
            "label.x",
            "Größe",
            True,
            "contains characters outside ASCII, which Sensu Core drops in the second substitution",
        ),
        (
            "label.community",
            "public",
            True,
            "has a name that clients hide from the server, so the command would contain REDACTED",
        ),
        ("label.community", "public", False, ""),
    ],
)
def test_refused_value_says_why(placeholder: str, value: str, twice: bool, why: str) -> None:
    assert value_error(placeholder, value, twice=twice) == why


@pytest.mark.parametrize(
    ("line", "env", "message"),
    [
        (words("check"), (), "the executable is check, not an absolute path"),
        ((), (), "the executable is missing, not an absolute path"),
        (words("/x", "a\0b"), (), "'a\\x00b' contains a NUL character, which no program accepts"),
        (
            words("/x", "Größe"),
            (),
            "'Gr\\xf6\\xdfe' contains characters outside ASCII, which Sensu Core drops from every command",
        ),
        (words("/x", (Placeholder("site"),)), (), "{site} is not a placeholder of a host"),
        (words("/x"), (("A B", "c"),), '"A B" is not a valid name of an environment variable'),
    ],
)
def test_unquotable_text_says_why(line: tuple[Word, ...], env: tuple[tuple[str, str], ...], message: str) -> None:
    with pytest.raises(Unquotable) as raised:
        command(line, env=env, known=KNOWN)
    assert str(raised.value) == message


def test_interpreter_knows_defaults_and_missing_values() -> None:
    assert substitute(":::a.b|x|y::: :::c|:::.", {"a": {}}) == "x|y ."
    with pytest.raises(Unmatched):
        substitute(":::a.b:::", {"a": {"c": 1}})
