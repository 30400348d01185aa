"""Tests of the token parser, compared with the independent interpreter of Sensu's templates."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.core.conversion import NotConvertible
from checkwright.testing.sensu_tokens import substitute
from sensu.reading.token_fields import Token, parts

KEYS = ("port", "a-b", "c.d", "missing")
ENTITY: dict[str, Any] = {"name": "web-1", "labels": {"port": "8080", "a-b": "x y", "c.d": ""}}
_texts = st.text(st.characters(exclude_characters="{}", exclude_categories=("Cs", "Cc")), max_size=6)
_quoted = st.sampled_from(("plain", "with 'quotes'", 'and "double"', "back\\slash", "}} and {{", "")).map(json.dumps)


@st.composite
def tokens(draw: st.DrawFn) -> str:
    key = draw(st.sampled_from(KEYS))
    fields = ["{{ .name }}", f"{{{{ index .labels {json.dumps(key)} }}}}", "{{ .labels.port }}", "{{.labels.port}}"]
    default = draw(_quoted)
    fields += [f"{{{{ .labels.missing | default {default} }}}}", f"{{{{ {default} }}}}"]
    fields += [f"{{{{ index .labels {json.dumps(key)} | default {draw(st.integers(-9, 9))} }}}}"]
    return draw(st.sampled_from(fields))


def value(token: Token) -> str:
    found: Any = ENTITY
    for key in token.path:
        found = found.get(key) if isinstance(found, dict) else None
    return str(found) if found is not None else token.default if token.default is not None else "<no value>"


@given(st.lists(st.one_of(_texts, tokens()), max_size=5).map("".join))
def test_parts_agree_with_the_template(text: str) -> None:
    read = "".join(part if isinstance(part, str) else value(part) for part in parts(text, "go"))
    if "<no value>" not in read:
        assert read == substitute(text, ENTITY)


@pytest.mark.parametrize(
    "text",
    [
        "{{ if .labels.x }}a{{ end }}",
        '{{ .labels.x | printf "%s" }}',
        "{{ .labels.x",
        "{{ range .subscriptions }}",
        '{{ assetPath "x" }}',
        "{{- .name -}}",
        "{{ .labels.x | default 'a' }}",
        "{{ .labels.x | default .name }}",
    ],
)
def test_other_templates_are_refused(text: str) -> None:
    with pytest.raises(NotConvertible, match=r"is more than|is not closed"):
        parts(text, "go")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":::name:::", (Token(("name",), None),)),
        ("-p :::app.port|80:::!", ("-p ", Token(("app", "port"), "80"), "!")),
        (":::a|:::", (Token(("a",), ""),)),
        ("a::b", ("a::b",)),
        ("", ()),
    ],
)
def test_tokens_of_core(text: str, expected: object) -> None:
    assert parts(text, "core1") == expected
