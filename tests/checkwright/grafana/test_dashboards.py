"""Dashboards: read back by Grafana's own SDK, and their queries answered by a real Prometheus and InfluxDB.

No Grafana was run.
"""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel
from grafana_foundation_sdk.models.prometheus import Dataquery

from checkwright.batch.exposition import exposition
from checkwright.batch.latest import LatestResults
from checkwright.batch.results import Result
from checkwright.batch.sinks.graphite import Carbon
from checkwright.batch.tasks import Task
from checkwright.cli.main import run
from checkwright.grafana.dashboards import dashboards, uid_of
from checkwright.grafana.stores import STORES
from checkwright.grafana.threshold_steps import ranges_of, steps
from checkwright.registry.plan import Entry, Plan
from checkwright.registry.planning import plan
from shop import nagios_status
from tests.checkwright.batch.test_influxdb_sink import queue_to
from tests.support.influxdb import PASSWORD, USER, influxdb
from tests.support.prometheus_server import prometheus

SHOP = Path(nagios_status.__file__).parent
MOMENT = 1_790_000_000
register_default_plugins()
stores = pytest.mark.parametrize("kind", STORES)


@pytest.fixture(scope="module")
def shop() -> Plan:
    return plan(str(SHOP), "production")[0]


def of(made: Plan, kind: str = "prometheus") -> dict[str, Any]:
    return {name: json.loads(text) for name, text in dashboards(made, STORES[kind]).items()}


def panels(dashboard: dict[str, Any], kind: str = "timeseries") -> Iterator[dict[str, Any]]:
    return (panel for panel in dashboard["panels"] if panel["type"] == kind)


def panel(dashboard: dict[str, Any], title: str) -> dict[str, Any]:
    (found,) = (one for one in panels(dashboard) if one["title"] == title)
    return found


def results(made: Plan) -> Iterator[Result]:
    """Yield a result of each entry on each of its hosts, with a value of each gauge of its check."""
    checks = {check.name: check for check in made.checks}
    for entry in made.entries:
        gauges = checks[entry.check].gauges if entry.check else ()
        words = [f"{gauge.name}=7{gauge.unit if gauge.unit in ('s', '%', 'c', 'B') else ''}" for gauge in gauges]
        for host in entry.hosts:
            task = Task(host=host, watch=entry.name, argv=(), env=(), entry=entry, plan=made)
            yield Result(task, 0, f"OK | {' '.join(words) or 'a=1'}", float(MOMENT), 0.5)


@stores
def test_sdk_reads_back_what_is_written(kind: str, shop: Plan) -> None:
    for name, written in of(shop, kind).items():
        read = Dashboard.from_json(written)
        assert read.title == f"{name.split('.')[0]} in production"
        again = json.loads(json.dumps(read, cls=JSONEncoder))
        for key in ("uid", "title", "tags", "time", "links"):
            assert again[key] == written[key]
        for before, after in zip(written["templating"]["list"], again["templating"]["list"], strict=True):
            assert {key: after[key] for key in ("type", "name", "label", "query")} == {
                key: before[key] for key in ("type", "name", "label", "query")
            }
        assert len(again["panels"]) == len(written["panels"])
        for before, after, typed in zip(written["panels"], again["panels"], read.panels or (), strict=True):
            assert (after["type"], after["title"]) == (before["type"], before["title"])
            if before["type"] == "row":
                continue
            assert isinstance(typed, Panel)
            assert after["gridPos"] == before["gridPos"]
            assert after["fieldConfig"]["defaults"]["thresholds"] == before["fieldConfig"]["defaults"]["thresholds"]
            assert after["fieldConfig"]["defaults"].get("unit") == before["fieldConfig"]["defaults"].get("unit")
            assert after["targets"] == before["targets"]
            if kind == "prometheus":
                assert all(isinstance(target, Dataquery) for target in typed.targets or ())


@stores
def test_panels_have_their_own_places_and_ids(kind: str, shop: Plan) -> None:
    for dashboard in of(shop, kind).values():
        cells: set[tuple[int, int]] = set()
        for one in dashboard["panels"]:
            place = one["gridPos"]
            own = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not own & cells
            assert max(x for x, _ in own) < 24
            cells |= own
        ids = [one["id"] for one in dashboard["panels"]]
        assert len(set(ids)) == len(ids)
        assert len(dashboard["uid"]) <= 40


