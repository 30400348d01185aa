"""Problems matched with a plan: owner, runbook, reasons, who has it already, and what nobody sees."""

from dataclasses import replace
from datetime import datetime

import pytest

from checkwright.registry.plan import Plan
from checkwright.status.present_problems import Source, Status, by_role, by_team, is_old, status
from checkwright.status.status_dat import parse
from tests.checkwright.status.night import NOW, PLAN, bad, status_text, with_maintenance


def seen(text: str, *plans: Plan, now: float = NOW + 5, **words: str) -> Status:
    return status(plans or (PLAN,), [parse(text)], [], now, **words)


def test_problem_has_what_the_plan_says() -> None:
    (one,) = seen(status_text({("pay-1", "disk"): bad(1, output="DISK WARNING: full")})).problems
    assert (one.host, one.watch, one.check, one.state) == ("pay-1", "disk", "disk", "WARNING")
    assert (one.roles, one.teams, one.notify) == (("payments-api",), ("payments",), "office-hours")
    assert one.runbook == "https://runbooks.example.com/payments/?a=1&b=2"
    assert one.why == ("the archive; it is meant to be full",)
    assert (one.output, one.declared, one.handled) == ("DISK WARNING: full", "shop/fleet/payments.py:13", "")


def test_problem_links_to_its_place_in_the_catalogue() -> None:
    plan = replace(PLAN, site=replace(PLAN.site, catalogue="https://c.example.com"))
    host, watch = seen(status_text({("pay-1", "disk"): bad()}, {"web-2": bad(1)}), plan).problems
    assert host.catalogue == "https://c.example.com/host/production/web-2.html"
    assert watch.catalogue == "https://c.example.com/host/production/pay-1.html#disk"


def test_problem_links_to_its_graphs() -> None:
    graphs = "https://g.example.com/d/{environment}-{role}?h={host}&w={watch}"
    plan = replace(PLAN, site=replace(PLAN.site, graphs=graphs))
    (one,) = seen(status_text({("pay-1", "disk"): bad()}), plan).problems
    assert one.graphs == "https://g.example.com/d/production-payments-api?h=pay-1&w=disk"


def test_host_belongs_to_the_owners_of_its_roles() -> None:
    (one, *covered) = seen(status_text({("web-2", "load"): bad()}, {"web-2": bad(1)})).problems
    assert (one.host, one.watch, one.state, one.teams, one.runbook) == (
        "web-2",
        "",
        "DOWN",
        ("platform",),
        "https://r.example.com/",
    )
    assert one.notify == "page"
    assert [(other.watch, other.handled) for other in covered] == [("load", "web-2 is down")]


def test_services_behind_a_dead_nrpe_are_covered() -> None:
    services = {("web-1", "nrpe"): bad(), ("web-1", "load"): bad(3), ("web-1", "http"): bad()}
    found = {one.watch: one for one in seen(status_text(services)).problems}
    assert found["nrpe"].teams == ("platform",)
    assert {name: one.handled for name, one in found.items()} == {
        "nrpe": "",
        "load": "NRPE of web-1 does not answer",
        "http": "",
    }


def test_host_that_may_be_up_covers_nothing() -> None:
    found = seen(status_text({("web-2", "load"): bad()}, {"web-2": bad(1, state_type=0)}))
    assert [(one.watch, one.handled) for one in found.problems] == [("load", ""), ("", "")]


def test_host_behind_a_dead_one_is_covered() -> None:
    found = {one.host: one.handled for one in seen(status_text({}, {"pay-1": bad(1), "web-1": bad(2)})).problems}
    assert found == {"pay-1": "", "web-1": "behind pay-1"}


def test_acknowledged_and_downtimes_are_handled() -> None:
    services = {
        ("web-1", "http"): bad(problem_has_been_acknowledged=1),
        ("web-2", "http"): bad(scheduled_downtime_depth=1),
    }
    found = seen(status_text(services))
    assert not found.open
    assert [one.handled for one in found.handled] == ["acknowledged", "in downtime"]


