"""Tests of the reader of objects in the formats of sensuctl, the API and Core 1.x, with their lines."""

import pytest

from sensu.reading.stored_objects import Object, Unread, read

WRAPPED = """{
  "type": "CheckConfig", "api_version": "core/v2",
  "metadata": {"name": "a", "namespace": "x"},
  "spec": {
    "command": "true",
    "interval": 60
  }
}
"""


def objects(text: str) -> list[Object]:
    found = list(read("f", text))
    assert [one for one in found if isinstance(one, Unread)] == []
    return [one for one in found if isinstance(one, Object)]


def test_json_documents_follow_one_another() -> None:
    one, two = objects(WRAPPED + WRAPPED.replace('"a"', '"b"'))
    assert (one.kind, one.name, one.namespace, str(one.origin())) == ("CheckConfig", "a", "x", "f:4")
    assert (two.name, str(two.origin("interval"))) == ("b", "f:14")


def test_yaml_of_a_dump() -> None:
    text = "---\n# a comment\n---\ntype: Entity\nmetadata:\n  name: e\nspec:\n  entity_class: proxy\n"
    (one,) = objects(text)
    assert (one.kind, one.name, one.fields) == ("Entity", "e", {"entity_class": "proxy"})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ('"command": "true", "subscriptions": ["x"], "interval": 60', "CheckConfig"),
        ('"entity_class": "agent"', "Entity"),
        ('"type": "pipe", "command": "x", "filters": []', "Handler"),
        ('"action": "allow", "expressions": []', "EventFilter"),
        ('"workflows": []', "Pipeline"),
        ('"builds": []', "Asset"),
        ('"command": "x", "timeout": 1', "HookConfig"),
        ('"mystery": 1', "object of an unknown type"),
    ],
)
def test_types_in_answers_of_the_api_are_found_by_their_fields(fields: str, kind: str) -> None:
    text = '[\n{"metadata": {"name": "a", "namespace": "n"}, FIELDS},\n{"metadata": {"name": "b"}, FIELDS}]'
    one, two = objects(text.replace("FIELDS", fields))
    assert (one.kind, one.name, one.namespace, str(one.origin())) == (kind, "a", "n", "f:2")
    assert (two.kind, str(two.origin())) == (kind, "f:3")


def test_a_list_on_one_long_line() -> None:
    one = '{"metadata": {"name": "c%d"}, "command": "true", "interval": 60, "subscriptions": ["linux"]}'
    text = "[" + ",".join(one % number for number in range(1_000)) + "]"
    assert [found.name for found in objects(text)] == [f"c{number}" for number in range(1_000)]


def test_sections_of_core() -> None:
    text = '{"checks": {"a": {"command": "x"}},\n"handlers": {"h": {}},\n"client": {"name": "c"},\n"redis": {"a": 1}}'
    found = [(one.kind, one.name, str(one.origin())) for one in objects(text)]
    assert found == [
        ("check", "a", "f:1"),
        ("handler", "h", "f:2"),
        ("client", "c", "f:3"),
        ("section redis", "", "f:4"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ('{"type": "CheckConfig",\n', 2, "a key in double quotes"),
        ("{]", 1, "a key in double quotes"),
        ("type: [", 1, "the YAML cannot be read"),
        ("just words", 1, "this is not an object"),
        ("[1,\n2]", 1, "this is not an object"),
        ('{"type": "CheckConfig", "spec": []}', 1, "one of them is missing or has a wrong type"),
        ('{"spec": {}}', 1, "one of them is missing or has a wrong type"),
        ('{"checks": {"a":\n 3}}', 1, "check a is not an object"),
        ('{"checks": []}', 1, "checks is not an object of checks by name"),
        ('{"metadata": {"name": "a"},\n"name": 1, "name": 2}', 2, "name occurs twice"),
        ("[" * 100_000, 1, "nested too deeply"),
        ("a: \0", 1, "control character"),
    ],
)
def test_unreadable_part_is_reported_with_its_line(text: str, line: int, why: str) -> None:
    found = [one for one in read("f", text) if isinstance(one, Unread)]
    assert found[0].origin.line == line
    assert why in found[0].why
