"""Token substitution: cases from Sensu's source and from runs of Go's library."""

import json
from pathlib import Path
from typing import Any

import pytest

from checkwright.testing import sensu_agent
from checkwright.testing.sensu_tokens import TokenError, substitute

#: Files that a real Sensu Go 6.12.0 wrote.
RECORDED = Path(__file__).parents[2] / "sensu/recorded"

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
    "list": ("{{ .subscriptions }}", "[web entity:web-1]"),
    "map": ("{{ .system }}", "map[network:map[interfaces:[lo]]]"),
    "if": ('{{ if eq .name "web-1" }}a{{ else }}b{{ end }}{{ if .labels.empty }}c{{ end }}', "a"),
    "else if": ("{{ if .labels.none }}a{{ else if .name }}b{{ else }}c{{ end }}", "b"),
    "else of else if": ("{{ if .labels.none }}a{{ else if .labels.empty }}b{{ else }}c{{ end }}", "c"),
    "nested": ("{{ if .name }}{{ if .labels.none }}a{{ else }}b{{ end }}c{{ end }}", "bc"),
    "with": (
        "{{ with .labels }}{{ .port }}{{ $.name }}{{ end }}{{ with .none }}a{{ else }}{{ .name }}{{ end }}",
        "8443web-1web-1",
    ),
    "range": ("{{ range .subscriptions }}{{ . }},{{ end }}", "web,entity:web-1,"),
    "range with a key": ("{{ range $i, $s := .subscriptions }}{{ $i }}={{ $s }} {{ end }}", "0=web 1=entity:web-1 "),
    "range over a map": ("{{ range $k, $v := .system.network }}{{ $k }}{{ $v }}{{ end }}", "interfaces[lo]"),
    "range over nothing": ("{{ range .annotations }}a{{ else }}none{{ end }}", "none"),
    "break and continue": (
        '{{ range .subscriptions }}{{ if eq . "web" }}{{ continue }}{{ end }}{{ . }}{{ break }}{{ end }}',
        "entity:web-1",
    ),
    "variable": ('{{ $x := "a" }}{{ if true }}{{ $x = "b" }}{{ $x := "c" }}{{ $x }}{{ end }}{{ $x }}', "cb"),
    "field of a variable": ("{{ $l := .labels }}{{ $l.port }}", "8443"),
    "field of parentheses": ("{{ (index .system.network.interfaces 0) }}{{ (.labels).port }}", "lo8443"),
    "printf": (
        '{{ printf "%s-%05d-%q-%5.1f-%v-%x%%" .name 42 "a" 1.25 .subscriptions "ab" }}',
        'web-1-00042-"a"-  1.2-[web entity:web-1]-6162%',
    ),
    "printf of wrong values": ('{{ printf "%d %s" "a" 5 6 }}', "%!d(string=a) %!s(int=5)%!(EXTRA int=6)"),
    "print": ('{{ print 1 2 "a" "b" 3 }}|{{ println .name 1 }}', "1 2ab3|web-1 1\n"),
    "comparisons": (
        "{{ lt 1 2 }} {{ ge 1 2 }} {{ ne 1 2 }} {{ eq 3 1 2 3 }} {{ le 2 2 }} {{ gt 2 1 }}",
        "true false true true true true",
    ),
    "logic": ("{{ and .name .labels.port }} {{ or .labels.empty .name }} {{ not .labels.empty }}", "8443 web-1 true"),
    "logic stops early": ("{{ or true (index .subscriptions 9) }}", "true"),
    "escapes": (
        '{{ "<a \'b\'>&" | html }} {{ "<\'" | js }} {{ "a b/c" | urlquery }}',
        "&lt;a &#39;b&#39;&gt;&amp; \\u003C\\' a+b%2Fc",
    ),
    "length and slice": (
        '{{ len "ü" }} {{ slice .name 1 3 }} {{ len .subscriptions }} {{ slice .subscriptions 1 }}',
        "2 eb 2 [entity:web-1]",
    ),
    "pipe into nothing": ('{{ "a" | }}', "a"),
    "formats of lists": ('{{ printf "%q" .subscriptions }}', '["web" "entity:web-1"]'),
    "large and small numbers": (
        "{{ 1e6 }} {{ 100000.5 }} {{ 100000000.5 }} {{ 0.00001 }}",
        "1e+06 100000.5 1.000000005e+08 1e-05",
    ),
    "other numbers": ("{{ 0b11 }} {{ 0o17 }} {{ 017 }} {{ 1_000 }}", "3 15 15 1000"),
    "numbers": ("{{ 0x1f }} {{ 1e3 }} {{ 1.50 }} {{ 'a' }}", "31 1000 1.5 97"),
}