@pytest.mark.parametrize("covers", [True, False])
def test_maintenance_of_the_plan_is_handled(covers: bool) -> None:
    begin, end = (datetime.fromtimestamp(NOW + shift).isoformat()[:16] for shift in (-3_600, 3_600))
    plan = with_maintenance(begin, end) if covers else with_maintenance(end, end.replace("20", "21", 1))
    services = {("web-1", "http"): bad(), ("web-2", "http"): bad()}
    found = seen(status_text(services, {"web-2": bad(1)}), plan)
    handled = {one.host: one.handled for one in found.problems if one.watch == "http"}
    assert handled == {"web-1": "maintenance: new switch" if covers else "", "web-2": "web-2 is down"}
    assert {one.handled for one in found.problems if not one.watch} == {"maintenance: new switch" if covers else ""}


def test_most_urgent_comes_first() -> None:
    services = {
        ("pay-1", "disk"): bad(2),  # in office hours only
        ("web-1", "http"): bad(1),
        ("web-2", "http"): bad(2, since=100),
        ("web-1", "load"): bad(2, since=50),
        ("web-2", "load"): bad(2, state_type=0),
    }
    found = seen(status_text(services))
    assert [(one.host, one.watch) for one in found.open] == [
        ("web-1", "load"),
        ("web-2", "http"),
        ("web-1", "http"),
        ("pay-1", "disk"),
        ("web-2", "load"),
    ]
    assert {team: len(problems) for team, problems in by_team(found.open).items()} == {"platform": 2, "payments": 3}
    assert list(by_role(found.open)) == [("web", "production"), ("payments-api", "production")]


def test_team_and_role_choose() -> None:
    text = status_text({("pay-1", "disk"): bad(), ("web-1", "load"): bad()})
    assert [one.watch for one in seen(text, team="platform").problems] == ["load"]
    assert [one.watch for one in seen(text, role="payments-api").problems] == ["disk"]


def test_gaps_are_named() -> None:
    text = status_text(
        {
            ("web-1", "load"): bad(has_been_checked=0, current_state=0),
            ("web-2", "load"): bad(0, last_check=NOW - 50_000),
            ("web-1", "http"): bad(last_check=NOW - 50_000),
        }
    )
    cut = text.replace(
        "\thost_name=pay-1\n\tservice_description=disk\n", "\thost_name=pay-1\n\tservice_description=x\n"
    )
    found = seen(cut)
    assert [(gap.host, gap.watch) for gap in found.missing] == [("pay-1", "disk")]
    assert [(gap.host, gap.watch) for gap in found.pending] == [("web-1", "load")]
    assert sorted((gap.host, gap.watch) for gap in found.late) == [("web-1", "http"), ("web-2", "load")]
    assert [one.late for one in found.problems] == [True]
    assert [(one.host, one.service) for one in found.unknown] == [("pay-1", "x")]
    assert found.good == 4  # http of web-2, and the NRPE of three machines


def test_other_environments_are_counted_and_unknown_things_listed() -> None:
    text = (
        status_text({("old-1", "load"): bad()}, {"old-1": bad(0)})
        + status_text(environment="qa").partition("hoststatus")[2]
    )
    found = seen(text.replace("\n\t}\n\n {", "\n\t}\n\nhoststatus {"))
    assert dict(found.elsewhere) == {"qa": 11}
    assert [(one.host, one.service) for one in found.unknown] == [("old-1", "load"), ("old-1", "")]
    assert not found.problems


def test_without_environment_any_plan_may_know_it() -> None:
    text = status_text({("web-1", "load"): bad()}).replace("\t_ENVIRONMENT=0;production\n", "")
    other = replace(PLAN, environment="qa", hosts=(), entries=(), roles=())
    (one,) = seen(text, other, PLAN).problems
    assert one.environment == "production"


def test_old_data_and_unread_sources() -> None:
    found = seen(status_text(), now=NOW + 721)
    assert is_old(found.sources[0], found.now)
    assert not is_old(seen(status_text()).sources[0], NOW + 5)
    nothing = status([PLAN], [], [Source(name="x", kind="nagios", problem="cannot read x")], NOW)
    assert (nothing.missing, nothing.problems) == ((), ())
