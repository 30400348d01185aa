"""Model of Sensu's agent: the agent's own test table, and runs with a real `sh`."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from checkwright.testing.sensu_agent import AGENT_ENVIRONMENT, Event, run
from checkwright.testing.sensu_metrics import perfdata_errors, perfdata_points

ENTITY = {
    "metadata": {"name": "web-1", "namespace": "qa", "labels": {"port": "8443", "hostile": "a; echo pwned"}},
    "spec": {"entity_class": "agent", "system": {"os": "linux"}},
}
PROXY = {"metadata": {"name": "lb-1", "labels": {"port": "443"}}, "spec": {"entity_class": "proxy"}}


def ran(command: str, *, agent: dict[str, Any] | None = None, **spec: Any) -> Event:
    check = {"metadata": {"name": "c"}, "spec": {"command": command, "timeout": 20, **spec}}
    return run(check, agent or ENTITY)


# Table of the agent's own test: agent/transformers/nagios_test.go.
PERFDATA = {
    "no bar": ("PING ok - Packet loss = 0%", []),
    "one": ("PING ok - Packet loss = 0% | percent_packet_loss=0", [("percent_packet_loss", 0)]),
    "newline": ("PING ok - Packet loss = 0% | percent_packet_loss=0\n", [("percent_packet_loss", 0)]),
    "two": (
        "PING ok - Packet loss = 0%, RTA = 0.80 ms | percent_packet_loss=0, rta=0.80",
        [("percent_packet_loss", 0), ("rta", 0.8)],
    ),
    "word": ("PING ok | percent_packet_loss=0, foo", [("percent_packet_loss", 0)]),
    "word without comma": ("PING ok | percent_packet_loss=0 foo", [("percent_packet_loss", 0)]),
    "no value": ("PING ok | percent_packet_loss", []),
    "no number": ("PING ok | percent_packet_loss=a", []),
    "limits": (
        "OK - load average: 0.01, 0.04, 0.05 | load1=0.010;0.010;0.010;0; load5=0.040;0.040;0.040;0; "
        "load15=0.050;0.050;0.050;0; \n",
        [("load1", 0.01), ("load5", 0.04), ("load15", 0.05)],
    ),
    # Performance data that Nagios accepts and this grammar changes.
    "second bar": ("a | b | c=1", []),
    "bar in two lines": ("a | b=1\nlong text | c=2", []),
    "quoted label with a space": ("ok | 'disk usage'=5", [("usage'", 5)]),
    "quoted label": ("ok | 'disk'=5", [("'disk'", 5)]),
    "equals in the label": ("ok | a=b=5", []),
    "exponents": ("ok | a=1e3 b=1.5e-05 c=1,5 d=5m3", [("a", 13), ("c", 15), ("d", 53)]),
    "undetermined": ("ok | a=U b=2", [("b", 2)]),
    "unit": ("ok | a=2.5ms;1;2;0; b=-3%", [("a", 2.5), ("b", -3)]),
    "text behind": ("ok | a=1\n2 of 3", [("a", 12)]),
    "text behind a semicolon": ("ok | a=1;;\n2 of 3", [("a", 1)]),
    "two lines": ("ok | a=1\nb=2", []),
    "several blanks": ("ok |  a=1;   b=2;  ", [("a", 1), ("b", 2)]),
    "empty": ("ok |", []),
}


@pytest.mark.parametrize(("output", "expected"), PERFDATA.values(), ids=PERFDATA)
def test_perfdata(output: str, expected: list[tuple[str, float]]) -> None:
    assert [(point.name, point.value) for point in perfdata_points(output, 1)] == expected


def recorded(name: str) -> Any:
    """Return what a real Sensu Go 6.12.0 wrote."""
    return json.loads((Path(__file__).parents[2] / "sensu/recorded" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", recorded("agent-perfdata.json"), ids=lambda case: ascii(case["output"])[1:41])
def test_real_agent_finds_the_same_metrics(case: dict[str, Any]) -> None:
    assert [[point.name, point.value] for point in perfdata_points(case["output"], 1)] == case["points"]


@pytest.mark.slow
def test_real_agent_ends_the_same_way() -> None:
    made = recorded("agent-execution.json")
    cases = [case for case in made["commands"] if case["event"]["output"] != "(left out)"]
    with ThreadPoolExecutor(len(cases)) as pool:
        events = list(pool.map(lambda case: ran(case["command"], timeout=made["timeout"]), cases))
    found = {case["command"]: (event.status, event.stored_output) for case, event in zip(cases, events, strict=True)}
    assert found == {case["command"]: (case["event"]["status"], case["event"]["output"]) for case in cases}


def test_event_has_the_fields_of_a_real_one_that_its_docstring_does_not_exclude() -> None:
    real = recorded("event-check-ok.json")
    text, perfdata = real["check"]["output"].rstrip("\n").split("|")
    keys = ["interval", "publish", "subscriptions", "ttl", "timeout", "handlers", "output_metric_format"]
    keys += ["output_metric_handlers", "output_metric_tags", "pipelines"]
    spec = {key: real["check"][key] for key in keys} | {"command": f"echo '{text}|{perfdata}'"}
    entity = {"metadata": real["entity"]["metadata"], "spec": {"entity_class": "agent"}}
    event = run({"metadata": real["check"]["metadata"], "spec": spec}, entity).document()
    # The real check prints the same text.
    event["check"]["command"] = real["check"]["command"]
    for document in (event, real):
        moments = (document["timestamp"], document["check"]["executed"], document["check"]["duration"])
        assert document["check"].pop("executed") == document["metrics"]["points"][0]["timestamp"]
        assert all(type(moment) in (int, float) for moment in moments)
        del document["check"]["duration"], document["timestamp"]
        for point in document["metrics"]["points"]:
            del point["timestamp"]
    not_modelled = {"id", "metadata", "sequence"}
    assert event.keys() == real.keys() - not_modelled
    assert (event["metrics"], event["pipelines"]) == (real["metrics"], real["pipelines"])
    assert event["entity"] == {"metadata": {"name": real["entity"]["metadata"]["name"]}}
    of_backend = {"history", "issued", "is_silenced", "last_ok", "occurrences", "occurrences_watermark"}
    of_backend |= {"scheduler", "state", "total_state_change", "processed_by"}
    unset = {key for key, value in real["check"].items() if value in (None, "", 0, False, []) and key != "status"}
    assert event["check"].keys() - unset == real["check"].keys() - of_backend - unset
    assert {key: real["check"][key] for key in event["check"]} == event["check"]


def test_errors_are_those_of_the_agents_log() -> None:
    format_error = "nagios perfdata format requires at least one performance data metric"
    assert perfdata_errors("ok | a=1;;;; b=2") == perfdata_errors("ok |") == ()
    assert perfdata_errors("ok") == perfdata_errors("ok | a=1 | b=2") == (format_error,)
    assert perfdata_errors("ok | a=U;;;; b c=1") == (
        'invalid nagios perfdata metric value: "U"',
        'invalid nagios perfdata metric: "b"',
    )


@pytest.mark.parametrize("tags", [(), (("env", "qa"),), (("env", "qa"), ("role", "web"))])
def test_perfdata_has_the_tags_of_the_check_and_the_second_of_its_start(
    tags: tuple[tuple[str, str], ...],
) -> None:
    points = perfdata_points("ok | percent_packet_loss=0, rta=0.80", 1_700_000_000, tags)
    assert [(point.tags, point.timestamp) for point in points] == [(tags, 1_700_000_000)] * 2


@pytest.mark.parametrize("status", [0, 1, 2, 3, 126, 255])
def test_exit_status_is_the_status(status: int) -> None:
    assert ran(f"echo hello; exit {status}").status == status


def test_both_streams_are_one_output() -> None:
    assert ran("echo out; echo err >&2; echo again").output == "out\nerr\nagain\n"


def test_missing_command_is_127() -> None:
    assert ran("/nowhere/check_x").status == 127


def test_empty_command_is_ok() -> None:
    assert ran("").status == 0


def test_shell_that_a_signal_ends_has_the_status_of_go() -> None:
    assert ran("kill -TERM $$").status == 4_294_967_295


@pytest.mark.slow
def test_timeout_kills_the_whole_group_and_is_critical(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    event = ran(f"echo before; sleep 600 & echo $! > {pid_file}; wait", timeout=1)
    assert (event.status, event.output) == (2, "Execution timed out\nbefore\n")
    pid = int(pid_file.read_text())
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists() or "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
            return
        time.sleep(0.05)
    pytest.fail("the child of the timed-out shell is alive")


@pytest.mark.slow
def test_daemon_that_holds_the_pipe_delays_the_check_until_its_timeout(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    event = ran(f"setsid sh -c 'echo $$ > {pid_file}; exec sleep 600' & echo done", timeout=1)
    os.kill(int(pid_file.read_text()), signal.SIGKILL)
    assert (event.status, event.output) == (2, "Execution timed out\ndone\n")


def test_stdin_is_empty_or_the_event() -> None:
    assert ran("wc -c").output.strip() == "0"
    event = json.loads(ran("cat", stdin=True).output)
    assert event["entity"]["metadata"]["name"] == "web-1"
    assert (event["check"]["metadata"]["name"], event["check"]["status"]) == ("c", 0)


def test_command_need_not_read_stdin() -> None:
    check = {
        "metadata": {"name": "c", "annotations": {"x": "y" * 200_000}},
        "spec": {"command": "true", "stdin": True},
    }
    assert run(check, ENTITY).status == 0


def test_environment_is_the_agents_then_assets_then_secrets_then_variables() -> None:
    check = {
        "metadata": {"name": "c"},
        "spec": {
            "command": "env",
            "secrets": [{"name": "TOKEN", "secret": "vault"}, {"name": "MISSING", "secret": "none"}],
            "env_vars": ["A=b=c", "PATH=/mine"],
        },
    }
    event = run(check, ENTITY, secrets={"vault": "s3cret"}, assets=(Path("/cache/abc"),), environment={"PATH": "/bin"})
    found = dict(line.split("=", 1) for line in event.output.splitlines())
    assert (found["TOKEN"], found["A"]) == ("s3cret", "b=c")
    assert found["PATH"] == "/mine:/cache/abc/bin:/bin:/bin"
    assert found["LD_LIBRARY_PATH"] == "/cache/abc/lib::"
    assert "MISSING" not in found


def test_environment_is_not_that_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKS_OURS", "1")
    assert "CHECKS_OURS" not in ran("env").output
    assert f"PATH={AGENT_ENVIRONMENT['PATH']}:{AGENT_ENVIRONMENT['PATH']}\n" in ran("env").output
    assert {"LD_LIBRARY_PATH=:", "CPATH=:"} <= set(ran("env").output.splitlines())


def test_tokens_come_from_the_entity_and_are_shell_text_in_the_command() -> None:
    assert (
        ran("echo {{ .name }} {{ .namespace }} {{ .labels.port }} {{ .system.os }}").output == "web-1 qa 8443 linux\n"
    )
    assert ran("echo {{ .labels.hostile }}").output == "a\npwned\n"
    assert ran('echo "$X"', env_vars=["X={{ .labels.hostile }}"]).output == "a; echo pwned\n"


def test_unmatched_token_is_unknown_and_runs_nothing(tmp_path: Path) -> None:
    event = ran(f"touch {tmp_path}/ran; echo {{{{ .labels.none }}}}")
    assert event.status == 3
    assert event.output.startswith("error while substituting check tokens: command: unmatched token")
    assert list(tmp_path.iterdir()) == []


def test_backend_discards_an_event_with_a_variable_without_a_value() -> None:
    empty = {"metadata": {"name": "a", "labels": {"x": ""}}, "spec": {}}
    event = ran("echo ran", agent=empty, env_vars=["X={{ .labels.x }}"])
    assert (event.output, event.discarded) == ("ran\n", "environment variables must be of the form FOO=BAR")
    assert ran("echo ran", env_vars=["X={{ .name }}"]).discarded == ""


def test_proxy_request_is_substituted_twice() -> None:
    check = {
        "metadata": {"name": "c"},
        "spec": {
            "command": 'echo "$X" "$Y"',
            "env_vars": ["X={{ .name }}:{{ .labels.port }}", 'Y={{ "{{" }} .name }}'],
            "proxy_requests": {"entity_attributes": ["true"]},
        },
    }
    event = run(check, ENTITY, proxy=PROXY)
    assert (event.output, event.entity) == ("lb-1:443 web-1\n", "lb-1")
    system = {"metadata": {"name": "c"}, "spec": {"command": "echo {{ .system.os | default `none` }}"}}
    assert run(system, ENTITY, proxy=ENTITY).output == "none\n"


def test_proxy_entity_by_name_gets_the_event_and_the_agents_tokens() -> None:
    event = ran("echo {{ .name }}", proxy_entity_name="queue")
    assert (event.entity, event.output) == ("queue", "web-1\n")


def test_event_has_the_configured_check_its_result_and_its_metrics() -> None:
    event = ran(
        "echo 'ok é | a=1;'; echo {{ .labels.port }} >/dev/null; exit 1",
        output_metric_format="nagios_perfdata",
        output_metric_tags=[{"name": "env", "value": "qa"}],
        max_output_size=4,
    )
    document = event.document()
    json.dumps(document)
    assert document["check"]["command"].startswith("echo 'ok é | a=1;'; echo {{ .labels.port }}")
    assert (document["check"]["status"], document["check"]["output"]) == (1, "ok \N{REPLACEMENT CHARACTER}")
    (point,) = document["metrics"]["points"]
    assert (point["name"], point["value"], point["tags"]) == ("a", 1, [{"name": "env", "value": "qa"}])
    assert point["timestamp"] == document["check"]["executed"]


def test_without_a_metric_format_there_are_no_metrics() -> None:
    event = ran("echo 'ok | a=1;'")
    assert event.points == ()
    assert "metrics" not in event.document()


def test_command_that_cannot_start_is_unknown() -> None:
    event = ran("echo", env_vars=["A=b\0c"])
    assert (event.status, event.output) == (3, "embedded null byte")


def test_output_may_be_binary() -> None:
    event = ran("printf '\\377 | a=1;'", output_metric_format="nagios_perfdata")
    assert [point.value for point in event.points] == [1]
    assert event.stored_output == "\N{REPLACEMENT CHARACTER} | a=1;"
