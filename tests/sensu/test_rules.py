"""Tests of the problems of documents: a document for each, with the rule's id and the message."""

from collections.abc import Mapping
from typing import Any

import pytest

from sensu.fields import SPECS
from sensu.problems import problems as problems_of
from sensu.rules import Problem

SOUND: Mapping[str, Mapping[str, Any]] = {
    "CheckConfig": {
        "command": "/bin/true",
        "interval": 60,
        "publish": True,
        "timeout": 10,
        "subscriptions": ["web"],
    },
    "HookConfig": {"command": "/bin/ps", "timeout": 10},
    "Asset": {"url": "https://assets.example.com/a.tar.gz", "sha512": "a" * 128},
    "Handler": {"type": "pipe", "command": "/bin/cat"},
    "EventFilter": {"action": "allow", "expressions": ["event.check.occurrences == 1"]},
    "Mutator": {"command": "/bin/cat"},
    "Pipeline": {
        "workflows": [
            {"name": "mail", "handler": {"api_version": "core/v2", "type": "Handler", "name": "mail"}},
        ]
    },
    "Entity": {"entity_class": "proxy"},
    "Namespace": {"name": "production"},
    "Secret": {"id": "TOKEN", "provider": "env"},
}


def document(kind: str, **spec: Any) -> dict[str, Any]:
    fields = {key: one for key, one in {**SOUND[kind], **spec}.items() if one is not ...}
    version = "secrets/v1" if kind == "Secret" else "core/v2"
    return {"type": kind, "api_version": version, "metadata": {"name": "a"}, "spec": fields}


def check(**spec: Any) -> dict[str, Any]:
    return document("CheckConfig", **spec)


def shown(problem: Problem) -> str:
    return f"{problem.id} {'.'.join(map(str, problem.path))}: {problem.message}"


@pytest.mark.parametrize("kind", SPECS)
def test_valid_resource_has_no_problem(kind: str) -> None:
    assert list(problems_of(document(kind))) == []


def test_null_means_not_set() -> None:
    assert list(problems_of(check(cron=None, labels=..., ttl=None, proxy_requests=None))) == []


def ref(**fields: str) -> dict[str, Any]:
    base = {"api_version": "core/v2", "type": "Handler", "name": "mail"}
    return {"workflows": [{"name": "w", "handler": {k: v for k, v in {**base, **fields}.items() if v}}]}


def threshold(**fields: Any) -> dict[str, Any]:
    return check(output_metric_thresholds=[{"name": "load1", "thresholds": [{"max": "4", "status": 1}]} | fields])


def subdue(**fields: Any) -> dict[str, Any]:
    return check(subdues=[{"begin": "2026-11-01T18:00:00Z", "end": "2026-11-01T19:00:00Z"} | fields])


def named(name: Any, kind: str = "CheckConfig") -> dict[str, Any]:
    return {**document(kind), "metadata": {"name": name}}


LONG = "x" * 65_536

