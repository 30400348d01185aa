"""Model of Sensu's agent: hooks, metric thresholds and discarded output."""

import json
from typing import Any

import pytest

from checkwright.testing.sensu_agent import Event, run
from checkwright.testing.sensu_hooks import HookResult
from checkwright.testing.sensu_metrics import Point, threshold_status

ENTITY = {"metadata": {"name": "web-1", "labels": {"port": "8443"}}, "spec": {"entity_class": "agent"}}
PROXY = {"metadata": {"name": "lb-1", "labels": {"port": "443"}}, "spec": {"entity_class": "proxy"}}


def hook(command: str, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "h"}, "spec": {"command": command, "timeout": 10, **spec}}


def ran(command: str, hooks: dict[str, Any], *check_hooks: dict[str, list[str]], **spec: Any) -> Event:
    check = {"metadata": {"name": "c"}, "spec": {"command": command, "timeout": 10, "check_hooks": check_hooks, **spec}}
    return run(check, ENTITY, hooks=hooks)


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        (0, ["0", "ok"]),
        (1, ["1", "non-zero", "warning"]),
        (2, ["2", "critical", "non-zero"]),
        (3, ["3", "non-zero", "unknown"]),
        (127, ["non-zero", "unknown"]),
    ],
)
def test_hooks_run_for_a_status_or_a_severity(status: int, kinds: list[str]) -> None:
    every = ("0", "1", "2", "3", "critical", "non-zero", "ok", "unknown", "warning")
    items = [{kind: [kind]} for kind in every]
    event = ran(f"exit {status}", {kind: hook("true") for kind in every}, *items)
    assert [result.name for result in event.hooks] == kinds
    assert event.status == status


def test_each_hook_runs_once_in_order_with_its_own_status() -> None:
    hooks = {"b": hook("echo {{ .labels.port }}; exit 4"), "a": hook("echo $0")}
    event = ran("exit 2", hooks, {"critical": ["b", "a"]}, {"2": ["a"]})
    assert event.hooks == (
        HookResult("b", "echo {{ .labels.port }}; exit 4", 4, "8443\n"),
        HookResult("a", "echo $0", 0, "sh\n"),
    )
    assert [one["name"] for one in event.document()["check"]["hooks"]] == ["b", "a"]


def test_missing_or_invalid_hook_reports_an_error() -> None:
    hooks = {"empty": hook(""), "token": hook("echo {{ .labels.missing }}")}
    event = ran("exit 2", hooks, {"critical": ["gone", "empty", "token"]})
    assert [(result.status, result.output.split(": ")[1]) for result in event.hooks] == [
        (2, "missing hook config\n"),
        (2, "the hook is invalid\n"),
        (2, "command"),
    ]


def test_hook_reads_the_finished_event_of_the_agent() -> None:
    check = {
        "metadata": {"name": "c"},
        "spec": {
            "command": "echo '{{ .name }} | a=1'; exit 1",
            "timeout": 10,
            "check_hooks": [{"warning": ["h"]}],
            "output_metric_format": "nagios_perfdata",
        },
    }
    event = run(check, ENTITY, proxy=PROXY, hooks={"h": hook("echo {{ .name }}; cat", stdin=True)})
    name, _, text = event.hooks[0].output.partition("\n")
    seen = json.loads(text)
    assert (name, event.entity, seen["entity"]["metadata"]["name"]) == ("web-1", "lb-1", "web-1")
    assert (seen["check"]["status"], seen["check"]["output"]) == (1, "lb-1 | a=1\n")
    assert [point["name"] for point in seen["metrics"]["points"]] == ["a"]


@pytest.mark.slow
def test_hanging_hook_is_ended() -> None:
    event = ran("exit 2", {"h": hook("sleep 60", timeout=1)}, {"critical": ["h"]})
    assert (event.hooks[0].status, event.hooks[0].output) == (2, "Execution timed out\n")


def limit(name: str = "load1", **fields: Any) -> dict[str, Any]:
    return {"name": name, "thresholds": [{"max": "4", "status": 1}, {"min": "0", "max": "8", "status": 2}], **fields}


@pytest.mark.parametrize(
    ("output", "thresholds", "status"),
    [
        ("load1=4;", [limit()], 0),  # a value on the limit is within it
        ("load1=4.1;", [limit()], 1),
        ("load1=9;", [limit()], 2),
        ("load1=-1;", [limit()], 2),
        ("load1=9;", [limit("load5")], 0),
        ("load1=1;", [limit("load5", null_status=3)], 3),
        ("", [limit(null_status=3)], 0),  # no metrics, no thresholds
        ("load1=9; load5=5;", [limit("load5"), limit("load1")], 2),
        ("load1=9;", [limit(thresholds=[{"max": "much", "status": 2}])], 0),
        ("load1=9;", [limit(tags=[{"name": "host", "value": "web-1"}])], 2),
        ("load1=9;", [limit(tags=[{"name": "host", "value": "web-2"}])], 0),
    ],
)
def test_metric_thresholds_give_an_ok_check_its_status(output: str, thresholds: list[Any], status: int) -> None:
    tags = [{"name": "host", "value": "{{ .name }}"}]
    fields = {"output_metric_format": "nagios_perfdata", "output_metric_thresholds": thresholds}
    assert ran(f"echo 'x | {output}'", {}, output_metric_tags=tags, **fields).status == status


def test_metric_thresholds_keep_a_bad_status_and_precede_hooks() -> None:
    fields = {"output_metric_format": "nagios_perfdata", "output_metric_thresholds": [limit()]}
    assert ran("echo 'x | load1=9;'; exit 1", {}, **fields).status == 1
    event = ran("echo 'x | load1=9;'", {"h": hook("true")}, {"critical": ["h"]}, **fields)
    assert [result.name for result in event.hooks] == ["h"]


def test_names_are_compared_exactly() -> None:
    assert threshold_status([Point("/var", 9, 0)], [limit("var"), limit("'/var'")]) == 0


def test_discarded_output_still_has_metrics_and_hooks() -> None:
    fields = {"output_metric_format": "nagios_perfdata", "discard_output": True}
    event = ran("echo 'x | load1=9;'; exit 1", {"h": hook("cat", stdin=True)}, {"1": ["h"]}, **fields)
    assert (event.output, [point.value for point in event.points]) == ("", [9])
    assert json.loads(event.hooks[0].output)["check"]["output"] == "x | load1=9;\n"
