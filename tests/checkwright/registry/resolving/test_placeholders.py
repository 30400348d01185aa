"""Tests of placeholders. Anything else in braces is literal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.core.options import FromHost
from checkwright.registry.plan import Placeholder, Word
from checkwright.registry.resolving.placeholders import is_of_a_host, literal, names_in, unknown, word

HOST, PORT = Placeholder("host"), Placeholder("label.port")

READ: dict[str, Word] = {
    "": ("",),
    "plain": ("plain",),
    "{host}": (HOST,),
    "https://{address}:{label.port}/": ("https://", Placeholder("address"), ":", PORT, "/"),
    "{host}{host}": (HOST, HOST),
    "{{host}}": ("{host}",),
    "{{host}}-{host}": ("{host}-", HOST),
    "{{{host}}}": ("{{host}}",),
    '{"a": {"b": 1}}': ('{"a": {"b": 1}}',),
    "[0-9]{2,3}": ("[0-9]{2,3}",),
    "{{ .labels.x }}": ("{{ .labels.x }}",),
    "{hostname}": ("{hostname}",),
    "{label.}": ("{label.}",),
    "{": ("{",),
    "}{": ("}{",),
}


@pytest.mark.parametrize("text", READ)
def test_text_is_parsed(text: str) -> None:
    assert word(text) == READ[text]


TEXTS = st.lists(
    st.sampled_from(["{", "}", "{{", "}}", "host", "{host}", "label.port", "x", " ", ".", "é", '"']), max_size=12
)


@given(TEXTS.map("".join))
def test_any_text_can_be_literal(text: str) -> None:
    assert word(literal(text)) == (text,)
    assert unknown(literal(text)) == ()


@given(st.lists(st.one_of(st.sampled_from([HOST, PORT, Placeholder("role")]), st.text("ab:/é ", min_size=1))))
def test_words_are_parsed_from_their_text(parts: list[str | Placeholder]) -> None:
    written = "".join(f"{{{part.name}}}" if isinstance(part, Placeholder) else part for part in parts)
    back = word(written)
    assert "".join(f"{{{part.name}}}" if isinstance(part, Placeholder) else part for part in back) == written
    assert [part for part in back if isinstance(part, Placeholder)] == [p for p in parts if isinstance(p, Placeholder)]


def test_unknown_names_are_found_once() -> None:
    assert unknown("{hostname} {{hostname}} {host} {label.x} {Role} {hostname}") == ("hostname", "Role")
    assert unknown('{"a": 1} {2} {a b}') == ()


def test_label_in_place_of_a_value() -> None:
    assert word(FromHost("port", int)) == (PORT,)


def test_placeholders_that_differ_by_host() -> None:
    command = (word("{role} {host}"), word("{host}{label.port}{environment}"))
    assert names_in(command) == ("role", "host", "label.port", "environment")
    assert [is_of_a_host(name) for name in names_in(command)] == [False, True, True, False]
