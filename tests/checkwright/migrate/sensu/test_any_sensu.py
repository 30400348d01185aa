"""Import of any Sensu: it ends with a sound project, the numbers add up, and each difference has a reason."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checkwright.migrate.project_files import write_project
from checkwright.migrate.sensu import import_report, roundtrip, sensu_draft
from checkwright.migrate.sensu.namespaces import Options
from sensu.reading import stored_objects

_names = st.sampled_from(
    ("disk", "web", "web.disk", "a b", "ü", "x:y", "", "class", "web-1", "central", "linux", "A", "a")
)
_texts = st.sampled_from(
    (
        "linux",
        "web",
        "entity:web-1",
        "client:web-1",
        "roundrobin:web",
        "a/b",
        "",
        "{{ .name }}",
        "central",
        "x'y",
        "é",
        "|",
    )
)
_commands = st.sampled_from(
    (
        "/usr/lib/nagios/plugins/check_disk -w 20% -c 10% -W 5% -K 1% -E -p /",
        "/usr/lib/nagios/plugins/check_disk -w 5% -c 10% -W 5% -K 1% -E -p /",
        "check_load -r -w 4,3,2 -c 1,1,1",
        "check_tcp -H {{ .labels.host }} -p {{ .labels.port | default 80 }}",
        "check_tcp -H :::address::: -p :::app.port|80:::",
        "check_http -H {{ .name }} -e 200 -w 9 -c 1 -t 0",
        "/opt/p '{role}' {{ .labels.x | default \"{host}\" }}",
        "/opt/p ''",
        "X=1 /opt/p --a=$Y",
        "a | b",
        "/opt/p \u2028 \x01",
        "/opt/p :::labels.x|a b:::",
        "",
    )
)  # fmt: skip
_values: st.SearchStrategy[Any] = st.sampled_from((None, 0, 1, 60, -1, 2.5, True, "60", [], ["x"], {}, {"a": {"b": 1}}))
_keys = (
    *("interval", "timeout", "ttl", "cron", "publish", "round_robin", "proxy_entity_name", "source", "handlers"),
    *("handler", "pipelines", "env_vars", "secrets", "stdin", "check_hooks", "proxy_requests", "subdues", "standalone"),
    *("occurrences", "output_metric_handlers", "output_metric_format", "mystery", "handle", "aggregate"),
)
_rest = st.dictionaries(st.sampled_from(_keys), st.one_of(_values, _texts, st.lists(_texts, max_size=2)), max_size=3)
_labels = st.dictionaries(st.sampled_from(("host", "port", "x", "a-b", "pass word", "cw_address")), _texts, max_size=3)


@st.composite
def checks_of_go(draw: st.DrawFn) -> dict[str, Any]:
    spec = {"command": draw(_commands), "interval": 60, "subscriptions": draw(st.lists(_texts, max_size=2))}
    labels = draw(st.dictionaries(st.sampled_from(("team", "runbook", "z")), _texts, max_size=2))
    metadata = {"name": draw(_names), "namespace": draw(st.sampled_from(("a", "b"))), "annotations": labels}
    return {"type": "CheckConfig", "api_version": "core/v2", "metadata": metadata, "spec": {**spec, **draw(_rest)}}


@st.composite
def entities(draw: st.DrawFn) -> dict[str, Any]:
    metadata = {"name": draw(_names), "namespace": draw(st.sampled_from(("a", "b"))), "labels": draw(_labels)}
    spec = {
        "entity_class": draw(st.sampled_from(("agent", "proxy"))),
        "subscriptions": draw(st.lists(_texts, max_size=3)),
    }
    return {"type": "Entity", "api_version": "core/v2", "metadata": metadata, "spec": spec}


@st.composite
def files_of_core(draw: st.DrawFn) -> dict[str, Any]:
    spec = {"command": draw(_commands), "interval": 60, "subscribers": draw(st.lists(_texts, max_size=2))}
    client = {
        "name": draw(_names),
        "address": "10.0.0.1",
        "subscriptions": draw(st.lists(_texts, max_size=3)),
        "app": {},
    }
    client["app"] = draw(_labels)
    return {"checks": {draw(_names): {**spec, **draw(_rest)}}, "client": client}


def judged(texts: list[str], count: int) -> None:
    found = [one for number, text in enumerate(texts) for one in stored_objects.read(f"file{number}", text)]
    draft, report, carried = sensu_draft.draft(found, Options("anyone", "files"))
    assert len(report.things) == len(found) >= count
    assert sum(sum(fates.values()) for fates in report.counts().values()) == len(set(report.things))
    generated = roundtrip.generate(write_project(draft), "anyone", carried)
    assert [str(one) for one in generated.findings if one.severity == "error"] == []
    assert [one for one in generated.differences if not one.why] == []
    import_report.add(report, generated)
    assert json.loads(json.dumps(import_report.as_json(report, generated, carried)))["version"] == 1
    assert "\0" not in import_report.as_markdown(report, generated, carried)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(checks_of_go(), entities()), min_size=1, max_size=8))
def test_any_go(documents: list[dict[str, Any]]) -> None:
    judged(["\n".join(json.dumps(one, indent=1) for one in documents)], len(documents))


@settings(max_examples=60, deadline=None)
@given(st.lists(files_of_core(), min_size=1, max_size=6))
def test_any_core(documents: list[dict[str, Any]]) -> None:
    judged([json.dumps(one, indent=1) for one in documents], 2 * len(documents))


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("{}[]:,\"'\n -|>&*!%@`abc01\t#\u2028\0"), max_size=40))
def test_any_text_is_objects_or_reasons(text: str) -> None:
    for one in stored_objects.read("f", text):
        assert isinstance(one, stored_objects.Object) or one.why
