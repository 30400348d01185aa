"""Tests of notification: levels of a registry become handlers, filters and pipelines."""

from dataclasses import replace
from typing import Any

import pytest

import sensu
from checkwright.registry.findings import FindingsError
from checkwright.registry.plan import Covered, Escalation, Handler, Hook, Hours, Maintenance, Plan, Role, Routes, Team
from sensu import CheckConfig, EventFilter, HookConfig, Pipeline, SecretReference
from sensu import Handler as HandlerResource
from tests.sensu.javascript import History, evaluated
from tests.sensu.plans import at, entry, plan
from tests.sensu.test_conditions import MONDAY

OFFICE = Hours(name="office", times=(("monday", "09:00-17:00"),), origin=at(1))
NIGHT = Hours(name="night", times=(("sunday", "00:00-06:00"),), origin=at(1))
TEAM = Team(name="payments", email="payments@example.com", page="payments-pager", office_hours="office", origin=at(8))
OTHERS = Team(name="others", email="others@example.com", office_hours="office", origin=at(9))


def handler(name: str = "pager", **fields: Any) -> Handler:
    defaults: dict[str, Any] = {"name": name, "command": ("/opt/bin/page",), "timeout": 30, "origin": at(3)}
    return Handler(**defaults | fields)


def routes(**fields: Any) -> Routes:
    defaults: dict[str, Any] = {
        "page": ("pager",),
        "office_hours": ("pager",),
        "ticket": ("pager", "theirs"),
        "handlers": (handler(),),
        "origin": at(30, "shop/fleet/environments.py"),
    }
    return Routes(**defaults | fields)


def routed(*entries: Any, team: Team = TEAM, **fields: Any) -> Plan:
    return plan(*entries, routes=routes(**fields), hours=(NIGHT, OFFICE), teams=(OTHERS, team))


def by_kind(made: Plan, kind: type[Any]) -> dict[str, Any]:
    return {one.name: one for one in sensu.render(made) if isinstance(one, kind)}


def test_each_level_has_a_pipeline_and_a_check_names_it() -> None:
    made = routed(
        entry("a"),
        entry("b", notify="office-hours"),
        entry("c", notify="ticket"),
        entry("d", notify="nobody"),
        entry("e", quiet=("night",)),
    )
    checks = by_kind(made, CheckConfig)
    named = {name: [one.name for one in check.pipelines] for name, check in checks.items()}
    assert named == {
        "web.a": ["page"],
        "web.b": ["office-hours.office"],
        "web.c": ["ticket"],
        "web.d": [],
        "web.e": ["page.outside.night"],
    }
    assert {check.handlers for check in checks.values()} == {()}
    pipelines = by_kind(made, Pipeline)
    flows = {name: [one.handler.name for one in pipeline.workflows] for name, pipeline in pipelines.items()}
    assert flows == {
        "host.page.payments": ["pager.to.payments"],
        "office-hours.office": ["pager"],
        "page": ["pager"],
        "page.outside.night": ["pager"],
        "ticket": ["pager", "theirs"],
    }
    filters = [one.name for one in pipelines["page"].workflows[0].filters]
    assert filters == ["is_incident", "not_silenced", "page"]
    assert by_kind(made, EventFilter).keys() == pipelines.keys()


def test_every_reference_is_defined_or_provided() -> None:
    declared = handler(filters=("business",), assets=("org/pager",))
    made = routed(entry(), entry("b", notify="ticket"), handlers=(declared,), metrics=("store",))
    text = sensu.dump(sensu.render(made), "json")
    assert sensu.validate(text, "x", provided=sensu.provided(made)) == ()
    missing = {finding.message.split(" names the ")[1].split(",")[0] for finding in sensu.validate(text, "x")}
    assert missing == {"Handler store", "Handler theirs", "EventFilter business", "Asset org/pager"}


def test_handler_is_quoted_for_the_shell_only() -> None:
    declared = handler(
        command=("/opt/my bin/page", "--text", "{{ .x }} $(id) it's"),
        env=(("EMPTY", ""), ("PATH", "/opt/bin"), ("URL", "https://x/{{y}}")),
        secrets=("KEY",),
    )
    made = by_kind(routed(entry(), handlers=(declared,)), HandlerResource)["pager"]
    command = "EMPTY='' PATH=/opt/bin '/opt/my bin/page' --text '{{ .x }} $(id) it'\"'\"'s'"
    assert made.command == command
    assert made.env_vars == ("URL=https://x/{{y}}",)
    assert made.secrets == (SecretReference(name="KEY", secret="KEY"),)
    assert (made.timeout, made.labels["cw_project"]) == (30, "shop")


def test_an_escalation_goes_to_the_handler_with_the_address_of_the_other_team() -> None:
    team = replace(TEAM, escalations=(Escalation(1800, "others"),))
    made = routed(entry(), entry("b", notify="ticket"), team=team)
    pipeline = by_kind(made, Pipeline)["page.payments"]
    flows = [(one.handler.name, one.filters[-1].name) for one in pipeline.workflows]
    assert flows == [("pager", "page.payments"), ("pager.to.others", "page.payments.after.1800s")]
    other = by_kind(made, HandlerResource)["pager.to.others"]
    assert other.env_vars == ("CHECKWRIGHT_EMAIL=others@example.com", "CHECKWRIGHT_TEAM=others")
    assert sensu.check(made) == ()


