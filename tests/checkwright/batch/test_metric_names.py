"""Names in Prometheus: promtool objects to none of those that the library's checks make."""

import subprocess

from checkwright.batch.exposition import exposition, metric_name
from checkwright.batch.latest import LatestResults
from checkwright.batch.measured_values import BASE_UNITS
from checkwright.batch.results import Result
from checkwright.core.catalog import all_checks
from tests.checkwright.batch.plans import result, task
from tests.support.real import require


def page(*results: Result) -> str:
    latest = LatestResults(lambda: ())
    for one in results:
        latest.add(one)
    return exposition(latest)


def objections(text: str) -> str:
    """Return the output of `promtool check metrics`, "" for a page without faults."""
    tool = require("promtool", package="prometheus")
    done = subprocess.run([tool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def test_promtool_accepts_the_gauges_of_every_check() -> None:
    results, names = [], set()
    for found in all_checks():
        values = []
        for gauge in found.load().gauges.values():
            unit = gauge.unit if gauge.unit in BASE_UNITS else ""
            values.append(f"{gauge.name}:item=1{unit}")
            names.add(metric_name(found.name, gauge.name, unit))
        results.append(result(f"OK | {' '.join(values)}", of=task(f"w-{found.name}", check=found.name)))
    text = page(*results)
    assert {f"# TYPE {name} " in text for name in names} == {True}
    assert len(names) > 200
    assert objections(text) == ""


def test_promtool_accepts_values_of_plugins() -> None:
    values = " ".join(f"v{number}=1{unit}" for number, unit in enumerate(("", "s", "ms", "%", "c", "B", "GB", "Mbit")))
    assert objections(page(result(f"OK | {values}", of=task("plugin")))) == ""


def test_endings_of_histograms_are_renamed() -> None:
    assert metric_name("processes", "count", "") == "check_processes_number"
    assert metric_name("x", "read_count", "B") == "check_x_read_number_bytes"
    assert metric_name("x", "work_sum", "s") == "check_x_work_amount_seconds"
    assert metric_name("x", "used_percent", "%") == "check_x_used_percent"
    assert metric_name("x", "hits_total", "c") == "check_x_hits_total"
    assert metric_name("x", "hits_total", "") == "check_x_hits"


def test_days_are_seconds_and_spans_are_no_units() -> None:
    assert metric_name("tls_certificate", "chain_days", "") == "check_tls_certificate_chain_seconds"
    assert metric_name("slo", "six_hours", "%") == "check_slo_six_hour_percent"
    lines = page(result("OK | chain_days=2;14;7", of=task("tls", check="tls_certificate")))
    assert 'check_tls_certificate_chain_seconds{host="web-1",watch="tls"} 172800\n' in lines


def test_promtool_objects_to_the_old_name() -> None:
    assert "check_processes_count" in objections(
        "# HELP check_processes_count x\n# TYPE check_processes_count gauge\ncheck_processes_count 1\n"
    )
