"""A program gets the words of the plan, through Sensu's templates, `sh -c` and the environment.

The proof is independent: checkwright/testing/sensu_agent.py evaluates the templates by the rules of the language
and runs a real `sh`; it knows nothing of sensu/quote.py.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checkwright.registry.plan import Placeholder, Word
from checkwright.testing.sensu_agent import run
from checkwright.testing.sensu_tokens import substitute
from sensu import tokens
from sensu.quote import Unquotable, argv, label_key
from tests.sensu.plans import words

KNOWN = {"environment": "production", "role": "web"}

HOSTILE = (
    "a; rm -rf x",
    "$(touch pwned)",
    "`id`",
    "it's",
    '"double"',
    "'\"'\"'",
    "back\\slash",
    "two\nlines\n",
    "tab\tand  spaces ",
    "",
    "*",
    "~",
    "a=b",
    "-",
    "{{.Names}}",
    "{{{ }} }}}",
    "{",
    "}}",
    '{{ "{{" }}',
    "{{- trim -}}",
    "{{/* comment */}}",
    "$CW_1",
    "${CW_1}",
    "|&<>()#!?[]%^",
    "Größe ☃ 日本",
    "\x01\x7f\r",
    "--x={{ .labels.a }}",
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Executable that writes its arguments and environment as JSON."""
    path: Path = tmp_path_factory.mktemp("program") / "show"
    path.write_text(
        f"#!{sys.executable} -SE\n"
        "import json, os, sys\n"
        "print(json.dumps([[os.fsencode(a).decode() for a in sys.argv[1:]], dict(os.environ)]))\n"
    )
    path.chmod(0o755)
    return str(path)


def ran(
    command: tuple[Word, ...],
    *,
    labels: dict[str, str] | None = None,
    env: tuple[tuple[str, str], ...] = (),
    proxied: bool = False,
) -> tuple[list[str], dict[str, str]]:
    """Return the arguments and environment that the program got."""
    quoted = argv(command, env=env, known=KNOWN, passes=2 if proxied else 1)
    spec = {"command": quoted.command, "env_vars": list(quoted.env_vars), "timeout": 30}
    check = {"metadata": {"name": "web.show"}, "spec": spec}
    about = {"metadata": {"name": "web-1", "labels": labels or {}}, "spec": {"entity_class": "proxy"}}
    central = {
        "metadata": {"name": "central-1", "labels": {"x": "the agent's own"}},
        "spec": {"entity_class": "agent"},
    }
    event = run(check, central, proxy=about) if proxied else run(check, about)
    assert event.status == 0, event.output
    arguments, environment = json.loads(event.output)
    return arguments, environment


def values(labels: dict[str, str], word: Word) -> str:
    """Return the expected value of a word."""
    known = KNOWN | {"host": "web-1", "address": labels["cw_address"]}
    return "".join(
        part if isinstance(part, str) else known.get(part.name) or labels[label_key(part.name.removeprefix("label."))]
        for part in word
    )


@pytest.mark.parametrize("proxied", [False, True])
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_argument_arrives(program: str, text: str, proxied: bool) -> None:
    arguments, _ = ran(words(program, text, "end"), proxied=proxied)
    assert arguments == [text, "end"]


@pytest.mark.parametrize("proxied", [False, True])
@pytest.mark.parametrize("text", [text for text in HOSTILE if text and "{{" not in text], ids=ascii)
def test_hostile_label_arrives(program: str, text: str, proxied: bool, tmp_path: Path) -> None:
    word = ("https://", Placeholder("label.x"), "/y z")
    arguments, environment = ran(words(program, word), labels={"x": text}, proxied=proxied)
    assert arguments == [f"https://{text}/y z"]
    assert environment["CW_1"] == text


def test_label_with_braces_arrives_if_it_is_substituted_once(program: str) -> None:
    assert ran(words(program, (Placeholder("label.x"),)), labels={"x": "{{ .name }}"})[0] == ["{{ .name }}"]


@pytest.mark.parametrize("proxied", [False, True])
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_variable_arrives(program: str, text: str, proxied: bool) -> None:
    _, environment = ran(words(program), env=(("NAME", text), ("PATH", "/only:/this")), proxied=proxied)
    assert environment["NAME"] == text
    assert environment["PATH"] == "/only:/this"


characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
# Many braces and quotes, which mean something in both languages.
text = st.text(st.one_of(st.sampled_from("{}'\"$`\\ \n;"), characters), max_size=12).filter(
    lambda drawn: tokens.NO_VALUE not in drawn
)
label_value = text.filter(lambda drawn: drawn != "" and "{{" not in drawn)
label_name = st.text(st.one_of(st.sampled_from('ab.-_"\\ {'), characters), min_size=1, max_size=6).filter(
    # Label keys that the rules allow: not reserved, and of the same length in lower case.
    lambda name: not label_key(name).startswith("cw_") and label_key(name) == name
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(data=st.data(), labels=st.dictionaries(label_name, label_value, max_size=3), proxied=st.booleans())
def test_any_command_arrives_unchanged(program: str, data: Any, labels: dict[str, str], proxied: bool) -> None:
    labels = labels | {"cw_address": data.draw(label_value)}
    names = [
        "host",
        "address",
        "role",
        "environment",
        *(f"label.{key}" for key in labels if key != "cw_address"),
    ]
    part = st.one_of(text, st.builds(Placeholder, st.sampled_from(names)))
    command = data.draw(st.lists(st.lists(part, max_size=4).map(tuple), max_size=5))
    arguments, _ = ran(((program,), *command), labels=labels, proxied=proxied)
    assert arguments == [values(labels, word) for word in command]


@settings(max_examples=300, deadline=None)
@given(text=text, passes=st.integers(1, 3))
@example(text="{{{{{{", passes=3)
@example(text="{{ `", passes=2)
def test_literal_text_survives_substitution(text: str, passes: int) -> None:
    result = tokens.literal(text, passes)
    assert tokens.error(result) == ""
    for _ in range(passes):
        result = substitute(result, {"name": "web-1", "labels": {}})
    assert result == text


@settings(max_examples=300, deadline=None)
@given(key=label_name, value=label_value)
def test_token_finds_any_label(key: str, value: str) -> None:
    assert substitute(tokens.label(key), {"labels": {key: value}}) == value


@pytest.mark.parametrize(
    ("key", "token"),
    [
        ("port", "{{ .labels.port }}"),
        ("a-b.c", '{{ index .labels "a-b.c" }}'),
        ("1st", '{{ index .labels "1st" }}'),
        ('say "hi"', '{{ index .labels "say \\x22hi\\x22" }}'),
    ],
)
def test_token_of_a_label(key: str, token: str) -> None:
    assert tokens.label(key) == token


def test_word_with_text_and_placeholders_is_readable() -> None:
    word: Word = (
        "https://",
        Placeholder("address"),
        ":",
        Placeholder("label.Port"),
        "/",
        Placeholder("address"),
    )
    quoted = argv(((("/bin/check"),), word), known=KNOWN)
    assert quoted.command == """/bin/check 'https://'"$CW_1"':'"$CW_2"'/'"$CW_1\""""
    assert quoted.env_vars == ("CW_1={{ .labels.cw_address }}", "CW_2={{ .labels.port }}")


def test_harmless_words_stay_unquoted() -> None:
    quoted = argv(words("/bin/check", "disk", "-p", "/srv", "--space-warning=80", "10:20"), known=KNOWN)
    assert quoted.command == "/bin/check disk -p /srv --space-warning=80 10:20"


def test_executable_with_a_space_is_quoted(program: str, tmp_path: Path) -> None:
    spaced = tmp_path / "my check"
    spaced.symlink_to(program)
    assert ran(words(str(spaced), "a"))[0] == ["a"]


def test_empty_word_is_an_argument(program: str) -> None:
    assert ran(((program,), (), ("",)))[0] == ["", ""]


@pytest.mark.parametrize(
    ("command", "env", "message"),
    [
        (words("check"), (), "the executable is check, not an absolute path"),
        ((), (), "the executable is missing, not an absolute path"),
        (((Placeholder("host"),),), (), 'the executable is "$CW_1", not an absolute path'),
        (words("/x", "a\0b"), (), "'a\\x00b' contains a NUL character, which no program accepts"),
        (
            words("/x", "<no value>"),
            (),
            '"<no value>" contains <no value>, Sensu\'s mark of a token without a value',
        ),
        (words("/x", "\ud800"), (), "'\\ud800' is not valid Unicode"),
        (words("/x", (Placeholder("site"),)), (), "{site} is not a placeholder of a host"),
        (words("/x"), (("A B", "c"),), '"A B" is not a valid name of an environment variable'),
        (
            words("/x"),
            (("CW_1", "c"),),
            "the environment variable CW_1 begins with CW_, which is reserved for placeholders",
        ),
        (words("/x"), (("A", "\0"),), "'\\x00' contains a NUL character, which no program accepts"),
    ],
)
def test_unquotable_text_says_why(command: tuple[Word, ...], env: tuple[tuple[str, str], ...], message: str) -> None:
    with pytest.raises(Unquotable) as raised:
        argv(command, env=env, known=KNOWN)
    assert str(raised.value) == message
