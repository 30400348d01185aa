"""Tests of the validation of files: rendered ones are valid, and each planted mistake is found on its line."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sensu
from sensu import sensuctl_files
from sensu.fields import SPECS
from tests.sensu.plans import shop

HASH = "a" * 128


def found(text: str, name: str = "checks.yaml") -> list[str]:
    return [str(finding) for finding in sensu.validate(text, name)]


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_rendered_resources_are_valid(format: str) -> None:
    assert found(sensu.dump(sensu.render(shop()), "json" if format == "json" else "yaml")) == []


def change(old: str, new: str) -> Callable[[str], str]:
    def changed(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return changed


PLANTED = {
    "field renamed": (
        change('"timeout": 12', '"time_out": 12'),
        "S102: CheckConfig api.checkout: spec has no field",
    ),
    "number as text": (
        change('"interval": 30', '"interval": "30"'),
        "S103: CheckConfig api.checkout: interval must",
    ),
    "space in a name": (
        change('"name": "api.checkout"', '"name": "api checkout"'),
        'metadata.name "api checkout" has',
    ),
    "interval and cron": (
        change('"interval": 30', '"interval": 30, "cron": "@daily"'),
        "S104: CheckConfig api.checkout",
    ),
    "ttl below interval": (
        change('"ttl": 192', '"ttl": 60'),
        "S104: CheckConfig api.containers: ttl 60 must be greater",
    ),
    "variable without value": (
        change("CW_2={{ .labels.port }}", "CW_2="),
        "S104: CheckConfig api.checkout: env_vars[1]",
    ),
    "open token": (
        change("{{ .labels.port }}", "{{ .labels.port }"),
        "S106: CheckConfig api.checkout: Sensu cannot",
    ),
    "handler": (
        change('"page"', '"pager-duty"'),
        "S107: CheckConfig api.checkout: handlers[0] names the Handler pager",
    ),
    "one check twice": (
        change('"name": "api.disk.2"', '"name": "api.disk"'),
        "S108: CheckConfig api.disk: it is defined in ",
    ),
    "one key twice": (
        change('"timeout": 12', '"Timeout": 1, "timeout": 12'),
        "S108: timeout occurs twice in one object",
    ),
    "not published": (
        change('"publish": true', '"publish": false'),
        "S109: CheckConfig api.checkout: publish is not tr",
    ),
    "comma forgotten": (change('"splay": true,', '"splay": true'), "S101: the JSON needs a ',' here"),
    "comma between documents": (
        change('}\n{\n  "type": "Entity"', '},\n{\n  "type": "Entity"'),
        "S101: a document must begin",
    ),
    "cut off": (lambda text: text[:-3], "S101: the JSON needs a ',' here"),
}


@pytest.mark.parametrize(("plant", "expected"), PLANTED.values(), ids=PLANTED)
def test_each_planted_mistake_is_found(plant: Callable[[str], str], expected: str) -> None:
    text = sensu.dump(sensu.render(shop()), "json")
    findings = found(plant(text), "built.json")
    assert any(expected in finding for finding in findings), findings
    assert all(re.match(r"built\.json:\d+: (error|warning) S1\d\d: ", finding) for finding in findings)


def test_findings_name_the_line_in_yaml() -> None:
    text = """\
---
type: CheckConfig
metadata:
  name: disk
spec:
  command: check disk
  interval: 60
  publish: yes
  timeout: 10
  subscriptions:
  - web
  - 5
  labels: {}
  env_vars: [A=1,
    B]
