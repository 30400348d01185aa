"""Tests of notification in Sensu Core: handlers and filters of each route, hooks and refused features."""

import json
from dataclasses import replace
from typing import Any

import pytest

import sensu
from checkwright.registry.findings import FindingsError
from checkwright.registry.plan import Handler, Hook, Hours, Plan, Role, Routes, Team
from sensu import core1
from tests.sensu.plans import at, entry, plan

OFFICE = Hours(name="office", times=(("monday", "09:00-12:00,13:00-24:00"), ("friday", "00:00-17:30")), origin=at(1))
NIGHT = Hours(name="night", times=(("sunday", "00:00-06:00"),), origin=at(1))
TEAM = Team(name="payments", email="payments@example.com", office_hours="office", origin=at(8))
PAGER = Handler(name="pager", command=("/opt/bin/page", "it's", "::: a"), env=(("A", "b c"),), timeout=30, origin=at(3))
ROUTES = Routes(page=("pager", "log"), office_hours=("pager",), ticket=("pager",), handlers=(PAGER,), origin=at(30))


def routed(*entries: Any, **fields: Any) -> Plan:
    return plan(*entries, routes=replace(ROUTES, **fields), hours=(NIGHT, OFFICE), teams=(TEAM,))


def built(made: Plan) -> dict[str, Any]:
    files = core1.files(core1.render(made))
    assert core1.validate_files(files, provided=sensu.provided(made)) == ()
    return {path: json.loads(text) for path, text in files.items()}


def test_each_route_has_a_handler_with_the_filters_of_its_hours() -> None:
    entries = (entry("a"), entry("b", notify="office-hours", quiet=("night",)), entry("c", notify="nobody"))
    files = built(routed(*entries, repeat=7200))
    checks = files["server/checks.json"]["checks"]
    assert checks["web.a"]["handlers"] == ["page.pager", "log"]
    assert checks["web.b"]["handlers"] == ["office-hours.office.outside.night.pager"]
    assert (checks["web.c"]["handle"], "refresh" in checks["web.c"]) == (False, False)
    assert checks["web.a"]["refresh"] == 7200
    handlers = files["server/handlers.json"]["handlers"]
    command = "A='b c' /opt/bin/page 'it'\"'\"'s' '::'': a'"
    assert handlers == {
        "page.pager": {"type": "pipe", "command": command, "timeout": 30, "filters": ["occurrences"]},
        "office-hours.office.outside.night.pager": {
            "type": "pipe",
            "command": command,
            "timeout": 30,
            "filters": ["occurrences", "during.office", "outside.night"],
        },
    }


def test_filter_drops_events_outside_its_hours_to_the_second() -> None:
    filters = built(routed(entry(notify="office-hours", quiet=("night",))))["server/handlers.json"]["filters"]
    assert filters["outside.night"] == {
        "negate": True,
        "attributes": {},
        "when": {"days": {"sunday": [{"begin": "00:00:00", "end": "05:59:59"}]}},
    }
    whole_day = [{"begin": "00:00:00", "end": "23:59:59"}]
    assert filters["during.office"]["when"]["days"] == {
        "monday": [{"begin": "00:00:00", "end": "08:59:59"}, {"begin": "12:00:00", "end": "12:59:59"}],
        "tuesday": whole_day,
        "wednesday": whole_day,
        "thursday": whole_day,
        "friday": [{"begin": "17:30:00", "end": "23:59:59"}],
        "saturday": whole_day,
        "sunday": whole_day,
    }


def test_ticket_notifies_once_and_flapping_thresholds_are_those_of_the_routes() -> None:
    check = built(routed(entry(notify="ticket"), flapping=(20, 40)))["server/checks.json"]["checks"]["web.disk"]
    assert check["refresh"] > 3 * 365 * 24 * 3600
    assert (check["low_flap_threshold"], check["high_flap_threshold"]) == (20, 40)


