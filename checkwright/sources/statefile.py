"""Memory between the runs of a check: one small JSON file for each check with its options."""

import os
import time

from checkwright.core.current import current, doing, remaining
from checkwright.core.errors import CannotTell
from checkwright.core.source import Source
from checkwright.sources import statefolder
from checkwright.sources.counter_delta import CounterDelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from checkwright.core.current import Current

    Data = Mapping[str, Any]

_VERSION = 1
#: Seconds after which an older reading says nothing about now: a day.
_FRESH = 86_400.0
#: Seconds between two readings below which a rate would be noise.
_APART = 0.5


class Before:
    """What an earlier run left. data: as it was given. seconds: how long ago."""

    __slots__ = ("data", "seconds")

    def __init__(self, data: "Data", seconds: float) -> None:
        self.data = data
        self.seconds = seconds


class StateFile(Source):
    """Remembers what a run found for the next run of the same check with the same options.

    Where: CHECKS_STATE_DIR or NAGIOS_PLUGIN_STATE_DIRECTORY (there, a folder `checkwright-UID` for each user), else
    the user's state folder (XDG_STATE_HOME or ~/.local/state). Every method raises CannotTell, with the file's
    name, where memory cannot be kept or is held by another run. With keep=False (or CHECKS_STATE_READONLY in the
    environment) what real runs remember is read but never changed: for trying a check by hand.
    """

    def __init__(self, *, keep: bool = True) -> None:
        self._keep = keep
        self._tried: dict[str, str] = {}

    @classmethod
    def open(cls) -> "StateFile":
        return cls(keep=os.environ.get("CHECKS_STATE_READONLY", "") in ("", "0"))

    def update(self, change: "Callable[[Before | None], Data]", part: str = "") -> None:
        """Give `change` what is remembered, and remember what it returns; no other run comes between.

        part: tells several memories of one check apart.
        """
        path = os.path.join(statefolder.folder(make=self._keep), _file_name(current(), part))
        if not self._keep:
            self._tried[path] = _written(
                change(_read(self._tried.get(path) or statefolder.text(path), path, put_aside=False))
            )
            return
        lock = statefolder.locked(path)
        try:
            statefolder.replace(path, _written(change(_read(statefolder.text(path), path))))
        finally:
            os.close(lock)

    def exchange(self, data: "Data", part: str = "") -> Before | None:
        """Remember `data`, and return what was remembered until now; None on the first run."""
        found: list[Before | None] = []

        def change(before: Before | None) -> "Data":
            found.append(before)
            return data

        self.update(change, part)
        return found[0]

    def lasting(self, now: "Mapping[str, bool]", part: str = "") -> dict[str, float]:
        """For how many seconds each run has found these things to be so: 0 where they are not, or were not before."""
        lasted = dict.fromkeys(now, 0.0)

        def change(before: Before | None) -> "Data":
            if before is not None:
                for name, is_so in now.items():
                    known = before.data.get(name)
                    if is_so and isinstance(known, int | float):
                        lasted[name] = known + before.seconds
            return {name: lasted[name] for name, is_so in now.items() if is_so}

        self.update(change, part)
        return lasted

    def since_last_run(self, counters: "Mapping[str, float]", part: str = "") -> CounterDelta | None:
        """What counters grew by since the last run, if there was one within the last day and not just now."""
        before = self.exchange(counters, part)
        if before is None or not _APART <= before.seconds <= _FRESH:
            return None
        known = {name: value for name, value in before.data.items() if isinstance(value, int | float)}
        return CounterDelta(known, counters, before.seconds)

    def growth(
        self, read: "Callable[[], Mapping[str, float]]", over: float | None = None, part: str = ""
    ) -> CounterDelta:
        """What counters grew by since the last run; the first one, or one after a restart of the counters, waits.

        over: seconds to wait between two readings now, without any memory.
        """
        counters = read()
        if over is None:
            grown = self.since_last_run(counters, part)
            if grown is not None and not grown.restarted:
                return grown
            over = min(1.0, remaining() / 2)
        elif over > remaining() - _APART:
            raise CannotTell(f"cannot watch for {over:g} s with {remaining():.1f} s left: raise the time limit with -t")
        doing(f"a second reading after {over:g} s")
        started = time.monotonic()
        self._wait(over)
        again = read()
        return CounterDelta(counters, again, time.monotonic() - started)

    def _wait(self, seconds: float) -> None:
        time.sleep(seconds)


def _file_name(run: "Current", part: str) -> str:
    """By the hash of check and options, so that no option's value shows in a name."""
    from hashlib import sha256

    identity = f"{run.identity}\x1e{part}".encode("utf-8", "surrogatepass")
    return f"{run.check or 'check'}-{sha256(identity).hexdigest()[:32]}.json"


def _read(text: str | None, path: str, *, put_aside: bool = True) -> Before | None:
    """What the text remembers. One that is damaged is put aside, and said once: raises CannotTell."""
    if text is None:
        return None
    import json

    try:
        held = json.loads(text)
        if held["version"] != _VERSION:
            return None
        data, boot, since_boot, at = held["data"], held["boot"], float(held["since_boot"]), float(held["at"])
        if not isinstance(data, dict):
            raise ValueError("data")
    except (ValueError, KeyError, TypeError, RecursionError):
        if not put_aside:
            return None
        try:
            os.replace(path, f"{path}.damaged")
        except OSError as error:
            raise CannotTell(
                f"what the last run remembered in {path} is damaged: {error.strerror}; remove it"
            ) from None
        raise CannotTell(
            f"what the last run remembered was damaged and is now {path}.damaged: the next run starts anew"
        ) from None
    same_boot = boot == _boot()
    seconds = _since_boot() - since_boot if same_boot else time.time() - at
    return Before(data, seconds) if seconds >= 0 else None


def _written(data: "Data") -> str:
    import json

    held = {"version": _VERSION, "at": time.time(), "boot": _boot(), "since_boot": _since_boot(), "data": dict(data)}
    return json.dumps(held)


def _boot() -> str:
    """Names this start of the machine: the clock below begins anew with each."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def _since_boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
