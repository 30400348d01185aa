"""systemd units, read from the output of systemctl."""

import time

from checkwright.core.text import clean
from checkwright.sources import CannotTell, Source, command
from checkwright.sources.numbers import natural

_PROPERTIES = (
    "Id,LoadState,ActiveState,SubState,Type,Result,NRestarts,ActiveEnterTimestampMonotonic,"
    "StateChangeTimestampMonotonic,ExecMainExitTimestampMonotonic,NextElapseUSecRealtime,NextElapseUSecMonotonic"
)
#: Values of a timer without a next elapse.
_NEVER = frozenset(("", "0", "infinity", "n/a"))
# Colours, a pager or another language would change the output.
_ENVIRONMENT = {"LC_ALL": "C", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "", "SYSTEMD_URLIFY": "0"}


class Unit:
    """One unit. `str(unit)` is its name.

    state: systemd's word (active, inactive, failed, activating, ...), or `succeeded` for a oneshot that has finished or
    has not run since the boot, `restarting` for a service that died and waits for its restart, `elapsed` for a timer
    that never elapses again, or `masked`. result: the reason for its end, `success` by default. restarts: by systemd
    itself since the unit was last started. changed, started: seconds since it came into this state, and since its
    start; None if unknown.
    """

    __slots__ = ("changed", "name", "restarts", "result", "started", "state")

    def __init__(
        self,
        name: str,
        state: str = "active",
        *,
        result: str = "success",
        restarts: int = 0,
        changed: float | None = None,
        started: float | None = None,
    ) -> None:
        self.name = name
        self.state = state
        self.result = result
        self.restarts = restarts
        self.changed = changed
        self.started = started

    def __str__(self) -> str:
        return self.name

    @property
    def why(self) -> str:
        """systemd's reason for a failure, such as `exit-code`; "" if the unit did not fail."""
        return "" if self.result == "success" else self.result


class Systemd(Source):
    """systemd on this machine, through systemctl."""

    def units(self, pattern: str) -> list[Unit]:
        """Return the unit of this name, or all loaded units that match a shell pattern.

        Raises CannotTell if there is none.
        """
        found = parse(_systemctl("show", f"--property={_PROPERTIES}", "--", pattern), time.monotonic())
        if not found:
            wild = any(character in pattern for character in "*?[")
            raise CannotTell(f"no loaded unit matches {pattern}" if wild else f"there is no unit {pattern} here")
        return found

    def failed_units(self) -> list[Unit]:
        """Return all units that systemd counts as failed; usually none."""
        names = _listed("--failed")
        known = {unit.name: unit for unit in _shown(names)}
        # A unit stays failed after its file was removed.
        return [known.get(name) or Unit(name, "failed", result="its unit file was removed") for name in names]

    def restarting_units(self) -> list[Unit]:
        """Return all services that died and wait for their restart; usually none."""
        units = _shown(_listed("--state=auto-restart,auto-restart-queued"))
        return [unit for unit in units if unit.state == "restarting"]


def parse(output: str, now: float) -> list[Unit]:
    """Parse the output of `systemctl show` for one or several units. Units that are not found are left out.

    now: time.monotonic() of the moment when it was printed.
    """
    blocks = (dict(line.partition("=")[::2] for line in block.splitlines()) for block in output.split("\n\n"))
    return [_unit(properties, now) for properties in blocks if properties.get("LoadState") not in (None, "not-found")]


def parse_names(output: str) -> list[str]:
    """Parse the names in the output of `systemctl list-units`, where a failed unit has a mark in front."""
    marks = str.maketrans("\u25cf*", "  ")
    return [line.translate(marks).split()[0] for line in output.splitlines() if line.strip()]


def _listed(*selection: str) -> list[str]:
    return parse_names(_systemctl("list-units", *selection, "--all", "--full", "--plain", "--no-legend"))


def _shown(names: list[str]) -> list[Unit]:
    """Return the units of these names that have a file."""
    return parse(_systemctl("show", f"--property={_PROPERTIES}", "--", *names), time.monotonic()) if names else []


def _unit(properties: dict[str, str], now: float) -> Unit:
    state = properties.get("ActiveState", "")
    if properties["LoadState"] == "masked":
        state = "masked"
    elif state == "inactive" and properties.get("Type") == "oneshot" and properties.get("Result") == "success":
        # systemd forgets an inactive unit that nothing refers to, and with it the time when it ran.
        state = "succeeded"
    elif state == "activating" and properties.get("SubState", "").startswith("auto-restart"):
        state = "restarting"
    elif state == "active" and properties.get("SubState") == "elapsed" and _never_elapses(properties):
        state = "elapsed"
    running = state in ("active", "reloading")
    return Unit(
        properties.get("Id", ""),
        state,
        result=properties.get("Result", "success"),
        restarts=natural(properties.get("NRestarts", "")) or 0,
        changed=_seconds_since(properties, "StateChangeTimestampMonotonic", now),
        started=_seconds_since(properties, "ActiveEnterTimestampMonotonic", now) if running else None,
    )


def _never_elapses(properties: dict[str, str]) -> bool:
    return all(properties.get(f"NextElapseUSec{clock}", "") in _NEVER for clock in ("Realtime", "Monotonic"))


def _seconds_since(properties: dict[str, str], name: str, now: float) -> float | None:
    """Return the age of a timestamp. systemd prints microseconds of the monotonic clock, and 0 for never."""
    microseconds = natural(properties.get(name, ""))
    return round(max(0.0, now - microseconds / 1e6), 1) if microseconds else None


def _systemctl(*arguments: str) -> str:
    try:
        finished = command.run(["systemctl", "--no-pager", "--no-ask-password", *arguments], env=_ENVIRONMENT)
    except command.NoProgram:
        raise CannotTell("there is no systemctl here: this machine does not run systemd") from None
    if finished.code == 0:
        return finished.output
    why = clean(finished.errors, 300)
    if "has not been booted with systemd" in why:
        raise CannotTell("this machine was not started by systemd, so it has no units")
    raise CannotTell(f"systemctl {arguments[0]} failed: {why or f'exit code {finished.code}'}")