---
type: Namespace
spec: {name: a b}
"""
    assert found(text) == [
        "checks.yaml:12: error S103: CheckConfig disk: subscriptions[1] must be text, not the number 5",
        "checks.yaml:13: error S102: CheckConfig disk: spec has no field labels (its fields are "
        + ", ".join(sorted(sensu.fields.CHECK))
        + ")",
        'checks.yaml:15: error S104: CheckConfig disk: env_vars[1] is "B", but must be NAME=VALUE '
        "with a name and a value",
        'checks.yaml:18: error S104: Namespace a b: name "a b" has other characters than letters, digits and _ . - :',
    ]


def test_findings_name_the_line_in_json_even_for_what_is_missing() -> None:
    hook = '{"type": "HookConfig",\n "metadata": {\n "name": "a"},\n "spec": {"command": "x"}}'
    text = hook + '\n\n{"type": "Asset"}'
    assert found(text, "x.json") == [
        "x.json:4: error S104: HookConfig a: the hook needs a timeout above 0",
        "x.json:6: error S104: document 2: this Asset has no spec",
    ]


UNREADABLE = {
    "list of documents": ("[{}]", "x:1: error S101: sensuctl cannot read a list of documents"),
    "text after a document": (
        '{"type": "Namespace", "spec": {"name": "a"}}\nx',
        "x:2: error S101: a document must begin",
    ),
    "comment before the first": (
        "# made by x\n---\n{}\n",
        "x:1: error S101: a piece without a document makes sensuctl",
    ),
    "blank line after the last": (
        "---\n---\n\n",
        "x:3: error S101: a piece without a document makes sensuctl fail",
    ),
    "YAML": (
        "---\na: b: c\n",
        "x:2: error S101: the YAML cannot be read: mapping values are not allowed here",
    ),
    "YAML tag": (
        "---\na: !!python/object:os.system x\n",
        "x:2: error S101: the YAML cannot be read: could not deter",
    ),
    "YAML control": (
        "---\na: \x01\n",
        "x:2: error S101: the YAML cannot be read: it has the control character 0x01",
    ),
    "YAML list": (
        "---\n- a\n",
        "x:2: error S101: document 1 is no object with type, api_version, metadata and spec",
    ),
    "YAML depth": ("---\na: " + "[" * 5000, "x:2: error S101: the YAML is nested too deeply"),
    "JSON depth": ('{"a":' * 10_000, "x:1: error S101: the JSON is nested too deeply"),
    "JSON key": ("{a: 1}", "x:1: error S101: the JSON needs a key in double quotes here"),
    "JSON text": (
        '{"a": "\n"}',
        "x:1: error S101: a text in the JSON cannot be read: Invalid control character at",
    ),
    "JSON word": ('{"a": yes}', "x:1: error S101: the JSON cannot go on with 'y' here"),
    "JSON end": ('{"a":', "x:1: error S101: the JSON ends too early"),
    "JSON colon": ('{"a" 1}', "x:1: error S101: the JSON needs a ':' here"),
    "line": (
        json.dumps({"a": "b" * 70_000}),
        "x:1: error S101: the line has 70009 bytes, and sensuctl reads at most",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("text", "expected"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_text_is_reported_in_one_sentence(text: str, expected: str) -> None:
    findings = found(text, "x")
    assert findings[0].startswith(expected), findings
    assert "\n" not in findings[0]


def test_nested_aliases_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensuctl_files, "_MOST_VALUES", 1_000)
    levels = "\n".join(f"{chr(97 + n)}: &{chr(97 + n)} [" + f"*{chr(96 + n)}," * 9 + "]" for n in range(1, 9))
    (finding,) = found(f"---\na: &a [x]\n{levels}\n", "x")
    assert "aliases make the YAML too large" in finding


def test_reading_continues_after_a_broken_piece() -> None:
    text = "---\na: b: c\n---\ntype: Namespace\nspec: {name: a b}\n"
    assert [finding[:16] for finding in found(text, "x")] == ["x:2: error S101:", "x:5: error S104:"]


def test_reader_returns_equal_data_for_yaml_and_json() -> None:
    yaml_text = """---
a: &a {x: 1, t: 2026-11-01}
b:
  <<: *a
  x: 1.5
