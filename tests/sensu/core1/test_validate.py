"""Tests of each rule about definitions of Sensu Core 1.x, with the messages that users read."""

import json
from typing import Any

import pytest

from sensu import EXPECTED, core1

GOOD: dict[str, Any] = {"command": "/bin/true", "interval": 60, "timeout": 12, "subscribers": ["web"]}
CLIENT: dict[str, Any] = {"name": "web-1", "address": "10.0.0.1", "subscriptions": ["web"]}


def findings_of(document: object, name: str = "a.json") -> list[str]:
    return [str(one) for one in core1.validate_files({name: json.dumps(document, indent=1)})]


def of_check(**changed: Any) -> list[str]:
    """Return the messages about a valid check with these fields changed, or removed where None."""
    spec = {key: one for key, one in (GOOD | changed).items() if one is not None}
    handlers = {name: {"type": "pipe", "command": "/bin/true"} for name in ("a", "b")}
    return [one.partition(": check c: ")[2] for one in findings_of({"checks": {"c": spec}, "handlers": handlers})]


def test_valid_files_have_no_findings() -> None:
    assert findings_of({"checks": {"c": GOOD, "d": GOOD | {"custom": [1], "source": ":::name|x:::"}}}) == []
    assert findings_of({"client": CLIENT}) == []
    assert findings_of(CLIENT) == []
    assert findings_of({"client": {"subscriptions": ["roundrobin:central"]}}) == []
    assert findings_of({"handlers": {"page": {"type": "pipe", "command": "page"}}}) == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"command": None}, "a check has either a command or an extension, and neither is set"),
        ({"extension": "x"}, "a check has either a command or an extension, and both are set"),
        ({"command": 5}, "command must be text, not the number 5"),
        ({"timeout": "12"}, "timeout must be a number of seconds"),
        ({"interval": None}, "the check needs an interval above 0 or a cron schedule"),
        ({"interval": 0}, "the check needs an interval above 0 or a cron schedule"),
        ({"interval": None, "cron": "* *"}, "Core cannot read the cron schedule '* *'"),
        ({"subscribers": None}, "the check needs subscribers, or standalone"),
        ({"subscribers": [""]}, "subscribers[0] is empty"),
        ({"subscribers": "web"}, 'subscribers must be a list, not the text "web"'),
        ({"standalone": "yes", "subscribers": []}, 'standalone must be true or false, not the text "yes"'),
        ({"handlers": "page"}, 'handlers must be a list, not the text "page"'),
        ({"ttl": 0}, "ttl must be above 0, not 0"),
        ({"ttl": 60}, "ttl 60 is not above the interval 60: Core reports every round as missing"),
        (
            {"low_flap_threshold": 5},
            "low_flap_threshold and high_flap_threshold go together, and one is missing",
        ),
        ({"aggregate": "a b"}, 'aggregate has "a b", and a name has letters, digits and _ . : | -'),
        ({"source": "a b"}, 'source "a b" has other characters than letters, digits and _ . -'),
        ({"proxy_requests": {}}, "proxy_requests needs client_attributes, an object that is not empty"),
        (
            {"proxy_requests": {"client_attributes": {"a": 1}, "splay_coverage": 100}},
            "splay_coverage is a percentage from 1 to 99",
        ),
        (
            {"proxy_requests": {"client_attributes": {"a": 1}, "splay": 1}},
            "splay must be true or false",
        ),
        ({"hooks": {"256": {"command": "x"}}}, "hooks has 256, which is neither an exit status nor a severity"),
        ({"hooks": {"ok": {}}}, "hooks.ok has no command"),
        ({"truncate_output_length": 0}, "truncate_output_length must be above 0, not 0"),
    ],
)
def test_refused_check(changed: dict[str, Any], message: str) -> None:
    (found,) = [
        one
        for one in findings_of({"checks": {"c": {k: v for k, v in (GOOD | changed).items() if v is not None}}})
        if " error " in one
    ]
    assert message in found


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"timeout": None}, "the check has no timeout, so it may run forever"),
        ({"subscribers": []}, "the check has no subscribers, so no client runs it"),
        ({"standalone": True}, "a standalone check has subscribers, which the server does not read"),
        ({"handler": "a", "handlers": ["b"]}, "handler and handlers are both set, and Core reads only handlers"),
        ({"cron": "* * * * *"}, "interval and cron are both set, and Core uses cron"),
        (
            {"env_vars": ["A=b"]},
            "env_vars is a field of Sensu Go, which Core does not read (Core has assignments in the command)",
        ),
        (
            {"standalone": True, "subscribers": None, "proxy_requests": {"client_attributes": {"a": 1}}},
            "only the server makes proxy requests, and it does not schedule a standalone check",
        ),
    ],
)
def test_check_with_a_field_of_no_effect(changed: dict[str, Any], message: str) -> None:
    assert of_check(**changed) == [message]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"checks": []}, "a.json:2: error S211: checks: checks must be an object of checks by name"),
        (
            {"checks": {"a b": GOOD}},
            'a.json:3: error S211: check a b: the name of a check "a b" has other characters than letters, digits'
            " and _ . -",
        ),
        (
            {"checks": {"c": 1}},
            "a.json:3: error S211: check c: a check is an object with a command, an interval and subscribers",
        ),
        ({"client": CLIENT | {"address": None}}, "a.json:2: error S211: client: the client has no address"),
        (
            CLIENT | {"name": "a/b"},
            'a.json:2: error S211: client: the name of a client "a/b" has other characters than letters, digits and'
            " _ . -",
        ),
        (
            {"client": []},
            "a.json:2: error S211: client: a client is an object with a name, an address and subscriptions",
        ),
        (
            {"client": CLIENT | {"safe_mode": 1}},
            "a.json:8: error S103: client: safe_mode must be true or false, not the number 1",
        ),
    ],
)
def test_finding_has_file_and_line(document: object, message: str) -> None:
    assert findings_of(document) == [message]


