"""Token substitution: cases from Sensu's source and from runs of Go's library."""

from typing import Any

import pytest

from checkwright.testing.sensu_tokens import TokenError, substitute

ENTITY: dict[str, Any] = {
    "name": "web-1",
    "labels": {"port": "8443", "empty": "", "a-b.c": "dotted", "no": "<no value>", "braces": "{{ .name }}"},
    "annotations": None,
    "subscriptions": ["web", "entity:web-1"],
    "deregister": False,
    "last_seen": 5,
    "system": {"network": {"interfaces": ["lo"]}},
}

GOOD = {
    "no token": ("a }} {b} { c", "a }} {b} { c"),
    "field": ("{{ .name }}:{{.labels.port}}", "web-1:8443"),
    "values that are no text": ("{{ .deregister }} {{ .last_seen }}", "false 5"),
    "literals": (
        '{{ "a\\"b\\\\\\x41\\u00e9\\101\\n" }}{{ `raw\\` }}{{ 5 }}{{ true }}{{ -1.5 }}',
        'a"b\\AéA\nraw\\5true-1.5',
    ),
    "default": ('{{ .labels.none | default "y" }}', "y"),
    "default of another kind": ("{{ .labels.none | default 5 }}{{ .labels.none | default true }}", "5true"),
    "default in backquotes": ("{{ .labels.none | default `y` }}", "y"),
    "default without parents": ('{{ .a.b.c | default "y" }}{{ .annotations.x | default "z" }}', "yz"),
    "default unused": ('{{ .name | default "y" }}', "web-1"),
    "default not for empty": ('[{{ .labels.empty | default "y" }}]', "[]"),
    "index": ('{{ index .labels "a-b.c" }} {{ index .subscriptions 0 }}', "dotted web"),
    "index with default": ('{{ index .labels "x-y" | default 5 }}', "5"),
    "dots look deeper": ('{{ .labels.a.b | default "silent" }}', "silent"),
    "asset path": ('${{ assetPath "org/my-asset" }}', "$ORG_MY_ASSET_PATH"),
    "parentheses": ('{{ (index .labels "port") | default "y" }}', "8443"),
    "pipe of a string": ('{{ "port" | index .labels }}', "8443"),
    "literal braces": ('{{ "{{.Names}}" }}', "{{.Names}}"),
    "value is not evaluated again": ("{{ .labels.braces }}", "{{ .name }}"),
    "trim": ("a {{- .name -}} b {{ .name }} c", "aweb-1b web-1 c"),
    "comment": ("a{{/* it's }} gone */}}b{{- /* too */ -}} c", "abc"),
    "list": ("{{ .subscriptions }}", '["web", "entity:web-1"]'),
}


@pytest.mark.parametrize(("text", "expected"), GOOD.values(), ids=GOOD)
def test_template(text: str, expected: str) -> None:
    assert substitute(text, ENTITY) == expected


BAD = {
    "unmatched": ("{{ .labels.none }}", "command: unmatched token"),
    "value that says so": ("{{ .labels.no }}", "command: unmatched token"),
    "text that says so": ("a <no value>", "command: unmatched token"),
    "not closed": ("{{ .name", "command: could not parse the template: unclosed action"),
    "comment not closed": ("{{/* a }}", "unclosed comment"),
    "quote not closed": ('{{ "a }}', "unterminated quoted string"),
    "single quotes": ("{{ .labels.none | default 'abc' }}", "could not parse the template: unexpected"),
    "dash": ("{{ .labels.a-b }}", "could not parse the template: unexpected"),
    "docker's": ("docker --format {{.Names}}", "unmatched token"),
    "empty": ("{{ }}", "missing value for command"),
    "unknown function": ('{{ upper "a" }}', 'function "upper" not defined'),
    "pipe into a field": ('{{ "a" | .name }}', "a pipe must lead into a function"),
    "argument of a field": ('{{ .labels "a" }}', "can't give argument to non-function"),
    "paren": ("{{ (.name }}", "unclosed left paren"),
    "second paren": ("{{ .name ) }}", "unexpected ')'"),
    "field of a text": ("{{ .name.x }}", "can't evaluate field x"),
    "index out of range": ("{{ index .subscriptions 9 }}", "error calling index"),
    "escape": ('{{ "\\q" }}', "invalid escape \\q in a string"),
    "pipe into nothing": ('{{ "a" | }}', "a pipe must lead into a function"),
    "operand": ("{{ default | }}", 'function "default" not defined'),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_template_error(text: str, message: str) -> None:
    with pytest.raises(TokenError) as raised:
        substitute(text, ENTITY, "command")
    assert message in str(raised.value)


def test_only_strings_are_substituted() -> None:
    made = {"{{ .name }}": ["{{ .name }}", {"a": "{{ .name }}"}], "n": 5, "b": True, "x": None}
    assert substitute(made, ENTITY) == {
        "{{ .name }}": ["web-1", {"a": "web-1"}],
        "n": 5,
        "b": True,
        "x": None,
    }
