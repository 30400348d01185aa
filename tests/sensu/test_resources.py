"""Tests of the models. Invalid ones raise an error, and valid ones cannot change."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from sensu import CheckConfig, Entity, Invalid, Namespace, ProxyRequests, SecretReference


def check(**fields: Any) -> CheckConfig:
    defaults: dict[str, Any] = {
        "name": "web.disk",
        "command": "/bin/true",
        "interval": 60,
        "timeout": 10,
        "subscriptions": ("web",),
    }
    return CheckConfig(**defaults | fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "a b"}, 'CheckConfig a b: metadata.name "a b" has other characters than letters'),
        ({"namespace": "a b"}, 'metadata.namespace "a b" has other characters'),
        ({"labels": {"x": 5}}, "metadata.labels.x must be text, not the number 5"),
        ({"labels": {5: "x"}}, "metadata.labels has a key that is not text: 5"),
        ({"annotations": {"x": None, "y": False}}, "metadata.annotations.y must be text, not false"),
        ({"command": 5}, "command must be text, not the number 5"),
        ({"command": "{{"}, "Sensu cannot evaluate command: a {{ is not closed"),
        ({"interval": 0}, "the check needs an interval above 0 or a cron schedule"),
        ({"interval": 60.0}, "interval must be a whole number"),
        ({"interval": -1}, "interval must be a whole number"),
        ({"cron": "@hourly"}, "interval and cron are both set"),
        ({"interval": 0, "cron": "@often"}, "Sensu cannot read the cron schedule '@often'"),
        ({"publish": "yes"}, "publish must be true or false"),
        ({"subscriptions": "web"}, "subscriptions must be a list"),
        ({"subscriptions": ("",)}, "subscriptions[0] is empty"),
        ({"handlers": (5,)}, "handlers[0] must be text"),
        ({"timeout": -1}, "timeout must be a whole number"),
        ({"ttl": 60}, "ttl 60 must be greater than the interval 60"),
        ({"interval": 1, "ttl": 4}, "ttl 4 is below 5 seconds"),
        ({"round_robin": 1}, "round_robin must be true or false"),
        ({"proxy_entity_name": "{{ .name }}"}, 'proxy_entity_name "{{ .name }}" has other characters'),
        (
            {"proxy_requests": ProxyRequests(entity_attributes=("(",))},
            "is no JavaScript expression: ( is not closed",
        ),
        (
            {"proxy_requests": ProxyRequests(entity_attributes=("a",), splay_coverage=101)},
            "splay_coverage 101 is a percentage above 100",
        ),
        (
            {"proxy_requests": ProxyRequests(entity_attributes=("a",), splay_coverage=0)},
            "splay needs a splay_cov",
        ),
        ({"runtime_assets": ("a b",)}, 'runtime_assets[0] "a b" has other characters'),
        ({"env_vars": ("A=",)}, 'env_vars[0] is "A=", but must be NAME=VALUE'),
        ({"secrets": (SecretReference(name="A", secret=5),)}, "secrets[0].secret must be text"),  # type: ignore[arg-type]
        ({"output_metric_format": "nagios"}, "output_metric_format nagios is not one of"),
        ({"max_output_size": -1}, "max_output_size is below 0"),
    ],
)
def test_invalid_check_raises(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid) as raised:
        check(**fields)
    assert message in str(raised.value)
    assert str(raised.value).startswith("CheckConfig ")


def test_invalid_entity_or_namespace_raises() -> None:
    with pytest.raises(Invalid, match=r"Entity a/b: metadata.name .* has other characters"):
        Entity(name="a/b")
    with pytest.raises(Invalid, match="Entity a: an entity needs an entity_class"):
        Entity(name="a", entity_class="")
    with pytest.raises(Invalid, match='Namespace a b: name "a b" has other characters'):
        Namespace(name="a b")


def test_a_resource_does_not_change_after_its_check() -> None:
    labels, subscriptions = {"a": "b"}, ["web"]
    made = check(labels=labels, subscriptions=subscriptions)
    labels["a"], subscriptions[0] = "{{", ""
    assert (made.labels, made.subscriptions) == ({"a": "b"}, ("web",))
    with pytest.raises(TypeError):
        made.labels["a"] = "{{"  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        made.ttl = 1  # type: ignore[misc]


def test_document_contains_set_and_explicit_fields() -> None:
    made = check(
        namespace="production",
        secrets=(SecretReference(name="A", secret="b"),),
        proxy_requests=ProxyRequests(entity_attributes=("a",)),
    )
    assert made.document() == {
        "type": "CheckConfig",
        "api_version": "core/v2",
        "metadata": {"name": "web.disk", "namespace": "production"},
        "spec": {
            "command": "/bin/true",
            "handlers": [],
            "interval": 60,
            "proxy_requests": {"entity_attributes": ["a"], "splay": True, "splay_coverage": 90},
            "publish": True,
            "secrets": [{"name": "A", "secret": "b"}],
            "subscriptions": ["web"],
            "timeout": 10,
        },
    }
    assert Namespace(name="qa").document() == {
        "type": "Namespace",
        "api_version": "core/v2",
        "metadata": {},
        "spec": {"name": "qa"},
    }
