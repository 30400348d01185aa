"""Tests of the parser: documents become models and equal documents again."""

from dataclasses import fields
from typing import Any

import pytest

import sensu
from sensu import (
    Asset,
    AssetBuild,
    CheckConfig,
    CheckHook,
    Entity,
    EventFilter,
    Handler,
    HookConfig,
    Invalid,
    MetricLimits,
    MetricTag,
    MetricThreshold,
    Mutator,
    Namespace,
    Pipeline,
    ProxyRequests,
    Resource,
    SecretReference,
    Socket,
    Subdue,
    Workflow,
    parse,
)
from sensu.handlers import to
from tests.sensu.plans import shop

SECRET = SecretReference(name="KEY", secret="pager-key")
EVERYTHING: tuple[Resource, ...] = (
    CheckConfig(
        name="web.load",
        namespace="qa",
        labels={"a": "b"},
        annotations={"c": "d"},
        command="load",
        cron="CRON_TZ=UTC */5 * * * *",
        publish=False,
        subscriptions=("web",),
        handlers=("a",),
        pipelines=(to("Pipeline", "page"),),
        timeout=10,
        ttl=90,
        stdin=True,
        round_robin=True,
        proxy_entity_name="lb",
        runtime_assets=("checks",),
        check_hooks=(CheckHook(on="critical", hooks=("ps", "df")), CheckHook(on="1", hooks=("df",))),
        env_vars=("A=b",),
        secrets=(SECRET,),
        output_metric_format="nagios_perfdata",
        output_metric_handlers=("influx",),
        output_metric_tags=(MetricTag(name="host", value="{{ .name }}"),),
        output_metric_thresholds=(
            MetricThreshold(
                name="load1",
                tags=(MetricTag(name="host", value="x"),),
                null_status=3,
                thresholds=(MetricLimits(max="4", status=1), MetricLimits(min="0", max="8.5", status=2)),
            ),
        ),
        low_flap_threshold=10,
        high_flap_threshold=30,
        max_output_size=4096,
        discard_output=True,
        subdues=(Subdue(begin="2026-11-01T22:00:00+01:00", end="2026-11-02T02:00:00+01:00", repeat=("daily",)),),
    ),
    CheckConfig(
        name="web.http",
        command="http",
        interval=30,
        subscriptions=(),
        timeout=0,
        proxy_requests=ProxyRequests(entity_attributes=("a",), splay=False, splay_coverage=0),
    ),
    HookConfig(name="ps", command="ps", timeout=5, stdin=True, runtime_assets=("a/b",)),
    Handler(name="pager", command="page", timeout=30, env_vars=("A=b",), secrets=(SECRET,), mutator="json"),
    Handler(name="log", type="tcp", socket=Socket(host="127.0.0.1", port=514), filters=("is_incident",)),
    Handler(name="both", type="set", handlers=("pager", "log")),
    EventFilter(name="hours", action="allow", expressions=("hour(event.timestamp) > 8",), runtime_assets=("js",)),
    Mutator(name="short", type="javascript", eval="return JSON.stringify(event)", timeout=1),
    Mutator(name="long", command="mutate", env_vars=("A=b",), runtime_assets=("a",), secrets=(SECRET,)),
    Pipeline(
        name="page",
        workflows=(Workflow(name="page", filters=(to("EventFilter", "hours"),), handler=to("Handler", "pager")),),
    ),
    Entity(name="lb", subscriptions=("a",), keepalive_handlers=("b",)),
    Asset(name="a/b", builds=(AssetBuild(url="https://x/y", sha512="0" * 128, filters=("true",), headers={"A": "b"}),)),
    Namespace(name="qa"),
)


@pytest.mark.parametrize("resource", [*EVERYTHING, *sensu.render(shop())], ids=lambda one: f"{one.kind}-{one.name}")
def test_parsing_a_document_returns_the_same_model(resource: Resource) -> None:
    assert parse(resource.document()) == resource


def test_samples_set_every_field_of_a_check() -> None:
    untouched = CheckConfig(name="x", command="x", interval=1, subscriptions=(), timeout=0)
    tried = [one for one in EVERYTHING if isinstance(one, CheckConfig)]
    for field in (each.name for each in fields(CheckConfig)):
        assert any(getattr(one, field) != getattr(untouched, field) for one in tried), field


def document(**spec: Any) -> dict[str, Any]:
    return {"type": "CheckConfig", "api_version": "core/v2", "metadata": {"name": "x"}, "spec": spec}


def test_missing_fields_get_the_defaults_of_sensu() -> None:
    made = parse(document(command="x", interval=60, subscriptions=None, timeout=None, proxy_requests={}))
    assert isinstance(made, CheckConfig)
    assert (made.publish, made.timeout, made.subscriptions) == (False, 0, ())
    assert made.proxy_requests == ProxyRequests(entity_attributes=(), splay=False, splay_coverage=0)


def test_a_hook_item_with_two_types_becomes_two_items() -> None:
    made = parse(document(command="x", interval=60, check_hooks=[{"critical": ["a"], "warning": ["b"]}]))
    assert isinstance(made, CheckConfig)
    assert made.check_hooks == (CheckHook(on="critical", hooks=("a",)), CheckHook(on="warning", hooks=("b",)))


SECRET_RESOURCE = {
    "type": "Secret",
    "api_version": "secrets/v1",
    "metadata": {"name": "x"},
    "spec": {"id": "a", "provider": "b"},
}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "a document : the document has no type"),
        (SECRET_RESOURCE, "Secret x: this type cannot be parsed"),
        (document(command="x", interval=60, cron="@daily"), "CheckConfig x: interval and cron are both set"),
        (document(command="x", interval=60, comand="y"), "CheckConfig x: spec has no field comand"),
        ({"type": "CheckConfig", "metadata": 5, "spec": {}}, "metadata must be an object"),
    ],
)
def test_parse_refuses_invalid_documents(document: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid) as raised:
        parse(document)
    assert message in str(raised.value)
