"""State and restarts of systemd units."""

from checks.systemd.source import Systemd, Unit
from checkwright import BadUsage, Check, Duration, Metrics, gauge, option, uses, verdict
from checkwright.sources.statefile import StateFile


class SystemdUnit(Check):
    """State of units, and their restarts by systemd in the last 10 minutes.

    A service in a crash loop may be active at the time of each run: its restarts reveal it. A service that waits for
    its restart is WARNING, and CRITICAL if the next run finds it waiting again. A unit that does not exist is UNKNOWN,
    one that does not run is CRITICAL, one that has been starting or stopping for too long is WARNING, and so is a timer
    that never elapses again. A oneshot unit that succeeded, or has not run since boot, is OK; `heartbeat` checks that a
    job ran. --failed also reports services that wait for their restart, although systemd does not count them as failed.
    """

    thread_safe = True

    systemd = uses(Systemd)
    memory = uses(StateFile, keeps_labels=True)

    units: tuple[str, ...] = option(
        "Unit, or a shell pattern for loaded units", flags="-u --unit", default=(), example="nginx.service"
    )
    failed: bool = option(
        "Report every failed unit of the machine, and every service that waits for its restart", default=False
    )
    grace: Duration = option("Time that a unit may take to start or to stop", default=60.0, unit="s")
    window: Duration = option("Time for which restarts count", default=600.0, unit="s", example="30m")

    active = verdict(
        "Unit",
        ok=["active", "reloading", "activating", "deactivating", "succeeded"],
        warn=["slow", "restarting", "elapsed"],
    )
    failures = gauge("Failed units", crit=0, min=0, optional=True)
    restarts = gauge("Restarts", warn=1, crit=3, missing="ok", min=0)
    since = gauge("Time since start", "s", missing="ok")

    def probe(self) -> Metrics:
        # Two patterns may match one unit.
        found = {unit.name: unit for _, units in self.each(self.units, self.systemd.units) for unit in units}
        if self.failed:
            # systemd counts a service in a crash loop as starting.
            found = {unit.name: unit for unit in self.systemd.restarting_units()} | found
            failed = [unit for unit in self.systemd.failed_units() if unit.name not in found]
            yield self.failures(len(failed))
            for unit in failed:
                yield self.active(unit.state, of=unit, hint=unit.why)
        # Last, so that the states are reported even where memory cannot be kept.
        if not found:
            self.memory.forget("waits")
        else:
            restarts = self.memory.within({unit.name: unit.restarts for unit in found.values()}, self.window)
            waiting = self.memory.durations({unit.name: unit.state == "restarting" for unit in found.values()}, "waits")
            for unit in found.values():
                word, hint = self._state(unit, waiting[unit.name] > 0)
                yield self.active(word, of=unit, hint=hint)
                yield self.since(unit.started, of=unit)
            for name in found:
                yield self.restarts(restarts[name], of=name)

    def known_items(self) -> tuple[str, ...] | None:
        wild = any(character in unit for unit in self.units for character in "*?[")
        return None if wild or self.failed else self.units

    def _state(self, unit: Unit, again: bool) -> tuple[str, str]:
        """Return the word for a unit's state, and a hint. again: the last run saw it waiting for a restart too."""
        if unit.state in ("activating", "deactivating") and (unit.changed or 0) > self.grace:
            return "slow", unit.state
        if unit.state == "restarting" and again:
            return "restarting again", unit.why
        return unit.state, "it has no next elapse" if unit.state == "elapsed" else unit.why

    def validate(self) -> None:
        if not self.units and not self.failed:
            raise BadUsage("name units with -u, or use --failed for all failed units")
        if self.grace < 0:
            raise BadUsage("--grace is a duration, 0 or more")
        if self.window <= 0:
            raise BadUsage("--window is a duration above 0")
