"""Check systemd_unit against a fake systemd."""

import pytest

from checks.systemd.fake import FakeSystemd
from checks.systemd.source import Unit
from checks.systemd.systemd_unit import SystemdUnit
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.sample import Sample

WORLD = FakeSystemd(
    {
        "nginx": Unit("nginx.service", started=7_200, restarts=3),
        "flaky": Unit("flaky.service", started=4, restarts=9),
        "stopped": Unit("stopped.service", "inactive"),
        "broken": Unit("broken.service", "failed", result="exit-code"),
        "backup": Unit("backup.service", "succeeded"),
        "new": Unit("new.service", started=30, restarts=5),
        "starting": Unit("starting.service", "activating", changed=20),
        "masked": Unit("masked.service", "masked"),
        "worker@*": [Unit("worker@1.service", started=60), Unit("worker@2.service", "failed", result="signal")],
        "worker@1": Unit("worker@1.service", started=60),
        "loop": Unit("loop.service", "restarting", result="exit-code", restarts=1),
        "once.timer": Unit("once.timer", "elapsed"),
    }
)
BEFORE = {"last": {"nginx.service": 3, "flaky.service": 7, "backup.service": 0}, "events": []}

CASES = {
    "runs": ("-u nginx", "OK"),
    "restarted too often": ("-u nginx -u flaky", "WARNING"),
    "stopped": ("-u stopped -u nginx", "CRITICAL"),
    "failed": ("-u broken", "CRITICAL"),
    "masked": ("-u masked", "CRITICAL"),
    "a oneshot that has done its work": ("-u backup", "OK"),
    "not there": ("-u gone -u nginx", "UNKNOWN"),
    "starting": ("-u starting", "OK"),
    "starting for too long": ("-u starting --grace 10", "WARNING"),
    "starting for minutes": ("-u starting --grace 1h", "OK"),
    "a pattern": ("-u 'worker@*'", "CRITICAL"),
    "all that failed": ("--failed", "CRITICAL"),
    "a unit and all that failed": ("-u broken --failed", "CRITICAL"),
    "waiting for a restart": ("-u loop", "WARNING"),
    "a timer that never elapses again": ("-u once.timer", "WARNING"),
    "neither": ("", "UNKNOWN"),
    "no window": ("-u nginx --window 0", "UNKNOWN"),
    "no patience at all": ("-u nginx --grace -1", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_systemd_unit(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(SystemdUnit, command_line, WORLD, FakeStateFile(before=BEFORE))
    assert outcome.state == state
    golden(outcome)


def test_restarts_stay_critical_for_the_whole_window() -> None:
    memory = FakeStateFile(before={"last": {"flaky.service": 2}, "events": []}, seconds=60)
    states = [run(SystemdUnit, "-u flaky", WORLD, memory).state]
    for _ in range(9):
        states.append(run(SystemdUnit, "-u flaky", WORLD, memory).state)
    assert states == ["CRITICAL"] * 10
    assert run(SystemdUnit, "-u flaky", WORLD, memory).state == "OK"
    assert run(SystemdUnit, "-u flaky --window 20m", WORLD, FakeStateFile()).state == "OK"


def test_service_that_still_waits_for_a_restart_is_critical() -> None:
    memory = FakeStateFile()
    states = [run(SystemdUnit, "-u loop --restarts-warning ~: --restarts-critical ~:", WORLD, memory) for _ in range(3)]
    assert [outcome.state for outcome in states] == ["WARNING", "CRITICAL", "CRITICAL"]
    assert states[1].lines[0].text == "Unit loop.service restarting again (exit-code)"


def test_no_failed_units() -> None:
    outcome = run(SystemdUnit, "--failed", FakeSystemd(), FakeStateFile())
    assert (outcome.state, outcome.summary) == ("OK", "Failed units 0")


def test_unit_that_two_patterns_match_is_reported_once() -> None:
    outcome = run(SystemdUnit, "-u worker@1 -u worker@1", WORLD, FakeStateFile())
    assert [line.text for line in outcome.lines if line.text.startswith("Unit")] == ["Unit worker@1.service active"]


def test_new_unit_has_no_restarts_yet() -> None:
    outcome = run(SystemdUnit, "-u new", WORLD, FakeStateFile(before=BEFORE))
    assert outcome.state == "OK"
    assert "restarts:new.service=U;1;3;0;" in outcome.perfdata


def test_machine_without_systemd_is_unknown() -> None:
    why = CannotTell("this machine was not started by systemd, so it has no units")
    outcome = run(SystemdUnit, "-u nginx", FakeSystemd({"nginx": why}), FakeStateFile())
    assert (outcome.state, outcome.summary) == ("UNKNOWN", str(why))


#: Nothing is known of this machine's units, and without systemd there are no metrics.
SAMPLE = Sample("--failed", "", has_metrics=False)


def test_all_that_failed_includes_services_in_a_crash_loop() -> None:
    memory = FakeStateFile()
    loop = FakeSystemd({"loop": Unit("loop.service", "restarting", result="exit-code")})
    found = [run(SystemdUnit, "--failed", source, memory) for source in (loop, loop, FakeSystemd(), loop)]
    assert [outcome.state for outcome in found] == ["WARNING", "CRITICAL", "OK", "WARNING"]
    assert found[0].summary.startswith("Unit loop.service restarting (exit-code)")
    assert found[1].summary.startswith("Unit loop.service restarting again (exit-code)")


def test_failed_units_are_reported_where_no_memory_can_be_kept() -> None:
    class NoMemory(FakeStateFile):
        def update(self, *arguments: object, **words: object) -> None:
            raise CannotTell("cannot keep memory between runs")

    assert run(SystemdUnit, "--failed", FakeSystemd(), NoMemory()).state == "OK"
    units = FakeSystemd({"a": Unit("a.service", "failed"), "b": Unit("b.service", "restarting")})
    outcome = run(SystemdUnit, "--failed", units, NoMemory())
    assert (outcome.state, "Unit a.service failed" in outcome.summary) == ("CRITICAL", True)
