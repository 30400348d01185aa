"""Facts of a plan in a report: machines, limits, thresholds of recorded values, error budgets."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.history.series import Series
from checkwright.latency import counts_file
from checkwright.latency.counts import Counts, Header
from checkwright.registry.plan import Capacity, Entry, Limit, Origin, Placeholder, Plan, Role, Site
from checkwright.report import facts
from checkwright.report.as_json import as_json
from checkwright.report.build import Wishes, build
from checkwright.report.page import page
from checkwright.report.plan_facts import PlanFacts, critical
from checkwright.report.scopes import grouped
from checkwright.report.terminal import lines
from tests.support.installed import ROOT
from tests.support.shop_day import MIDNIGHT

HERE = Origin("fleet/api.py", 7)


def limit(gauge: str, crit: str | None, items: str = "") -> Limit:
    return Limit(gauge, items, None, crit, "watch", HERE)


LATENCY = Entry(
    id="api:api_latency",
    name="api_latency",
    role="api",
    check="api_latency",
    command=(("/opt/check",), ("api_latency",), ("--routes",), ("/opt/shop/latency/storefront.routes",)),
    limits=(limit("p99", "3"), limit("p99", "5", "POST *"), limit("p99", "~:", "GET /export*")),
    owner="api",
    origin=HERE,
    hosts=("web-1", "web-2"),
)
SLO = Entry(
    id="api:slo",
    name="slo",
    role="api",
    check="slo",
    command=(
        *((word,) for word in ("/opt/check", "slo", "--objective", "checkout", "--percent", "99", "--under", "0.5")),
        *((word,) for word in ("--days", "10", "--endpoint", "POST /orders/{id}")),
        ("--counts",),
        ("/srv/", Placeholder("environment")),
    ),
    owner="api",
    origin=HERE,
    hosts=("api.production",),
)
CPU = Entry(
    id="linux:cpu",
    name="cpu",
    role="linux",
    check="cpu",
    command=(("/opt/check",), ("cpu",)),
    limits=(limit("busy", "90"), limit("iowait", "40")),
    owner="api",
    origin=HERE,
    hosts=("web-1",),
)
PLAN = Plan(project="shop", environment="production", site=Site(), entries=(LATENCY, SLO, CPU))


def counts(days: int, bad: int = 2) -> Counts:
    """Return an hour of each day: 1,000 requests of two endpoints each; `bad` of each are slow."""
    found = Counts([Header("web-1", "api", "access.log", environment="production")])
    for day in range(days):
        slot = found.slot(MIDNIGHT + day * 86_400)
        for name in ("POST /orders/{id}", "GET /"):
            slot.cell(name, "2xx").times.update({20: 1_000 - bad, 4_000: bad})
    return found


LIMITS = {"GET /": 3_000, "POST /orders/{id}": 5_000, "GET /export/{id}.csv": None}


@pytest.mark.parametrize(("endpoint", "expected"), LIMITS.items())
def test_last_limit_that_matches_counts(endpoint: str, expected: float | None) -> None:
    assert critical(LATENCY.limits, endpoint) == expected
    assert PlanFacts(PLAN).limits("production", "api")(endpoint) == expected
    assert PlanFacts(PLAN).limits("qa", "api")(endpoint) is None


def test_report_knows_machines_and_limits() -> None:
    (scope,) = build(grouped([counts(1)]), Wishes(), PlanFacts(PLAN)).scopes
    assert "No counts came from web-2." in scope.not_seen
    assert {one.name: one.limit for one in scope.endpoints} == {"GET /": 3_000, "POST /orders/{id}": 5_000}


def test_budget_of_an_objective() -> None:
    groups = grouped([counts(10)])
    (found,) = PlanFacts(PLAN, groups).budgets("production", "api", groups[0].server)
    assert (found.name, found.endpoints, found.under, found.days) == ("checkout", ("POST /orders/{id}",), 500, 10)
    assert (found.requests, found.slow, found.burned_by) == (10_000, 20, (("POST /orders/{id}", 20),))
    assert found.left == pytest.approx(0.8, abs=0.03)
    assert found.covered_days == pytest.approx(9, abs=0.1)


def test_budget_looks_at_all_counts_of_a_short_report() -> None:
    last = grouped([counts(1, bad=0)])
    (found,) = PlanFacts(PLAN, grouped([counts(10)])).budgets("production", "api", last[0].server)
    assert found.slow == 20


def test_counts_may_have_the_name_of_their_routes_as_role() -> None:
    facts = PlanFacts(PLAN)
    assert facts.limits("production", "storefront")("GET /") == 3_000
    assert facts.hosts("production", "storefront") == ["web-1", "web-2"]
    assert [one.name for one in facts.budgets("production", "storefront", counts(1))] == ["checkout"]


def test_objectives_of_another_role_or_environment_are_left_out() -> None:
    facts = PlanFacts(PLAN)
    assert facts.budgets("production", "web", counts(1)) == ()
    assert facts.budgets("qa", "api", counts(1)) == ()


API = Role(
    name="api",
    owner="api",
    hosts=("web-1", "web-2", "web-3"),
    capacity=(Capacity("workers", 4), Capacity("db", 2)),
    origin=HERE,
)
CAPACITY = {
    "machines with counts": (("web-1", "web-2", "lb-1"), 2),
    "counts of a load balancer": (("lb-1",), 3),
}


@pytest.mark.parametrize(("hosts", "machines"), CAPACITY.values(), ids=CAPACITY)
@pytest.mark.parametrize("role", ["api", "storefront"])
def test_capacity_is_that_of_the_machines(role: str, hosts: tuple[str, ...], machines: int) -> None:
    known = PlanFacts(replace(PLAN, roles=(API,)))
    expected = (facts.Capacity("workers", 4 * machines), facts.Capacity("db", 2 * machines))
    assert known.capacity("production", role, hosts) == expected
    assert known.capacity("qa", role, hosts) == known.capacity("production", "web", hosts) == ()


def busy(slow: int) -> Counts:
    """Return three hours with 600 requests of 1 s in each slot, and an hour with as many of `slow` seconds."""
    found = Counts([Header("web-1", "api", "access.log", environment="production")])
    for number in range(48):
        times = {1_000: 600} if number < 36 else {1_000 * slow: 601}
        found.slot(MIDNIGHT + number * 300).cell("GET /", "2xx").times.update(times)
    return found


SENTENCES = {
    "room for all": (
        *(2, 12, 5),
        "Of 12 workers, between 17 % and 33 % were busy. They can carry at most 6.0 x this peak.",
        "Of 5 connections of the pool db, at most 80 % were in use.",
    ),
    "more than the workers": (
        *(5, 6, 10),
        "Of 6 workers, between 33 % and 100 % were busy. More requests were in flight than there are workers, so they "
        "queued. They can carry at most 3.0 x this peak.",
        "All 10 connections of the pool db may have been in use: 10 requests were in flight.",
    ),
}


@pytest.mark.parametrize(("slow", "workers", "pool", "first", "second"), SENTENCES.values(), ids=SENTENCES)
def test_report_compares_the_peak_with_the_capacity(
    slow: int, workers: int, pool: int, first: str, second: str
) -> None:
    role = replace(API, capacity=(Capacity("workers", workers), Capacity("db", pool)))
    report = build(grouped([busy(slow)]), Wishes(), PlanFacts(replace(PLAN, roles=(role,))))
    text = " ".join(" ".join(lines(report)).split())
    assert f"CAPACITY AT THE PEAK {first} {second}" in text
    assert f"First to run out: workers, at most {'6.0' if workers == 12 else '3.0'} x this peak" in text
    assert first in str(page(report)) and second in str(page(report))
    (scope,) = as_json(report)["scopes"]
    assert [(one["name"], one["size"]) for one in scope["peak"]["capacity"]] == [("workers", workers), ("db", pool)]
    assert scope["peak"]["capacity"][0]["times"] == pytest.approx(workers / 2, rel=0.01)
    assert scope["peak"]["capacity"][1]["times"] is None


def test_given_workers_win_over_those_of_the_registry() -> None:
    report = build(grouped([busy(2)]), Wishes(workers=40), PlanFacts(replace(PLAN, roles=(API,))))
    peak = report.scopes[0].peak
    assert peak is not None and peak.capacity == (facts.Capacity("workers", 40), facts.Capacity("db", 2))


def test_recorded_values_get_the_thresholds_of_the_plan() -> None:
    series = Series(environment="production", role="", host="web-1", watch="cpu", check="", label="cpu_busy", unit="%")
    others = [replace(series, crit="80"), replace(series, host="web-9"), replace(series, label="cpu_steal")]
    assert [one.crit for one in PlanFacts(PLAN).with_limits([series, *others])] == ["90", "80", "", ""]


def test_command_finds_the_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "web-1.counts.gz"
    known = counts(1)
    known.headers[0] = Header("api-qa", "api", "access.log")
    counts_file.write(str(file), known)
    words = ["--project", str(ROOT / "examples/shop"), "latency", "report", str(file), "--environment", "qa"]
    assert run(words) == 0
    assert capsys.readouterr().out.startswith("api, qa, 1 machine, ")


def test_hosts_of_other_environments_stand_next_to_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for host in ("api-qa", "api-stg", "web-9"):
        known = counts(1)
        known.headers[0] = Header(host, "api", "access.log")
        counts_file.write(str(tmp_path / f"{host}.counts.gz"), known)
    words = ["--project", str(ROOT / "examples/shop"), "latency", "report", "--counts", str(tmp_path)]
    assert run([*words, "--environment", "qa", "--json"]) == 0
    (scope,) = json.loads(capsys.readouterr().out)["scopes"]
    assert (scope["hosts"], [one["environment"] for one in scope["elsewhere"]]) == (["api-qa"], ["", "staging"])