CASES: Mapping[str, tuple[dict[str, Any], str]] = {
    # The document.
    "no type": ({}, "S102 : the document has no type"),
    "unknown type": ({"type": "Checks"}, "S102 type: Checks is not a known resource type"),
    "type of a wrong type": ({"type": 5}, "S102 type: 5 is not a known resource type"),
    "no spec": ({"type": "CheckConfig"}, "S104 : this CheckConfig has no spec"),
    "spec is text": ({**check(), "spec": "x"}, 'S103 spec: spec must be an object, not the text "x"'),
    "unknown at the top": ({**check(), "kind": "x"}, "S102 kind: a document has no field kind"),
    "wrong version": (
        {**check(), "api_version": "core/v3"},
        "S104 api_version: a CheckConfig belongs to core/v2",
    ),
    "metadata field": (
        {**check(), "metadata": {"name": "a", "label": {}}},
        "S102 metadata.label: metadata has no field label",
    ),
    "no name": ({**check(), "metadata": {}}, "S104 metadata: this CheckConfig has no metadata.name"),
    "name empty": (named(""), "S104 metadata.name: metadata.name is empty"),
    "name with a space": (
        named("a b"),
        'S104 metadata.name: metadata.name "a b" has other characters than letters, digits and _ . - :',
    ),
    "name beyond ASCII": (named("größe"), 'S104 metadata.name: metadata.name "größe" has other characters'),
    "name with a newline": (named("a\n"), "S104 metadata.name: metadata.name"),
    "name is a number": (named(5), "S103 metadata.name: metadata.name must be text, not the number 5"),
    "slash in a name": (named("a/b"), 'S104 metadata.name: metadata.name "a/b" has other characters'),
    "blank in an asset's name": (named("a b", "Asset"), "digits and _ . - : /"),
    "namespace": (
        {**check(), "metadata": {"name": "a", "namespace": "a b"}},
        'S104 metadata.namespace: metadata.namespace "a b" has',
    ),
    "label is a number": (
        {**check(), "metadata": {"name": "a", "labels": {"x": 5}}},
        "S103 metadata.labels.x: metadata.labels.x must be text, not the number 5",
    ),
    "label is yes": (
        {**check(), "metadata": {"name": "a", "labels": {"x": True}}},
        "S103 metadata.labels.x: metadata.labels.x must be text, not true",
    ),
    # Types.
    "unknown field": (check(subscribers=["a"]), "S102 spec.subscribers: spec has no field subscribers"),
    "field in other case": (check(Timeout=5), "S102 spec.Timeout: spec has no field Timeout"),
    "float": (
        check(interval=60.0),
        "S103 spec.interval: interval must be a whole number from 0 to 4294967295, not",
    ),
    "number as text": (
        check(interval="60"),
        "S103 spec.interval: interval must be a whole number from 0 to 42949",
    ),
    "negative": (
        check(timeout=-1),
        "S103 spec.timeout: timeout must be a whole number from 0 to 4294967295, not the",
    ),
    "too large": (
        check(timeout=2**32),
        "S103 spec.timeout: timeout must be a whole number from 0 to 4294967295",
    ),
    "flag as number": (
        check(publish=1),
        "S103 spec.publish: publish must be true or false, not the number 1",
    ),
    "number as flag": (check(ttl=True), "S103 spec.ttl: ttl must be a whole number from -92"),
    "list as text": (
        check(subscriptions="web"),
        "S103 spec.subscriptions: subscriptions must be a list, not the text",
    ),
    "item of a list": (
        check(handlers=["a", 5]),
        "S103 spec.handlers.1: handlers[1] must be text, not the number 5",
    ),
    "null in a list": (check(handlers=[None]), "S103 spec.handlers.0: handlers[0] is empty"),
    "object as list": (check(secrets={"a": "b"}), "S103 spec.secrets: secrets must be a list, not an object"),
    "list as object": (
        check(proxy_requests=[]),
        "S103 spec.proxy_requests: proxy_requests must be an object, not a",
    ),
    "field of an item": (
        check(secrets=[{"name": "A", "id": "B"}]),
        "S102 spec.secrets.0.id: secrets[0] has no field id",
    ),
    "mapping of lists": (
        check(check_hooks=[["a"]]),
        "S103 spec.check_hooks.0: check_hooks[0] must be an object",
    ),
    "half a character": (
        check(command="\ud800"),
        "S103 spec.command: command is not valid Unicode: '\\ud800'",
    ),
    "half a character as key": (
        {**check(), "metadata": {"name": "a", "labels": {"\ud800": "x"}}},
        "S103 metadata.labels: metadata.labels has a key that is not text: '\\ud800'",
    ),
    # Checks.
    "neither interval nor cron": (
        check(interval=0),
        "S104 spec: the check needs an interval above 0 or a cron",
    ),
    "interval and cron": (check(cron="@hourly"), "S104 spec.cron: interval and cron are both set"),
    "bad cron": (
        check(interval=..., cron="0 0 * * 7"),
        "S104 spec.cron: Sensu cannot read the cron schedule '0 0 * * 7': '7' does not fit the day of",
    ),
    "not published": (
        check(publish=False),
        "S109 spec.publish: publish is not true, so Sensu never schedules",
    ),
    "publish left out": (
        check(publish=...),
        "S109 spec: publish is not true, so Sensu never schedules this check",
    ),
    "empty subscription": (check(subscriptions=[""]), "S104 spec.subscriptions.0: subscriptions[0] is empty"),
    "no subscriptions": (
        check(subscriptions=[]),
        "S109 spec: the check has no subscriptions, so no agent runs it",
    ),
    "no timeout": (check(timeout=0), "S109 spec: the check has no timeout, so it may run forever"),
    "no command": (check(command=""), "S109 spec: the check has no command, so it always reports OK"),
    "ttl": (check(ttl=60), "S104 spec.ttl: ttl 60 must be greater than the interval 60"),
    "short ttl": (
        check(interval=3, ttl=4),
        "S105 spec.ttl: ttl 4 is below 5 seconds: Sensu accepts the check and drops all of its results",
    ),
    "ttl in turns": (
        check(ttl=90, round_robin=True),
        "S109 spec.ttl: ttl with round_robin needs a proxy_entity_name",
    ),
    "proxy name": (
        check(proxy_entity_name="{{ .name }}"),
        'S104 spec.proxy_entity_name: proxy_entity_name "{{ .name }}" has other characters than letters',
    ),
    "proxy expression": (
        check(proxy_requests={"entity_attributes": ["entity.name == 'a"]}),
        "S104 spec.proxy_requests.entity_attributes.0: proxy_requests.entity_attributes[0] is no JavaScript "
        "expression: ' is not closed",
    ),
    "splay coverage": (
        check(proxy_requests={"splay": True, "splay_coverage": 101}),
        "S104 spec.proxy_requests.splay_coverage: splay_coverage 101 is a percentage above 100",
    ),
    "splay alone": (
        check(proxy_requests={"splay": True}),
        "S104 spec.proxy_requests.splay: splay needs a splay_coverage above 0",
    ),
    "asset name": (
        check(runtime_assets=["a b"]),
        'S104 spec.runtime_assets.0: runtime_assets[0] "a b" has other characters than letters, digits and',
    ),
    "hook type": (
        check(check_hooks=[{"256": ["a"]}]),
        "S109 spec.check_hooks.0.256: check_hooks[0] is for 256",
    ),
    "two hook types": (
        check(check_hooks=[{"ok": ["a"], "1": ["b"]}]),
        "S109 spec.check_hooks.0: check_hooks[0] has 2",
    ),
    "variable without value": (
        check(env_vars=["A=1", "B="]),
        'S104 spec.env_vars.1: env_vars[1] is "B=", but must be NAME=VALUE with a name and a value',
    ),
    "variable without name": (check(env_vars=["=1"]), 'S104 spec.env_vars.0: env_vars[0] is "=1"'),
    "variable without sign": (check(env_vars=["A"]), 'S104 spec.env_vars.0: env_vars[0] is "A"'),
    "metric format": (
        check(output_metric_format="nagios"),
        "S104 spec.output_metric_format: output_metric_format nagios is not one of nagios_perfdata",
    ),
    "threshold name": (
        threshold(name="/var"),
        'S105 spec.output_metric_thresholds.0: output_metric_thresholds[0] has a name that "/var" has other',
    ),
    "threshold empty": (
        threshold(thresholds=[]),
        "output_metric_thresholds[0] has no thresholds: Sensu accepts the",
    ),
    "threshold blank": (
        threshold(thresholds=[{"status": 1}]),
        "has a threshold with neither min nor max: Sensu",
    ),
    "threshold limit": (
        threshold(thresholds=[{"min": "a"}]),
        'has the limit "a", which is no number: Sensu accepts',
    ),
    "threshold limit of Python": (
        threshold(thresholds=[{"max": "1_000"}]),
        'the limit "1_000", which is no num',
    ),
    "threshold tag": (
        threshold(tags=[{"name": "t", "value": ""}]),
        "has the tag t without a value: Sensu accepts the",
    ),
    "flapping": (
        check(low_flap_threshold=20, high_flap_threshold=20),
        "S104 spec.low_flap_threshold: low_flap_threshold 20 must be below high_flap_threshold 20",
    ),
    "output size": (check(max_output_size=-1), "S105 spec.max_output_size: max_output_size is below 0"),
    "pipeline type": (
        check(pipelines=[{"type": "Handler", "name": "a"}]),
        "S105 spec.pipelines.0: pipelines[0] is a core/v2 Handler, not a core/v2 Pipeline",
    ),
    "pipeline name": (
        check(pipelines=[{}]),
        "S105 spec.pipelines.0: pipelines[0] has no name: Sensu accepts",
    ),
    "subdue time": (
        subdue(begin="18:00"),
        "S104 spec.subdues.0.begin: subdues[0].begin is no time such as 2026-11-01T18:00:00Z",
    ),
    "subdue in another form": (
        subdue(begin="20261101T180000Z"),
        "S104 spec.subdues.0.begin: subdues[0].begin is no time such as",
    ),
    "subdue without zone": (
        subdue(end="2026-11-01T19:00:00"),
        "S104 spec.subdues.0.end: subdues[0].end is no time",
    ),
    "subdue backwards": (
        subdue(end="2026-11-01T17:00:00Z"),
        "S104 spec.subdues.0: subdues[0] ends before it begins",
    ),
    "subdue repeats": (
        subdue(repeat=["hourly"]),
        "S104 spec.subdues.0.repeat: subdues[0] repeats hourly, which Sen",
    ),
    "old subdue": (check(subdue={"days": {}}), "S109 spec.subdue: sensuctl drops subdue silently"),
    "token": (
        check(command="docker --format {{.Names}} '{{"),
        "S106 spec.command: Sensu cannot evaluate command: a {{ is not closed",
    ),
    "token in an annotation": (
        {**check(), "metadata": {"name": "a", "annotations": {"x": "{{ .labels.a-b }}"}}},
        "S106 metadata.annotations.x: Sensu cannot evaluate metadata.annotations.x: a token has .labels.a-b",
    ),
    "no value": (
        check(env_vars=["A=<no value>"]),
        "S106 spec.env_vars.0: Sensu cannot evaluate env_vars[0]: ",
    ),
    "long line": (
        check(command=LONG),
        "S104 spec.command: command makes a line of 65565 bytes; sensuctl reads at most 65535",
    ),
    "large resource": (
        check(subscriptions=[f"entity:web-{number:030}" for number in range(12_000)]),
        "bytes, and Sensu's API accepts 512000 in one request",
    ),
    # The others.
    "hook command": (document("HookConfig", command=""), "S104 spec: the hook has no command"),
    "hook timeout": (document("HookConfig", timeout=0), "S104 spec: the hook needs a timeout above 0"),
    "hook with variables": (
        document("HookConfig", env_vars=[]),
        "S102 spec.env_vars: spec has no field env_vars",
    ),
    "hook asset": (
        document("HookConfig", runtime_assets=["a b"]),
        "S104 spec.runtime_assets.0: runtime_assets[0]",
    ),
    "asset url": (document("Asset", url=""), "S104 spec: spec has no url"),
    "asset sha": (document("Asset", sha512="abc"), "S104 spec: spec needs a sha512 of 128 characters"),
    "asset filter": (
        document("Asset", filters=[""]),
        "S104 spec.filters.0: filters[0] is no JavaScript expression",
    ),
    "asset build": (
        document("Asset", url=..., sha512=..., builds=[{"url": "https://x", "sha512": "1"}]),
        "S104 spec.builds.0: builds[0] needs a sha512 of 128 characters",
    ),
    "asset with both": (
        document("Asset", builds=[{"url": "https://x", "sha512": "1" * 128}]),
        "S109 spec: the asset has builds, so Sensu ignores its own url",
    ),
    "handler type": (
        document("Handler", type=...),
        'S104 spec: a handler\'s type is pipe, tcp, udp or set, not ""',
    ),
    "pipe": (document("Handler", command=" "), "S104 spec: a pipe handler needs a command"),
    "tcp": (
        document("Handler", type="tcp", socket={"host": "a", "port": 0}),
        "S104 spec: a tcp handler needs a socket with a host and a port above 0",
    ),
    "set": (document("Handler", type="set"), "S104 spec: a handler set needs handlers"),
    "set filters": (
        document("Handler", type="set", handlers=["a"], filters=["b"]),
        "S109 spec.filters: Sensu ignores the filters of a handler set",
    ),
    "handler variables": (document("Handler", env_vars=["A"]), 'S104 spec.env_vars.0: env_vars[0] is "A"'),
    "filter action": (
        document("EventFilter", action="drop"),
        "S104 spec: a filter's action is allow or deny, not",
    ),
    "filter empty": (document("EventFilter", expressions=[]), "S104 spec: a filter needs an expression"),
    "filter expression": (
        document("EventFilter", expressions=["(a"]),
        "expressions[0] is no JavaScript expression: (",
    ),
    "filter when": (
        document("EventFilter", when={"days": {}}),
        "S109 spec.when: sensuctl drops when silently",
    ),
    "mutator": (
        document("Mutator", command=""),
        "S104 spec: a mutator needs a command, or the type javascript and",
    ),
    "mutator type": (
        document("Mutator", type="tcp"),
        "S104 spec.type: a mutator's type is pipe or javascript",
    ),
    "mutator in JavaScript": (
        document("Mutator", type="javascript", eval="x"),
        "S104 spec: a javascript mutator needs eval, and no command",
    ),
    "no workflow": (
        document("Pipeline", workflows=[]),
        "S109 spec: a pipeline without workflows fails for every ev",
    ),
    "workflow name": (
        document("Pipeline", workflows=[{**SOUND["Pipeline"]["workflows"][0], "name": ""}]),
        "S104 spec.workflows.0: the name of workflows[0] is empty",
    ),
    "workflow handler": (
        document("Pipeline", workflows=[{"name": "w"}]),
        "S104 spec.workflows.0: workflows[0] has no",
    ),
    "reference parts": (
        document("Pipeline", **ref(name="", api_version="")),
        "S104 spec.workflows.0.handler: workflows[0].handler has no name and no api_version",
    ),
    "reference kind": (
        document("Pipeline", **ref(type="Mutator")),
        "S104 spec.workflows.0.handler: workflows[0].handler is a Mutator, but must be a Handler",
    ),
    "entity class": (document("Entity", entity_class=""), "S104 spec: an entity needs an entity_class"),
    "entity class name": (
        document("Entity", entity_class="a b"),
        'S104 spec.entity_class: entity_class "a b" has',
    ),
    "namespace name": (document("Namespace", name="a b"), 'S104 spec.name: name "a b" has other characters'),
    "namespace without name": (document("Namespace", name=...), "S104 spec.name: name is empty"),
    "secret": (document("Secret", id=""), "S104 spec: a secret has no id"),
    "secret's version": (
        {**document("Secret"), "api_version": "core/v2"},
        "S104 api_version: a Secret belongs to secrets/v1, not core/v2",
    ),
}


