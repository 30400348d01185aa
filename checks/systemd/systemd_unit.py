"""State and restarts of systemd units."""

from checks.systemd.source import Systemd
from checkwright import BadUsage, Check, Metrics, gauge, option, uses, verdict
from checkwright.sources.statefile import StateFile


class SystemdUnit(Check):
    """State of units, and the number of restarts by systemd since the last run.

    A service that dies and is restarted at once is active whenever the check runs: the
    restarts show it. A unit that does not exist is UNKNOWN, one that does not run is
    CRITICAL, one that has been starting or stopping for too long is WARNING. A oneshot
    unit that succeeded is OK.
    """

    thread_safe = True

    systemd = uses(Systemd)
    memory = uses(StateFile)

    units: tuple[str, ...] = option(
        "Unit, or a shell pattern for loaded units", flags="-u --unit", default=(), example="nginx.service"
    )
    failed: bool = option("Report every failed unit of the machine", default=False)
    grace: float = option("Time that a unit may take to start or to stop", default=60.0, unit="s")

    active = verdict("Unit", ok=["active", "reloading", "activating", "deactivating", "succeeded"], warn=["slow"])
    failures = gauge("Failed units", crit=0, min=0, optional=True)
    restarts = gauge("Restarts", warn=1, crit=3, missing="ok", min=0)
    since = gauge("Time since start", "s", missing="ok")

    def probe(self) -> Metrics:
        restarts: dict[str, float] = {}
        for _, units in self.each(self.units, self.systemd.units):
            for unit in units:
                if unit.name in restarts:  # two patterns may match one unit
                    continue
                slow = unit.state in ("activating", "deactivating") and (unit.changed or 0) > self.grace
                yield self.active("slow" if slow else unit.state, of=unit, hint=unit.state if slow else unit.why)
                yield self.since(unit.started, of=unit)
                restarts[unit.name] = unit.restarts
        if restarts:
            delta = self.memory.since_last_run(restarts)
            for name in restarts:
                yield self.restarts(None if delta is None else delta.of(name), of=name)
        if self.failed:
            failed = [unit for unit in self.systemd.failed_units() if unit.name not in restarts]
            yield self.failures(len(failed))
            for unit in failed:
                yield self.active(unit.state, of=unit, hint=unit.why)

    def validate(self) -> None:
        if not self.units and not self.failed:
            raise BadUsage("name units with -u, or use --failed for all failed units")
        if self.grace < 0:
            raise BadUsage("--grace is a duration, 0 or more")