def test_gauge_has_unit_thresholds_and_runbook(shop: Plan) -> None:
    linked = replace(shop, site=replace(shop.site, catalogue="https://c.example.com"))
    dashboard = of(linked)["payments-api.production.json"]
    pool = panel(dashboard, "Database connections in use")
    defaults = pool["fieldConfig"]["defaults"]
    assert defaults["unit"] == "percent"
    assert defaults["custom"]["thresholdsStyle"] == {"mode": "line"}
    assert defaults["thresholds"]["steps"] == [
        {"value": None, "color": "green"},
        {"value": 90, "color": "orange"},
        {"value": 95, "color": "red"},
    ]
    assert [(link["title"], link["url"]) for link in pool["links"]] == [
        ("Runbook", "https://runbooks.example.com/payments/"),
        ("Catalogue", "https://c.example.com/role/production/payments-api.html#checkout"),
    ]
    assert dashboard["links"][1]["url"] == "https://c.example.com/role/production/payments-api.html"
    space = panel(dashboard, "Used space")
    assert (
        "On pay-1 for /srv: warning 85, critical 93 (keeps the invoices of 2019 until the audit)."
        in (space["description"])
    )


def test_graphs_of_a_site_link_to_dashboards(shop: Plan) -> None:
    assert of(shop)["payments-api.production.json"]["uid"] == "production-payments-api"
    assert uid_of("production", "a.b").startswith("cw-")
    assert uid_of("production", "r" * 30) != uid_of("production", "r" * 31)
    assert max(len(uid_of("production", "r" * number)) for number in range(60)) <= 40


def test_days_are_seconds_in_prometheus_alone(shop: Plan) -> None:
    (check,) = (check for check in shop.checks if check.name == "tls_certificate")
    title = next(gauge.label for gauge in check.gauges if gauge.name == "days")
    for kind, unit, warning in (("prometheus", "s", 30 * 86_400), ("influxdb", "d", 30), ("graphite", "d", 30)):
        found = panel(of(shop, kind)["site.production.json"], title)["fieldConfig"]["defaults"]
        assert found["unit"] == unit
        assert warning in [step["value"] for step in found["thresholds"]["steps"]]


RANGES: dict[tuple[str | None, str | None], list[tuple[float | None, str]]] = {
    ("80", "90"): [(None, "green"), (80, "orange"), (90, "red")],
    ("30:", "14:"): [(None, "red"), (14, "orange"), (30, "green")],
    (None, "1:"): [(None, "red"), (1, "green")],
    ("0", "100"): [(None, "green"), (0, "orange"), (100, "red")],
    ("10:20", None): [(None, "orange"), (10, "green"), (20, "orange")],
    (None, "@10:20"): [(None, "green"), (10, "red"), (20, "green")],
    ("~:", "~:"): [(None, "green")],
    ("~:-5", None): [(None, "green"), (-5, "orange")],
    (None, None): [(None, "green")],
    ("90", "80"): [(None, "green"), (80, "red")],
}


@pytest.mark.parametrize(("ranges", "colours"), RANGES.items())
def test_thresholds_become_steps(
    ranges: tuple[str | None, str | None], colours: list[tuple[float | None, str]]
) -> None:
    assert [(step["value"], step["color"]) for step in steps(*ranges)] == colours


def test_last_declaration_of_each_end_counts(shop: Plan) -> None:
    (checkout,) = {entry.id: entry for entry in shop.entries if entry.name == "checkout"}.values()
    assert ranges_of(checkout.limits, "pool") == ("90", "95")


def test_every_query_of_prometheus_names_a_metric_of_the_batch(shop: Plan) -> None:
    latest = LatestResults(lambda: ())
    for result in results(shop):
        latest.add(result)
    page = exposition(latest)
    for dashboard in of(shop).values():
        for one in panels(dashboard):
            (target,) = one["targets"]
            name = target["expr"].removeprefix("rate(").partition("{")[0]
            assert f"# TYPE {name} " in page or not name