def test_one_hook_is_run_for_each_result() -> None:
    ps = Hook(name="ps", command=("/bin/ps", "::: x"), on=("critical", "1"), timeout=5, stdin=True, origin=at(4))
    df = Hook(name="df", command=("/bin/df",), on=("critical",), timeout=9, origin=at(5))
    role = Role(name="web", owner="payments", hosts=("web-1", "web-2"), hooks=(df, ps), origin=at(15))
    made = plan(entry("a", hooks=("df", "ps")), entry("b"), roles=(role,))
    checks = built(made)["server/checks.json"]["checks"]
    assert checks["web.a"]["hooks"] == {
        "1": {"command": "/bin/ps '::'': x'", "timeout": 5, "stdin": True},
        "critical": {"command": "/bin/df", "timeout": 9},
    }
    assert "hooks" not in checks["web.b"]


def test_holidays_are_a_warning_where_somebody_is_notified() -> None:
    hours = (replace(OFFICE, without=("2027-03-26", "december 24..december 26")), NIGHT)
    made = replace(routed(entry(notify="office-hours")), hours=hours)
    (finding,) = core1.check(made)
    assert (finding.id, finding.severity, finding.origin) == ("S209", "warning", at(1))
    assert "the hours 'office' apply on 2027-03-26, december 24..december 26 too" in finding.message
    assert core1.check(replace(made, routes=None)) == ()


@pytest.mark.parametrize(
    ("handler", "rule", "message"),
    [
        (replace(PAGER, secrets=("KEY",)), "S205", "the handler pager needs the secret KEY"),
        (replace(PAGER, command=("page",), assets=("a",)), "S207", "the handler pager: the executable is page, not an"),
        (
            replace(PAGER, command=("/bin/x", "ä")),
            "S207",
            "the handler pager: '\\xe4' contains characters outside ASCII",
        ),
    ],
)
def test_features_that_core_lacks_are_refused_with_their_origin(handler: Handler, rule: str, message: str) -> None:
    with pytest.raises(FindingsError) as raised:
        core1.render(routed(entry(), handlers=(handler,)))
    (finding,) = raised.value.findings
    assert (finding.id, finding.origin) == (rule, at(3))
    assert message in finding.message


@pytest.mark.parametrize(
    ("part", "spec", "message"),
    [
        ("handlers", {"type": "mail"}, "a handler's type is pipe, tcp, udp, transport or set, not mail"),
        ("handlers", {}, "a handler's type is pipe, tcp, udp, transport or set, not none"),
        ("handlers", {"type": "pipe"}, "a pipe handler needs a command"),
        ("handlers", {"type": "pipe", "command": 5}, "command must be text, not the number 5"),
        ("handlers", {"type": "tcp", "socket": {"host": "x", "port": "5"}}, "a tcp handler needs a socket with a host"),
        ("handlers", {"type": "set"}, "a handler set needs handlers"),
        ("handlers", {"type": "pipe", "command": "x", "timeout": "5"}, "timeout must be a number of seconds"),
        (
            "handlers",
            {"type": "pipe", "command": "x", "severities": ["bad"]},
            "severities has bad, which is not one of",
        ),
        ("handlers", {"type": "pipe", "command": "x", "filters": "f"}, "filters must be a list"),
        ("handlers", 5, "a handler is an object"),
        ("filters", {}, "a filter needs attributes, an object"),
        ("filters", {"attributes": 5}, "attributes must be an object"),
        ("filters", {"attributes": {}, "negate": "yes"}, "negate must be true or false"),
        ("filters", {"attributes": {}, "when": {}}, "when needs days"),
        ("filters", {"attributes": {}, "when": {"days": {"someday": [{"begin": "1:00", "end": "2:00"}]}}}, "someday"),
        ("filters", {"attributes": {}, "when": {"days": {"all": []}}}, "when needs a list of times on all"),
        ("filters", {"attributes": {}, "when": {"days": {"all": [{"begin": "soon"}]}}}, "no begin and end such as"),
    ],
)
def test_validate_reports_refused_handlers_and_filters(part: str, spec: object, message: str) -> None:
    (finding,) = core1.validate_files({"x.json": json.dumps({part: {"one": spec}}, indent=1)})
    assert (finding.id in ("S211", "S103"), finding.severity) == (True, "error")
    assert message in finding.message
    assert finding.origin
    assert finding.origin.line >= 3