def test_unreadable_files_are_reported_with_their_line() -> None:
    (found,) = core1.validate_files({"a.json": '{"checks": {\n'})
    assert str(found).startswith("a.json:2: error S101: ")
    (found,) = core1.validate_files({"a.json": '{}\n{"client": {}}\n'})
    assert str(found) == "a.json:2: error S101: a file of Sensu Core must be one JSON object"


HANDLER: dict[str, Any] = {"type": "pipe", "command": "/bin/true"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"checks": {"c": GOOD | {"handler": "mail"}}},
            "check c: handler names the Handler mail, which no file defines",
        ),
        (
            {"checks": {"c": GOOD | {"handlers": ["page", "mail"]}}},
            "check c: handlers[1] names the Handler mail, which",
        ),
        ({"handlers": {"h": HANDLER | {"filter": "mine"}}}, "handler h: filter names the EventFilter mine, which"),
        ({"handlers": {"h": HANDLER | {"mutator": "mine"}}}, "handler h: mutator names the Mutator mine, which"),
        ({"handlers": {"h": {"type": "set", "handlers": ["x"]}}}, "handler h: handlers[0] names the Handler x, which"),
    ],
)
def test_dangling_names_are_reported(document: dict[str, Any], message: str) -> None:
    (found,) = findings_of(document)
    assert f"error S107: {message}" in found
    text = json.dumps(document)
    others = {"filters": {"mine": {"attributes": {}}}, "handlers": {"mail": HANDLER, "x": HANDLER}}
    ruby = frozenset({("Mutator", "mine")})
    assert core1.validate_files({"a.json": text, "b.json": json.dumps(others)}, provided=ruby | EXPECTED) == ()


def test_names_that_every_core_has_are_known() -> None:
    handlers = {"h": HANDLER | {"filters": ["occurrences", "check_dependencies"], "mutator": "only_check_output"}}
    assert findings_of({"checks": {"c": GOOD | {"handlers": ["h", "debug"]}}, "handlers": handlers}) == []


def test_check_defined_in_two_files_of_a_folder_is_reported() -> None:
    text = json.dumps({"checks": {"c": GOOD}})
    assert core1.validate_files({"web-1/a.json": text, "web-2/a.json": text}) == ()
    (found,) = core1.validate_files({"a.json": text, "b.json": text})
    assert str(found) == "b.json:1: warning S108: check c is defined in a.json:1 too, and Core merges the two"


def test_invalid_definition_raises() -> None:
    with pytest.raises(core1.Invalid, match=r"^check a b: the name of a check"):
        core1.Check(name="a b", command="/x", interval=1, timeout=1, subscribers=("web",))
    with pytest.raises(core1.Invalid, match=r"^client a b: the name of a client"):
        core1.Client(name="a b", address="")