@pytest.mark.daemon
def test_real_prometheus_answers_every_query(shop: Plan, tmp_path: Path) -> None:
    latest = LatestResults(lambda: ())
    for result in results(shop):
        latest.add(result)
    lines = [line if line.startswith("#") else f"{line} {MOMENT}" for line in exposition(latest).splitlines()]
    # OpenMetrics ends the name of a counter's family before _total.
    lines = [line.replace("_total counter", " counter") if line.startswith("# TYPE") else line for line in lines]
    lines = [line.replace("_total ", " ", 1) if line.startswith("# HELP") else line for line in lines]
    text = "\n".join(lines) + "\n# EOF\n"
    with prometheus(tmp_path, text) as url:
        for name, dashboard in of(shop).items():
            for one in (*panels(dashboard), *panels(dashboard, "state-timeline")):
                expression = one["targets"][0]["expr"].replace("$host", ".*").replace("$__rate_interval", "5m")
                words = urllib.parse.urlencode({"query": expression, "time": MOMENT})
                with urllib.request.urlopen(f"{url}/api/v1/query?{words}", timeout=30) as answer:
                    found = json.load(answer)["data"]["result"]
                assert found or "rate(" in expression, (name, one["title"], expression)


@pytest.mark.daemon
def test_real_influxdb_answers_every_query(shop: Plan, tmp_path: Path) -> None:
    (tmp_path / "influxdb").mkdir()
    login = tmp_path / "login"
    login.write_text(f"{USER}:{PASSWORD}")
    with influxdb(tmp_path / "influxdb") as server:
        with closing(queue_to(server.address, login)) as queue:
            receipt = queue.send([queue.payload(one) for one in results(shop)])
        assert (receipt.refused, receipt.problem) == ((), "")
        for name, dashboard in of(shop, "influxdb").items():
            hosts = [option["value"] for option in dashboard["templating"]["list"][1]["options"][1:]]
            for one in (*panels(dashboard), *panels(dashboard, "state-timeline")):
                query = one["targets"][0]["query"].replace("${host:regex}", f"({'|'.join(hosts)})")
                query = query.replace("$timeFilter", f"time = {MOMENT}s").replace("$__interval", "1m")
                assert server.query(query, "nagios") or "derivative" in query, (name, one["title"], query)


def test_paths_of_graphite_are_those_of_the_sink(shop: Plan) -> None:
    written = {
        line.split(b" ")[0].decode() for one in results(shop) for line in Carbon("x", 1).payload(one).splitlines()
    }
    for dashboard in of(shop, "graphite").values():
        hosts = [option["value"] for option in dashboard["templating"]["list"][1]["options"][1:]]
        for one in panels(dashboard):
            target = one["targets"][0]["target"]
            path = target.partition("checkwright.")[2].partition(",")[0].rstrip(")")
            found = [f"checkwright.{path.replace('${host:glob}', host)}" for host in hosts]
            assert written & set(found) or "exclude" in target


def test_foreign_plugin_has_one_panel(shop: Plan) -> None:
    foreign = [entry for entry in shop.entries if not entry.check] or [_as_plugin(shop.entries[0])]
    made = replace(shop, entries=tuple(foreign))
    for kind in STORES:
        (dashboard, *_) = of(made, kind).values()
        assert "Values" in [one["title"] for one in panels(dashboard)]


def _as_plugin(entry: Entry) -> Entry:
    return replace(entry, check="", plugin="/usr/lib/nagios/plugins/check_x", limits=())


def test_command_writes_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "grafana"
    assert run(["--project", str(SHOP), "grafana", "production", "--out", str(out)]) == 0
    names = {path.name for path in out.iterdir() if path.suffix == ".json"}
    assert capsys.readouterr().err == f"{out}: {len(names)} new, for prometheus\n"
    assert "payments-api.production.json" in names
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert run(["--project", str(SHOP), "grafana", "production", "--out", str(out)]) == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert run(["--project", str(SHOP), "grafana", "production", "--out", str(out), "--store", "graphite"]) == 0
    assert "checkwright.production." in (out / "web.production.json").read_text()