def test_filter_reads_the_attempts_of_a_check() -> None:
    made = routed(entry(attempts=4))
    (expression,) = by_kind(made, EventFilter)["page"].expressions
    annotations = by_kind(made, CheckConfig)["web.disk"].annotations
    history = History()
    events = [history.event(MONDAY + 60 * number, 2) for number in range(5)]
    for event in events:
        event["check"]["annotations"] = dict(annotations)
    assert evaluated(expression, events) == [False, False, False, True, False]


def test_maintenance_is_in_the_filters_of_its_checks() -> None:
    covered = (Covered("web:a", "", ()), Covered("web:b", "", ("web-2",)), Covered("web:d", "", ()))
    window = Maintenance(begin="2026-11-02T01:00", end="2026-11-02T02:00", why="disks", entries=covered, origin=at(40))
    entries = (entry("a"), entry("b"), entry("c", notify="ticket"), entry("d", notify="nobody"))
    made = replace(routed(*entries, time_zone="Europe/Berlin"), maintenance=(window,))
    filters = by_kind(made, EventFilter)
    begin, end = MONDAY, MONDAY + 3_600
    windows = f'[[{begin}, {end}, ["web.a"], []], [{begin}, {end}, ["web.b"], ["web-2"]]]'
    assert windows in filters["page"].expressions[0]
    assert "maintained" not in filters["ticket"].expressions[0]
    everywhere = replace(window, entries=(Covered("web:a", "", ()), Covered("web:b", "", ())))
    whole = by_kind(replace(made, maintenance=(everywhere,)), EventFilter)["page"].expressions[0]
    assert f"[[{begin}, {end}, [], []]]" in whole
    without = replace(made, routes=None)
    assert [(one.id, one.severity, one.origin) for one in sensu.check(without)] == [("S014", "warning", at(40))]


def test_metrics_have_handlers_and_tags_of_their_check() -> None:
    check = by_kind(routed(entry(), metrics=("store",)), CheckConfig)["web.disk"]
    assert check.output_metric_handlers == ("store",)
    tags = {tag.name: tag.value for tag in check.output_metric_tags}
    assert tags == {"check": "web.disk", "environment": "production", "role": "web"}
    assert by_kind(routed(entry()), CheckConfig)["web.disk"].output_metric_tags == ()


def test_flapping_thresholds_are_those_of_the_routes() -> None:
    check = by_kind(routed(entry(), flapping=(20, 40)), CheckConfig)["web.disk"]
    assert (check.low_flap_threshold, check.high_flap_threshold) == (20, 40)


def test_without_routes_an_operator_provides_a_handler_of_each_level() -> None:
    made = plan(entry(), entry("b", notify="nobody"))
    assert {name: check.handlers for name, check in by_kind(made, CheckConfig).items()} == {
        "web.disk": ("page",),
        "web.b": (),
    }
    assert not by_kind(made, Pipeline)


@pytest.mark.parametrize(
    ("fields", "rule", "message"),
    [
        ({"page": ()}, "S012", "the routes of production have no handler for page, the level of web:a and 1 more"),
        ({"handlers": (handler(command=("/bin/x", "a\0b")),)}, "S011", "the handler pager: 'a\\x00b' contains a NUL"),
        ({"handlers": (handler(env=(("CW_1", "x"),)),)}, "S011", "the handler pager: the environment variable CW_1"),
        ({"handlers": (handler(name="a b"),)}, "S010", 'Handler a b: metadata.name "a b" has other characters'),
    ],
)
def test_impossible_routes_are_refused(fields: dict[str, Any], rule: str, message: str) -> None:
    with pytest.raises(FindingsError) as raised:
        sensu.render(routed(entry("a"), entry("b"), **fields))
    (finding,) = raised.value.findings
    assert finding.id == rule
    assert message in finding.message
    if rule != "S010":
        assert finding.origin


def test_escalation_with_a_handler_that_is_only_named_is_reported() -> None:
    team = replace(TEAM, escalations=(Escalation(1800, "others"),))
    made = routed(entry(), team=team, page=("theirs",))
    (finding,) = sensu.check(made)
    assert (finding.id, finding.severity) == ("S013", "warning")
    assert [one.handler.name for one in by_kind(made, Pipeline)["page.payments"].workflows] == ["theirs"]


def test_hooks_of_a_role_run_after_their_checks() -> None:
    ps = Hook(
        name="ps", command=("/bin/ps", "{{x}}", "it's"), on=("critical", "1"), timeout=5, stdin=True, origin=at(4)
    )
    df = Hook(name="df", command=("/bin/df",), on=("critical",), timeout=9, origin=at(5))
    role = Role(name="web", owner="payments", hosts=("web-1", "web-2"), hooks=(df, ps), origin=at(15))
    made = plan(entry("a", hooks=("df", "ps")), entry("b", hooks=("ps",)), entry("c"), roles=(role,))
    checks = by_kind(made, CheckConfig)
    hooks = {name: [one.plain() for one in check.check_hooks] for name, check in checks.items()}
    assert hooks == {
        "web.a": [{"1": ["web.ps"]}, {"critical": ["web.df", "web.ps"]}],
        "web.b": [{"1": ["web.ps"]}, {"critical": ["web.ps"]}],
        "web.c": [],
    }
    config = by_kind(made, HookConfig)["web.ps"]
    assert config.command == "/bin/ps '{{ \"{{\" }}x}}' 'it'\"'\"'s'"
    assert (config.timeout, config.stdin) == (5, True)
    assert sensu.validate(sensu.dump(sensu.render(made), "yaml"), "x") == ()
