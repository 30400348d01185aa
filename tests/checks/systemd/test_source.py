"""Systemd against a fake systemctl, and against the real one where it is."""

import time
from pathlib import Path

import pytest

from checks.systemd.source import Systemd
from checkwright.core.errors import CannotTell


def fake_systemctl(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Put a fake `systemctl` first on the PATH. Returns the file where it records its arguments."""
    calls = folder / "calls"
    program = folder / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$LC_ALL $*" >>{calls}\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return calls


def properties_of(**properties: object) -> str:
    """Return one unit in the format of `systemctl show`."""
    values = {
        "Type": "simple",
        "Id": "sample.service",
        "LoadState": "loaded",
        "ActiveState": "active",
        "Result": "success",
        "NRestarts": 0,
        "ActiveEnterTimestampMonotonic": 0,
        "StateChangeTimestampMonotonic": 0,
        "ExecMainExitTimestampMonotonic": 0,
        **properties,
    }
    return "\n".join(f"{name}={value}" for name, value in values.items())


def answer(*units: str) -> str:
    blocks = "\n\n".join(units)
    return f"cat <<'EOF'\n{blocks}\nEOF"


def ago(seconds: float) -> int:
    """Return a timestamp of systemd: microseconds of the monotonic clock."""
    return max(1, int((time.monotonic() - seconds) * 1e6))


UNITS = {
    "active": ({}, "active", ""),
    "failed": ({"ActiveState": "failed", "Result": "exit-code"}, "failed", "exit-code"),
    "inactive": ({"ActiveState": "inactive"}, "inactive", ""),
    "masked": ({"ActiveState": "inactive", "LoadState": "masked"}, "masked", ""),
    "activating": ({"ActiveState": "activating"}, "activating", ""),
    "a oneshot that has done its work": (
        {"ActiveState": "inactive", "Type": "oneshot", "ExecMainExitTimestampMonotonic": 77},
        "succeeded",
        "",
    ),
    "a oneshot that has not run since the boot": ({"ActiveState": "inactive", "Type": "oneshot"}, "succeeded", ""),
    "a service that waits for its restart": (
        {"ActiveState": "activating", "SubState": "auto-restart", "Result": "exit-code"},
        "restarting",
        "exit-code",
    ),
    "the same in newer versions": (
        {"ActiveState": "activating", "SubState": "auto-restart-queued", "Result": "signal"},
        "restarting",
        "signal",
    ),
    "a timer that waits": ({"SubState": "waiting", "NextElapseUSecRealtime": "Mon 2026-11-30"}, "active", ""),
    "a timer that elapsed and will again": (
        {"SubState": "elapsed", "NextElapseUSecRealtime": "Mon 2026-11-30", "NextElapseUSecMonotonic": "infinity"},
        "active",
        "",
    ),
    "a timer that never elapses again": (
        {"SubState": "elapsed", "NextElapseUSecRealtime": "", "NextElapseUSecMonotonic": "infinity"},
        "elapsed",
        "",
    ),
    "a oneshot that failed": (
        {"ActiveState": "failed", "Type": "oneshot", "Result": "timeout", "ExecMainExitTimestampMonotonic": 77},
        "failed",
        "timeout",
    ),
}


@pytest.mark.parametrize(("properties", "state", "why"), UNITS.values(), ids=UNITS)
def test_state_of_a_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, properties: dict[str, object], state: str, why: str
) -> None:
    calls = fake_systemctl(tmp_path, monkeypatch, answer(properties_of(**properties)))
    (unit,) = Systemd().units("sample")
    assert (unit.name, unit.state, unit.why) == ("sample.service", state, why)
    assert calls.read_text().startswith("C --no-pager --no-ask-password show --property=Id,")
    assert calls.read_text().endswith(" -- sample\n")


def test_times_and_restarts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    properties = {"NRestarts": 4, "ActiveEnterTimestampMonotonic": ago(5), "StateChangeTimestampMonotonic": ago(2)}
    fake_systemctl(tmp_path, monkeypatch, answer(properties_of(**properties)))
    (unit,) = Systemd().units("sample")
    assert unit.restarts == 4
    assert unit.started is not None and 4 < unit.started < 60
    assert unit.changed is not None and 1 < unit.changed < 60


def test_stopped_unit_has_no_start_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_systemctl(
        tmp_path,
        monkeypatch,
        answer(properties_of(ActiveState="inactive", ActiveEnterTimestampMonotonic=9, NRestarts="")),
    )
    (unit,) = Systemd().units("sample")
    assert (unit.started, unit.restarts) == (None, 0)


def test_pattern_returns_several_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_systemctl(
        tmp_path,
        monkeypatch,
        answer(properties_of(Id="a@1.service"), properties_of(Id="a@2.service", ActiveState="failed")),
    )
    assert [(unit.name, unit.state) for unit in Systemd().units("a@*")] == [
        ("a@1.service", "active"),
        ("a@2.service", "failed"),
    ]


def test_failed_units_are_named_with_their_reasons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = (
        properties_of(Id="a.service", ActiveState="failed", Result="signal"),
        properties_of(Id="b.service", ActiveState="failed", Result="exit-code"),
        properties_of(Id="gone.service", LoadState="not-found", ActiveState="failed"),
    )
    script = f"""
case "$*" in
*list-units*) printf '\\342\\227\\217 a.service loaded failed failed Text\\nb.service loaded failed failed Text\\n'
printf '\\342\\227\\217 gone.service not-found failed failed gone.service\\n' ;;
*) {answer(*blocks)}
;;
esac"""
    calls = fake_systemctl(tmp_path, monkeypatch, script)
    assert [(unit.name, unit.state, unit.why) for unit in Systemd().failed_units()] == [
        ("a.service", "failed", "signal"),
        ("b.service", "failed", "exit-code"),
        ("gone.service", "failed", "its unit file was removed"),
    ]
    assert "list-units --failed" in calls.read_text()


FAILURES = {
    "no such unit": (answer(properties_of(LoadState="not-found")), "gone", "there is no unit gone here"),
    "no match": ("true", "gone*", "no loaded unit matches gone*"),
    "another init": (
        'echo "System has not been booted with systemd as init system (PID 1). Can\'t operate." >&2; exit 1',
        "nginx",
        "this machine was not started by systemd, so it has no units",
    ),
    "no permission": (
        "echo 'Failed to connect to bus: Permission denied' >&2; exit 1",
        "nginx",
        "systemctl show failed: Failed to connect to bus: Permission denied",
    ),
    "without a word": ("exit 4", "nginx", "systemctl show failed: exit code 4"),
}


@pytest.mark.parametrize(("script", "pattern", "sentence"), FAILURES.values(), ids=FAILURES)
def test_failures_of_systemctl_are_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, pattern: str, sentence: str
) -> None:
    fake_systemctl(tmp_path, monkeypatch, script)
    with pytest.raises(CannotTell) as raised:
        Systemd().units(pattern)
    assert str(raised.value) == sentence


def test_missing_systemctl_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotTell, match="there is no systemctl here: this machine does not run systemd"):
        Systemd().units("nginx")


def test_this_machine_has_units_or_a_reason() -> None:
    try:
        units = Systemd().units("*.service")
    except CannotTell as error:
        assert "does not run systemd" in str(error) or "not started by systemd" in str(error)
    else:
        assert all(unit.name.endswith(".service") for unit in units)


def test_services_that_wait_for_their_restart_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = answer(
        properties_of(Id="a.service", ActiveState="activating", SubState="auto-restart", Result="signal", NRestarts=4),
        properties_of(Id="b.service"),
    )
    script = f'case "$*" in *list-units*) echo "a.service loaded activating auto-restart A" ;;\n*) {shown}\nesac'
    calls = fake_systemctl(tmp_path, monkeypatch, script)
    (unit,) = Systemd().restarting_units()
    assert (unit.name, unit.state, unit.why, unit.restarts) == ("a.service", "restarting", "signal", 4)
    assert "list-units --state=auto-restart,auto-restart-queued" in calls.read_text()
