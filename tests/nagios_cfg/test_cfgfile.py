import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.registry.plan import Origin
from nagios_cfg.cfgfile import Unreadable, dumps, loads, notes, one_line
from nagios_cfg.objects import Definition
from tests.nagios_cfg import readers

VALUE = (
    st.text(st.characters(codec="utf-8", exclude_characters="\n\0") | st.sampled_from("\\;#} "))
    .map(str.strip)
    .filter(bool)
)
DEFINITION = st.builds(
    Definition,
    st.just("host"),
    st.fixed_dictionaries({"host_name": st.sampled_from(("web-1", "a b"))}, optional={"alias": VALUE, "_X": VALUE}),
    st.none() | st.builds(Origin, st.sampled_from(("shop/fleet/a.py", "a b:3.py")), st.integers(1, 9999)),
    st.lists(st.sampled_from(("why: it is so", "# twice", "declared somewhere")), max_size=2).map(tuple),
)


@given(st.lists(DEFINITION, max_size=4), st.lists(st.just("Made by checkwright"), max_size=2))
def test_what_is_written_is_read_back(definitions: list[Definition], heading: list[str]) -> None:
    located = loads(dumps(definitions, heading))
    assert [item.definition for item in located] == definitions


@given(VALUE)
def test_nagios_reads_the_value_that_was_meant(value: str) -> None:
    text = dumps([Definition("host", {"host_name": "a", "alias": value})])
    assert readers.nagios_reads(text, "alias") == value


def test_lines_are_those_of_the_opening() -> None:
    text = dumps([Definition("host", {"host_name": name}, Origin("f.py", 3)) for name in "ab"], ["heading"])
    lines = text.split("\n")
    assert [lines[item.line - 1] for item in loads(text)] == ["define host {"] * 2


def test_an_origin_variable_needs_no_comment() -> None:
    text = dumps([Definition("host", {"host_name": "a", "_ORIGIN": "f.py:3"}, Origin("f.py", 3))])
    assert "declared at" not in text
    assert loads(text)[0].definition.origin == Origin("f.py", 3)


def test_comments_of_a_foreign_hand_are_read_over() -> None:
    text = "define host { \n  host_name a ; the first\n\n # inside\n}\n"
    assert loads(text)[0].definition.settings == {"host_name": "a"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\nhost_name a\n", 2, "neither a comment nor the start"),
        ("# x\ndefine host {\n  host_name a\n", 2, "never closed"),
        ("define host {\n  host_name a;b\n}\ndefine hist {\n}\n", 4, "no kind of object 'hist'"),
        ("define host {\n}\n", 1, "a host has no host_name"),
        ("define host {\n  host_name a,b\n}\n", 1, "holds ','"),
        ("define host {\n  host_name a\n  alias\n}\n", 1, "has alias ''"),
    ],
)
def test_files_that_cannot_be_read(text: str, line: int, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as raised:
        loads(text)
    assert raised.value.line == line


def test_texts_for_people() -> None:
    assert one_line(" two\n\tlines ") == "two lines"
    assert one_line("a\0b\udc80") == "a b?"
    assert notes("costs $5\nor $HOSTNAME$") == "costs $$5 or $$HOSTNAME$$"