@pytest.mark.parametrize(("made", "expected"), CASES.values(), ids=CASES)
def test_rule(made: dict[str, Any], expected: str) -> None:
    problems = list(problems_of(made))
    assert [shown(problem) for problem in problems if expected in shown(problem)] != [], problems
    assert len(problems) == 1, problems
    for problem in problems:
        assert problem.severity == ("warning" if problem.id == "S109" else "error")


def test_days_and_hours_of_the_old_subdue_are_checked() -> None:
    made = check(subdue={"days": {"mon": [{"begin": "5:00PM", "end": "17:00"}], "all": [{"begin": "05:00 AM"}]}})
    assert [shown(problem) for problem in problems_of(made)] == [
        "S109 spec.subdue: sensuctl drops subdue silently",
        "S104 spec.subdue.days.mon: subdue has mon, which is no day of the week",
        "S104 spec.subdue.days.mon: the end of subdue on mon is no time such as 5:00PM",
        "S104 spec.subdue.days.all: the end of subdue on all is no time such as 5:00PM",
    ]


@pytest.mark.parametrize(
    ("field", "hint"), [("handler", "did you mean handlers?"), ("Interval", "did you mean interval?")]
)
def test_misspelt_field_suggests_the_right_name(field: str, hint: str) -> None:
    (problem,) = problems_of(check(**{field: ["a"]}))
    assert problem.hint == hint


def test_reference_to_a_commercial_type_is_accepted() -> None:
    assert list(problems_of(document("Pipeline", **ref(api_version="pipeline/v1", type="TCPStreamHandler")))) == []


def test_all_allowed_values_pass() -> None:
    made = check(
        interval=...,
        cron="CRON_TZ=Europe/Berlin */5 8-18 ? jan-dec MON,fri",
        ttl=90,
        check_hooks=[{"0": ["a"]}, {"255": ["a"]}, {"non-zero": ["a"]}],
        output_metric_thresholds=[{"name": "a", "thresholds": [{"min": "-1.5e3"}]}],
        subdues=[{"begin": "2026-11-01T18:00:00+01:00", "end": "2026-11-01T18:00:00+01:00", "repeat": ["mondays"]}],
        pipelines=[{"name": "a"}],
        proxy_requests={
            "entity_attributes": ['/a"/.test(entity.name)'],
            "splay_coverage": 100,
            "splay": True,
        },
    )
    assert list(problems_of(made)) == []