@pytest.mark.parametrize(("text", "expected"), GOOD.values(), ids=GOOD)
def test_template(text: str, expected: str) -> None:
    assert substitute(text, ENTITY) == expected


BAD = {
    "unmatched": ("{{ .labels.none }}", "command: unmatched token"),
    "value that says so": ("{{ .labels.no }}", "command: unmatched token"),
    "text that says so": ("a <no value>", "command: unmatched token"),
    "not closed": ("{{ .name", "command: could not parse the template: template: command:1: unclosed action"),
    "comment not closed": ("{{/* a }}", "unclosed comment"),
    "quote not closed": ('{{ "a }}', "unterminated quoted string"),
    "single quotes": (
        "{{ .labels.none | default 'abc' }}",
        "could not parse the template: template: command:1: malformed character constant",
    ),
    "dash": ("{{ .labels.a-b }}", "could not parse the template: template: command:1: unexpected"),
    "docker's": ("docker --format {{.Names}}", "unmatched token"),
    "empty": ("{{ }}", "missing value for command"),
    "unknown function": ('{{ upper "a" }}', 'function "upper" not defined'),
    "pipe into a field": ('{{ "a" | .name }}', "a pipe must lead into a function"),
    "argument of a field": ('{{ .labels "a" }}', "can't give argument to non-function"),
    "paren": ("{{ (.name }}", "unclosed left paren"),
    "second paren": ("{{ .name ) }}", "unexpected ')'"),
    "field of a text": ("{{ .name.x }}", "can't evaluate field x"),
    "index out of range": ("{{ index .subscriptions 9 }}", "error calling index"),
    "no end": ("{{ if .name }}a", "unexpected EOF"),
    "end of nothing": ("a{{ end }}", "unexpected {{end}}"),
    "else of nothing": ("a{{ else }}", "unexpected {{else}}"),
    "two else": ("{{ if .name }}a{{ else }}b{{ else }}c{{ end }}", "unexpected {{else}}"),
    "unknown variable": ("{{ $y }}", 'undefined variable "$y"'),
    "variable of an ended block": ("{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}", 'undefined variable "$x"'),
    "not modelled": ('{{ define "a" }}{{ end }}', "{{define}} is not modelled"),
    "range over text": ("{{ range .name }}{{ end }}", "range can't iterate over web-1"),
    "other types": ("{{ eq .name 1 }}", "incompatible types for comparison"),
    "number of arguments": ("{{ len }}", "wrong number of args for len"),
    "escape": ('{{ "\\q" }}', "invalid escape \\q in a string"),
    "pipe into nothing": ("{{ default | }}", "unmatched token: found an undefined value"),
    "break outside of range": ("{{ if true }}{{ break }}{{ end }}", "{{break}} outside {{range}}"),
    "nothing to decide": ("{{ and }}", "wrong number of args"),
    "no text": ("{{ assetPath 5 }}", "expected string; found 5"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_template_error(text: str, message: str) -> None:
    with pytest.raises(TokenError) as raised:
        substitute(text, ENTITY, "command")
    assert message in str(raised.value)


SAMPLES = json.loads((RECORDED / "agent-tokens.json").read_text(encoding="utf-8"))
#: The entity of that agent, with the fields that the file leaves out.
AGENT: dict[str, Any] = {
    **SAMPLES["entity"],
    "entity_class": "agent",
    "system": {"os": "linux"},
    "user": "agent",
    "deregister": False,
    "last_seen": 1795952735,
    "redact": [
        *("password", "passwd", "pass", "api_key", "api_token"),
        *("access_key", "secret_key", "private_key", "secret"),
    ],
}


@pytest.mark.parametrize("case", SAMPLES["tokens"], ids=lambda case: case["T"])
def test_real_agent_gives_the_same(case: dict[str, Any]) -> None:
    metadata = {key: AGENT[key] for key in ("name", "namespace", "labels", "annotations")}
    entity = {"metadata": metadata, "spec": {key: value for key, value in AGENT.items() if key not in metadata}}
    spec = {"command": SAMPLES["command"], "env_vars": [f"T={case['T']}"], "timeout": 20}
    event = sensu_agent.run({"metadata": {"name": "c"}, "spec": spec}, entity)
    assert (None if event.discarded else {"status": event.status, "output": event.output}) == case["event"]


def test_only_strings_are_substituted() -> None:
    made = {"{{ .name }}": ["{{ .name }}", {"a": "{{ .name }}"}], "n": 5, "b": True, "x": None}
    assert substitute(made, ENTITY) == {
        "{{ .name }}": ["web-1", {"a": "web-1"}],
        "n": 5,
        "b": True,
        "x": None,
    }
