"""`checkctl explain ENV HOST`, `checkctl search` and `checkctl show --watches`, on the example project."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from checkwright.catalogue import host_text
from checkwright.catalogue.plan_index import PlanIndex
from checkwright.cli.main import run
from checkwright.registry.plan import Plan
from tests.checkwright.catalogue.conftest import plans
from tests.support.installed import ROOT

__all__ = ["plans"]


def ctl(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["--project", str(ROOT / "examples/shop"), *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_explain_of_a_host_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ctl(capsys, "explain", "production", "pay-1")
    assert code == 0
    first, payments, linux, facts, up, night, *_ = out.splitlines()
    assert first == "pay-1 in production: payments-api, linux"
    assert payments == (
        "  payments-api: Takes payments for orders. Team payments. Runbook: https://runbooks.example.com/payments/"
    )
    assert linux.startswith("  linux: Basics of every machine. Team platform.")
    assert facts == "address 10.20.2.11, labels port=8443 ssh=22, declared at shop/inventory/production.yaml:8"
    assert up == "up if it answers a ping, every 5m; down after 3 failures, 30s apart"
    assert night == "at night it rings payments-pager for checkout"
    assert "exception for disk: keeps the invoices of 2019 until the audit (until 2027-01-31, shop/fleet/" in out
    assert (
        "  disk (every 1m; pages payments-pager Mon-Fri 09:00-17:00)\n"
        "      Used space and used inodes of each mount point.\n"
        "      Used space: warning above 75 %, critical above 85 %\n"
        "      Used space of /srv: warning above 85 %, critical above 93 %\n"
    ) in out
    assert "  cpu (every 1m; notifies nobody)\n" in out
    assert "      SSH answers\n" in out
    assert out.index("checkout (") < out.index("cpu (")


def test_explain_of_a_host_shows_windows_and_what_is_off(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        "nobody is notified from 2027-03-06 22:00 to 2027-03-07 04:00: yearly upgrade of PostgreSQL (shop/"
        in (ctl(capsys, "explain", "production", "db-1")[1])
    )
    staging = ctl(capsys, "explain", "staging", "web-stg")[1]
    assert "puppet is switched off: images are built every night, and Puppet runs only then (no end, shop/" in staging
    assert "no watch here rings a pager at night\n" in staging


def test_explain_of_a_role_that_stands_for_a_service(capsys: pytest.CaptureFixture[str]) -> None:
    out = ctl(capsys, "explain", "production", "site.production")[1]
    assert out.startswith("site.production in production: site\n")
    assert "  tls_certificate (every 1h; mails storefront@example.com)\n" in out
    assert "checked by the pool" in ctl(capsys, "explain", "production", "web-aws-1")[1]


def test_explain_of_a_host_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    found: dict[str, Any] = json.loads(ctl(capsys, "explain", "production", "pay-1", "--json")[1])
    assert [role["name"] for role in found["roles"]] == ["payments-api", "linux"]
    assert found["pages_at_night"] == {"payments-pager": ["checkout"]}
    (checkout,) = [watch for watch in found["watches"] if watch["id"] == "payments-api:checkout"]
    assert checkout["alerts"][0] == "Response time: warning above 500 ms, critical above 2 s"
    assert (checkout["every"], checkout["notifies"]) == (30, "pages payments-pager at all hours")
    assert {"2027-01-31", ""} == {one["until"] for one in found["exceptions"]}


def test_sheet_of_each_host_of_the_example_is_made(plans: Sequence[Plan]) -> None:
    for plan in plans:
        index = PlanIndex(plan)
        for host in plan.hosts:
            text = "\n".join(host_text.lines(index, host))
            assert all(f"\n  {entry.name} (" in text for entry in index.entries_of(host.name))
            assert json.dumps(host_text.data(index, host))


def test_explain_of_an_unknown_host_suggests_one(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ctl(capsys, "explain", "production", "pay-11")
    assert (code, err) == (2, "checkctl: production has no host 'pay-11', did you mean pay-1.\n")


def test_search_prints_the_best_first(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ctl(capsys, "search", "pay-1")
    assert code == 0
    assert out.splitlines()[1].split()[:3] == ["host", "pay-1", "production:"]
    reason = ctl(capsys, "search", "invoices", "2019")[1]
    assert "space of /srv warn 85 crit 93" in reason
    assert "redis" not in reason


def test_search_in_one_environment(capsys: pytest.CaptureFixture[str]) -> None:
    out = ctl(capsys, "search", "disk", "--in", "staging")[1]
    assert "staging" in out and "production" not in out
    assert json.loads(ctl(capsys, "search", "disk", "--in", "qa", "--json")[1])[0]["kind"] == "check"


def test_search_without_a_result_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ctl(capsys, "search", "redis", "cluster")
    assert (code, out, err) == (1, "", "Nothing contains 'redis' and 'cluster'.\n")


def test_long_result_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = ctl(capsys, "search", "e")
    assert len(out.splitlines()) == 41
    assert "more: add a word, or --all" in err
    assert len(ctl(capsys, "search", "e", "--all")[1].splitlines()) > 41


def test_watches_of_a_check(capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(ctl(capsys, "show", "disk", "--watches", "--json")[1])
    alerts = {(row["environment"], row["role"], row["alerts"]) for row in rows}
    usual = "Used space: warning above 75 %, critical above 85 %"
    assert ("production", "payments-api", usual) in alerts
    assert (
        "production",
        "payments-api",
        f"{usual}; Used space of /srv: warning above 85 %, critical above 93 %",
    ) in alerts
    assert ("production", "queue", "as by default") in alerts
    plugin = ctl(capsys, "show", "/usr/lib/nagios/plugins/check_ssh", "--watches")[1]
    environments = {line.split()[0] for line in plugin.splitlines()[1:]}
    assert environments == {"production", "qa", "staging"}
    assert all("as its arguments say" in line for line in plugin.splitlines()[1:])


def test_check_that_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    assert ctl(capsys, "show", "dummy", "--watches")[:2] == (0, "no watch uses dummy\n")
    code, _, err = ctl(capsys, "show", "dumy", "--watches")
    assert code == 2
    assert "dummy" in err and err.count("\n") == 1
