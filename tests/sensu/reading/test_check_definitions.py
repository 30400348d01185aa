"""Tests of the meaning of checks of both generations, and of the reasons against a conversion."""

import json
from typing import Any

import pytest

from checkwright.core.conversion import NotConvertible
from checkwright.registry.plan import Placeholder
from sensu.reading import check_definitions, entity_expressions, machines
from sensu.reading.check_definitions import Check
from sensu.reading.stored_objects import Object, read


def go(**fields: Any) -> Check:
    base = {"command": "/bin/true", "interval": 60, "subscriptions": ["linux"]}
    document = {"type": "CheckConfig", "metadata": {"name": "a"}, "spec": {**base, **fields}}
    return check_definitions.of(one(json.dumps(document)))


def core(**fields: Any) -> Check:
    base = {"command": "/bin/true", "interval": 60, "subscribers": ["linux"]}
    return check_definitions.of(one(json.dumps({"checks": {"a": {**base, **fields}}})))


def one(text: str) -> Object:
    (found,) = read("f", text)
    assert isinstance(found, Object)
    return found


def test_a_command_is_words_with_placeholders() -> None:
    check = go(command='/p -H {{ .labels.cw_address }} --x={{ .labels.port | default 80 }} "{{ .name }}"')
    port = Placeholder("label.port")
    expected = (("/p",), ("-H",), (Placeholder("address"),), ("--x=", port), (Placeholder("host"),))
    assert check.command == expected
    assert check.defaults == {"port": "80"}


def test_a_command_of_core() -> None:
    check = core(command="/p :::address::: :::app.port|80::: ':::labels.x:::'")
    labels = tuple((Placeholder(f"label.{name}"),) for name in ("app_port", "x"))
    assert check.command == (("/p",), (Placeholder("address"),), *labels)


def test_variables_of_the_command_become_its_words() -> None:
    check = go(command='LC_ALL=C /p "$CW_1"', env_vars=["CW_1={{ .labels.port }}", "PROXY=http://p:1/"])
    assert check.command == (("/p",), (Placeholder("label.port"),))
    assert check.env == (("LC_ALL", "C"), ("PROXY", "http://p:1/"))


def test_variable_that_becomes_part_of_the_command_is_noted() -> None:
    check = go(command='/p "$PORT"', env_vars=["PORT={{ .labels.port }}"])
    assert (check.command, check.env) == ((("/p",), (Placeholder("label.port"),)), ())
    assert [note.text for note in check.notes] == ["the variable PORT is now part of the command, and not set any more"]


@pytest.mark.parametrize(
    ("cron", "seconds"),
    [("*/5 * * * *", 300), ("* * * * *", 60), ("@every 1h30m", 5_400), ("@hourly", 3_600), ("@every 10s", 10)],
)
def test_schedules_with_equal_steps_are_intervals(cron: str, seconds: int) -> None:
    assert go(interval=0, cron=cron).interval == seconds


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"cron": "0 7 * * *", "interval": 0}, "has no equal steps"),
        ({"cron": "*/7 * * * *", "interval": 0}, "has no equal steps"),
        ({"interval": 0}, "it has no interval"),
        ({"interval": "60"}, "its interval is not a whole number of seconds"),
        ({"interval": -1}, "its interval is not a whole number of seconds"),
        ({"interval": True}, "its interval is not a whole number of seconds"),
        ({"timeout": 1.5}, "its timeout is not a whole number of seconds"),
        ({"command": ""}, "it names no program"),
        ({"command": None}, "it has no command"),
        ({"command": ["a"]}, "its command is not text"),
        ({"command": "a | b"}, "its command needs a shell: it has a pipe"),
        ({"command": "/p {{ .labels.x | printf }}"}, "is more than a field and a default"),
        ({"command": "/p {{ .system.hostname }}"}, "the token system.hostname is not a label, name or address"),
        ({"command": "/p {{ .labels.x | default 1 }} {{ .labels.x | default 2 }}"}, "has two defaults"),
        ({"command": '/p {{ index .labels "a b" }}'}, "has other characters"),
        ({"command": "/p {{ .name }}", "proxy_entity_name": "r"}, "is a value of the agent"),
        ({"proxy_entity_name": "{{ .name }}"}, "is a token"),
        ({"env_vars": ["X={{ .name }}"]}, "differs between entities"),
        ({"env_vars": ["X"]}, "is not NAME=VALUE"),
        ({"env_vars": "X=1"}, "its env_vars is not a list of texts"),
        ({"subscriptions": "linux"}, "its subscriptions is not a list of texts"),
        ({"subscriptions": ["{{ .name }}"]}, "a subscription is a token"),
        ({"handlers": [1]}, "its handlers is not a list of texts"),
        ({"pipelines": ["x"]}, "its pipelines are not a list of objects"),
        ({"proxy_requests": []}, "its proxy_requests is not an object"),
        ({"publish": False}, "it is not published"),
        ({"stdin": True}, "on its standard input"),
        ({"secrets": [{"name": "A", "secret": "b"}]}, "it uses secrets of Sensu"),
    ],
)
def test_check_that_cannot_be_converted_says_why(fields: dict[str, Any], why: str) -> None:
    assert why in go(**fields).left


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"extension": "x"}, "it runs an extension"),
        ({"proxy_requests": {"client_attributes": {"a": "b"}}}, "it selects clients by attributes"),
        ({"source": ":::x:::"}, "is a token"),
    ],
)
def test_check_of_core_that_cannot_be_converted_says_why(fields: dict[str, Any], why: str) -> None:
    assert why in core(**fields).left


def test_each_field_without_a_counterpart_is_noted() -> None:
    check = go(ttl=200, max_output_size=5, mystery={"a": 1}, low_flap_threshold=0)
    assert {note.field for note in check.notes} == {"max_output_size", "mystery"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("entity.entity_class == 'proxy'", True),
        ("entity.labels.kind === \"site\" && entity.name == 'a'", True),
        ("(entity.labels['kind'] == 'other')", False),
        ("entity.labels.missing == 'x'", False),
    ],
)
def test_comparisons_are_understood(expression: str, expected: bool) -> None:
    assert entity_expressions.holds(expression, "a", "proxy", {"kind": "site"}) is expected


@pytest.mark.parametrize("expression", ["entity.name != 'a'", "true", "", "entity.labels.x == 'a' || true", "x('')"])
def test_other_expressions_are_not_guessed(expression: str) -> None:
    with pytest.raises(NotConvertible):
        entity_expressions.holds(expression, "a", "proxy", {})


def test_machine_has_no_secrets_and_no_labels_of_checkwright() -> None:
    labels = {"port": "1", "cw_address": "10.0.0.1", "sensu.io/managed_by": "x", "password": "hunter2", "pin": "3"}
    spec = {"entity_class": "agent", "redact": ["pin"], "subscriptions": ["linux", "entity:e"]}
    machine = machines.of(
        one(json.dumps({"type": "Entity", "metadata": {"name": "e", "labels": labels}, "spec": spec}))
    )
    assert (machine.labels, machine.hidden) == ((("port", "1"),), ("password", "pin"))
    assert (machine.address, machine.subscriptions, machine.is_proxy) == ("10.0.0.1", ("linux",), False)


def test_client_of_core_has_attributes() -> None:
    client = {"name": "c", "address": "10.0.0.1", "app": {"port": 80, "secret": "x"}, "keepalive": {"a": 1}}
    machine = machines.of(one(json.dumps({"client": client})))
    assert machine.attributes == {"app_port": "80"}
    assert machine.hidden == ("app.secret",)
