"""Units of systemd, as systemctl tells of them."""

import time

from checkwright.core.errors import CannotTell
from checkwright.core.source import Source
from checkwright.core.text import clean
from checkwright.sources import command

_PROPERTIES = (
    "Id,LoadState,ActiveState,Type,Result,NRestarts,ActiveEnterTimestampMonotonic,"
    "StateChangeTimestampMonotonic,ExecMainExitTimestampMonotonic"
)
# Colours, a pager or another language would change what we read.
_ENVIRONMENT = {"LC_ALL": "C", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "", "SYSTEMD_URLIFY": "0"}


class Unit:
    """One unit.

    state: systemd's word (active, inactive, failed, activating, ...), or `succeeded` for a oneshot that has done
    its work, or `masked`. result: why it ended, `success` if nothing went wrong. restarts: made by systemd itself
    since somebody started the unit. changed, started: seconds since it came into this state, and since it was
    started; None where that does not apply. Its text is its name.
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
        """What went wrong in systemd's words, such as `exit-code`; nothing where nothing did."""
        return "" if self.result == "success" else self.result


class Systemd(Source):
    """systemd on this machine, asked through systemctl."""

    def units(self, pattern: str) -> list[Unit]:
        """The unit of this name, or all loaded ones that a shell pattern matches. Raises CannotTell without one."""
        text = _systemctl("show", f"--property={_PROPERTIES}", "--", pattern)
        found = []
        for block in text.split("\n\n"):
            says = dict(line.partition("=")[::2] for line in block.splitlines())
            if says.get("LoadState") in (None, "not-found"):
                continue
            found.append(_unit(says))
        if not found:
            wild = any(character in pattern for character in "*?[")
            raise CannotTell(f"no loaded unit matches {pattern}" if wild else f"there is no unit {pattern} here")
        return found

    def failed_units(self) -> list[Unit]:
        """All units that systemd counts as failed; usually none."""
        text = _systemctl("list-units", "--failed", "--all", "--full", "--plain", "--no-legend")
        names = [line.replace("\u25cf", " ").replace("*", " ").split()[0] for line in text.splitlines() if line.strip()]
        return [unit for name in names for unit in self.units(name)]


def _unit(says: dict[str, str]) -> Unit:
    state = says.get("ActiveState", "")
    if says["LoadState"] == "masked":
        state = "masked"
    elif state == "inactive" and says.get("Type") == "oneshot" and says.get("Result") == "success":
        state = "succeeded" if _seconds_since(says, "ExecMainExitTimestampMonotonic") is not None else state
    return Unit(
        says.get("Id", ""),
        state,
        result=says.get("Result", "success"),
        restarts=int(says["NRestarts"]) if says.get("NRestarts", "").isdigit() else 0,
        changed=_seconds_since(says, "StateChangeTimestampMonotonic"),
        started=_seconds_since(says, "ActiveEnterTimestampMonotonic") if state in ("active", "reloading") else None,
    )


def _seconds_since(says: dict[str, str], name: str) -> float | None:
    """systemd gives microseconds of the clock that time.monotonic() reads, 0 for never."""
    text = says.get(name, "")
    if not text.isdigit() or not int(text):
        return None
    return round(max(0.0, time.monotonic() - int(text) / 1e6), 1)


def _systemctl(*words: str) -> str:
    try:
        finished = command.run(["systemctl", "--no-pager", "--no-ask-password", *words], env=_ENVIRONMENT)
    except command.NoProgram:
        raise CannotTell("there is no systemctl here: this machine does not run systemd") from None
    if finished.code == 0:
        return finished.output
    why = clean(finished.errors, 300)
    if "has not been booted with systemd" in why:
        raise CannotTell("this machine was not started by systemd, so it has no units to look at")
    raise CannotTell(f"systemctl {words[0]} failed: {why or f'exit code {finished.code}'}")