c: [true, null, "é"]
"""
    json_text = """
{"a": {"x": 1, "t": "2026-11-01"}, "b": {"x": 15e-1, "t": "2026-11-01"}, "c": [true, null, "\\u00e9"]}
"""
    read = [list(sensuctl_files.read(text)) for text in (yaml_text, json_text)]
    assert [[one.data for one in each if isinstance(one, sensuctl_files.Document)] for each in read] == [
        [{"a": {"x": 1, "t": "2026-11-01"}, "b": {"x": 1.5, "t": "2026-11-01"}, "c": [True, None, "é"]}]
    ] * 2
    assert all(one.doubles == () for each in read for one in each if isinstance(one, sensuctl_files.Document))


def test_an_empty_file_has_nothing_wrong() -> None:
    assert found("") == []


def resource(kind: str, name: str, **spec: object) -> str:
    version = "secrets/v1" if kind == "Secret" else "core/v2"
    return json.dumps({"type": kind, "api_version": version, "metadata": {"name": name}, "spec": spec}) + "\n"


def check(**spec: object) -> str:
    base = {"command": "x", "interval": 60, "publish": True, "timeout": 9, "subscriptions": ["a"]}
    return resource("CheckConfig", "c", **base | spec)


def handler(name: str, **spec: object) -> str:
    return resource("Handler", name, **{"type": "pipe", "command": "x"} | spec)


def pipeline(**workflow: object) -> str:
    named = {"api_version": "core/v2", "type": "Handler", "name": "h"}
    return resource("Pipeline", "p", workflows=[{"name": "w", "handler": named} | workflow])


def of_type(kind: str, name: str) -> dict[str, str]:
    return {"api_version": "core/v2", "type": kind, "name": name}


SETS = "".join(handler(f"s{n}", type="set", handlers=[f"s{n + 1}"]) for n in range(1, 4))

REFERENCES = {
    "handler": (
        check(handlers=["mail"]),
        "S107: CheckConfig c: handlers[0] names the Handler mail, which no file defines",
    ),
    "metric handler": (
        check(output_metric_handlers=["db"]),
        "S107: CheckConfig c: output_metric_handlers[0] names",
    ),
    "asset": (check(runtime_assets=["x"]), "S107: CheckConfig c: runtime_assets[0] names the Asset x"),
    "hook": (
        check(check_hooks=[{"ok": ["x"]}]),
        "S107: CheckConfig c: check_hooks[0].ok[0] names the HookConfig x",
    ),
    "pipeline": (check(pipelines=[{"name": "x"}]), "S107: CheckConfig c: pipelines[0] names the Pipeline x"),
    "secret": (
        check(secrets=[{"name": "A", "secret": "x"}]) + resource("Secret", "y", id="y", provider="env"),
        "S107: CheckConfig c: secrets[0] names the Secret x",
    ),
    "filter": (handler("h", filters=["x"]), "S107: Handler h: filters[0] names the EventFilter x"),
    "mutator": (handler("h", mutator="x"), "S107: Handler h: mutator names the Mutator x"),
    "member of a set": (
        handler("h", type="set", handlers=["x"]),
        "S107: Handler h: handlers[0] names the Handler x",
    ),
    "workflow's handler": (pipeline(), "S107: Pipeline p: workflows[0].handler names the Handler h"),
    "workflow's filter": (
        pipeline(filters=[of_type("EventFilter", "x")]) + handler("h"),
        "S107: Pipeline p: workflows[0].filters[0] names the EventFilter x",
    ),
    "workflow's mutator": (
        pipeline(mutator=of_type("Mutator", "x")) + handler("h"),
        "S107: Pipeline p: workflows[0].mutator names the Mutator x",
    ),
    "set in a pipeline": (
        pipeline() + handler("h", type="set", handlers=["page"]),
        "error S107: Pipeline p: workflows[0].handler names the handler set h, and a pipeline",
    ),
    "sets too deep": (
        SETS + handler("s4", type="set", handlers=["page"]),
        "S109: Handler s1: handler sets are nested deeper than 3",
    ),
    "asset prefix": (
        check(runtime_assets=["mon"])
        + resource("Asset", "mon", url="https://x", sha512=HASH)
        + resource("Asset", "monitoring", url="https://x", sha512=HASH),
        "S109: CheckConfig c: runtime_assets[0] is mon, and Sensu also installs monitoring",
    ),
    "asset of a hook": (
        resource("HookConfig", "k", command="x", timeout=1, runtime_assets=["x"]),
        "S107: HookConfig k: runtime_assets[0] names the Asset x",
    ),
}


@pytest.mark.parametrize(("text", "expected"), REFERENCES.values(), ids=REFERENCES)
def test_references(text: str, expected: str) -> None:
    (finding,) = found(text)
    assert expected in finding


def test_a_set_inside_itself_is_too_deep() -> None:
    assert "S109: Handler s: handler sets are nested deeper" in found(handler("s", type="set", handlers=["s"]))[0]


def test_valid_references_have_no_findings() -> None:
    text = (
        check(
            handlers=["page", "h", "set"],
            secrets=[{"name": "A", "secret": "anywhere"}],
            runtime_assets=["org/a"],
        )
        + handler("h", filters=["is_incident", "f"], mutator="only_check_output")
        + handler("set", type="set", handlers=["h", "ticket"])
        + resource("EventFilter", "f", action="deny", expressions=["true"])
        + resource("Asset", "org/a", url="https://x", sha512=HASH)
        + pipeline(filters=[of_type("EventFilter", "not_silenced")], mutator=of_type("Mutator", "json"))
    )
    assert found(text) == []


def test_a_reference_stays_in_its_namespace() -> None:
    other = json.loads(handler("mail"))
    other["metadata"]["namespace"] = "qa"
    assert len(found(check(handlers=["mail"]) + json.dumps(other))) == 1


def test_references_are_found_across_files() -> None:
    texts = {"a.json": check(handlers=["mail"]), "b.json": handler("mail")}
    assert sensu.validate_files(texts) == ()
    doubled = sensu.validate_files({**texts, "c.json": handler("mail")})
    assert [str(one) for one in doubled] == [
        "c.json:1: error S108: Handler mail: it is defined in b.json:1 too, and the later one wins "
        "(remove one of the two)"
    ]


@pytest.mark.parametrize("spec", [{"handlers": 5}, {"check_hooks": ["a"]}, {"secrets": [5]}, {"pipelines": "a"}])
def test_a_wrong_type_is_one_finding_and_no_crash(spec: dict[str, object]) -> None:
    text = check(**spec) + resource("Secret", "y", id="y", provider="env")
    assert [finding.split(": ")[1] for finding in found(text)] == ["error S103"]


JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.sampled_from(["", "a", "²", "{{", "/", "name"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["name", "days", "type", "0", "²", "begin", "thresholds"]), inner, max_size=2),
    ),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_junk_never_crashes_the_validator(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(SPECS)))
    spec = data.draw(st.dictionaries(st.sampled_from(sorted(SPECS[kind])), JUNK))
    top = data.draw(st.dictionaries(st.sampled_from(["type", "api_version", "metadata", "spec"]), JUNK, max_size=1))
    made = {"type": kind, "metadata": {"name": "a"}, "spec": spec} | top
    for finding in sensu.validate(json.dumps(made, indent=1).replace("NaN", "0").replace("Infinity", "1"), "x"):
        assert finding.origin is not None


def test_golden_files_validate() -> None:
    goldens = Path(__file__).parent / "goldens"
    for file in ("shop.json", "shop.yaml"):
        assert found((goldens / file).read_text(encoding="utf-8"), file) == []


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_verify_compares_files_with_resources(format: str) -> None:
    resources = sensu.render(shop())
    text = sensu.dump(resources, "json" if format == "json" else "yaml")
    assert sensu.verify({"built": text}, resources) == ()
    for old, new in (("api.checkout", "api.chekcout"), ("timeout", "time_out"), (": 12", ": 13")):
        assert "S110" in {finding.id for finding in sensu.verify({"built": text.replace(old, new, 1)}, resources)}
    (finding,) = sensu.verify({"built": ""}, resources[:1])
    assert str(finding).startswith("built:1: error S110: 1 resources were not written")


def test_verify_checks_references() -> None:
    resources = sensu.render(shop())
    found = sensu.verify({"built": sensu.dump(resources, "json")}, resources, provided=frozenset())
    assert {finding.id for finding in found} == {"S107"}


def test_reference_to_another_namespace_names_it() -> None:
    hook = {
        "type": "HookConfig",
        "metadata": {"name": "ps", "namespace": "qa"},
        "spec": {"command": "ps", "timeout": 5},
    }
    text = f"{json.dumps(hook)}\n{check(check_hooks=[{'ok': ['ps']}])}"
    (finding,) = [line for line in found(text) if "S107" in line]
    assert finding.endswith("(it is in the namespace qa)")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"command": "x -p {{ .labels.port }}"},
            "S111: CheckConfig c: the shell reads a label's value in the",
        ),
        (
            {"command": 'x {{ index .annotations "a" }}'},
            "S111: CheckConfig c: the shell reads a label's value",
        ),
        (
            {"env_vars": ['A={{ .labels.rack.unit | default "1" }}']},
            "S109: CheckConfig c: env_vars[0]: a token has .labels.rack.unit, and labels contain no labels: "
            'write a key with a dot as index .labels "rack.unit"',
        ),
        (
            {"command": 'x {{ .system.os | default "linux" }}', "proxy_requests": {"entity_attributes": ["true"]}},
            "S109: CheckConfig c: command: a proxy request uses the stored entity, which has no system",
        ),
        ({"command": "x {{ .name }} {{ .system.os }}", "env_vars": ["A={{ .labels.a }}"]}, ""),
    ],
)
def test_tokens_with_unexpected_values_are_reported(fields: dict[str, object], sentence: str) -> None:
    lines = found(check(**fields))
    if sentence:
        (line,) = lines
        assert f"warning {sentence}" in line
    else:
        assert lines == []


def test_types_without_rules_are_warnings() -> None:
    role = {"type": "Role", "metadata": {"name": "read"}, "spec": {"rules": []}}
    assert found(json.dumps(role)) == [
        "checks.yaml:1: warning S112: Role: 1 document is not checked, because there are no rules for this type"
    ]
    event = '{\n"type": "Event",\n"metadata": {"namespace": "qa"},\n"spec": {"check": {}}}\n'
    dump = event * 3 + json.dumps(role) + "\n" + event
    assert found(dump) == [
        "checks.yaml:2: warning S112: Event: 4 documents are not checked, because there are no rules for this type",
        "checks.yaml:13: warning S112: Role: 1 document is not checked, because there are no rules for this type",
    ]
    (unknown,) = found(json.dumps({**role, "type": "Rule"}))
    assert "error S102: Rule read: Rule is not a known resource type (did you mean Role?)" in unknown
