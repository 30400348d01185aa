"""Memory between the runs of a check: one small JSON file per check and set of options."""

import os
import time

from checkwright.core.current import current, doing, remaining
from checkwright.core.errors import CannotTell
from checkwright.core.source import Source
from checkwright.sources.counter_delta import CounterDelta
from checkwright.sources.statefolder import StateFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, TypeVar

    from checkwright.core.current import Current

    T = TypeVar("T")

    Data = Mapping[str, Any]

_VERSION = 1
_LARGEST = 1e300
#: Seconds after which a reading is too old to compare with: a day.
_FRESH = 86_400.0
#: Most events that a window remembers one by one.
_MOST_EVENTS = 1_000
#: Least seconds between two readings: a rate over less would be noise.
_APART = 0.5
#: An earlier value that makes the increase of a counter unknown.
_UNKNOWN = float("inf")
#: Readings of a window that are kept.
_MOST_READINGS = 20


class Before:
    """Data that an earlier run left. seconds: how long ago that was. same_boot: the machine was not restarted since."""

    __slots__ = ("data", "same_boot", "seconds")

    def __init__(self, data: "Data", seconds: float, *, same_boot: bool = True) -> None:
        self.data = data
        self.seconds = seconds
        self.same_boot = same_boot


class StateFile(Source):
    """Memory that one run of a check leaves for the next run of the same check with the same options.

    The files are in CHECKS_STATE_DIR or NAGIOS_PLUGIN_STATE_DIRECTORY (there in a folder `checkwright-UID` per user),
    otherwise in the user's state folder (XDG_STATE_HOME or ~/.local/state). Every method raises CannotTell, with the
    name of the file, if memory cannot be kept or another run has locked it. keep=False, or CHECKS_STATE_READONLY in the
    environment, reads the memory of real runs and never changes it. Use it to try a check by hand.
    """

    def __init__(self, *, keep: bool = True) -> None:
        self._keep = keep
        self._tried: dict[str, str] = {}

    @classmethod
    def open(cls) -> "StateFile":
        return cls(keep=os.environ.get("CHECKS_STATE_READONLY", "") in ("", "0"))

    @property
    def keeps(self) -> bool:
        """False if this run only tries the check, and so must not leave anything elsewhere either."""
        return self._keep

    def update(self, change: "Callable[[Before | None], Data]", part: str = "") -> None:
        """Call `change` with the memory (None on the first run) and remember its result, under a lock.

        part: a name for this memory, if one check has several.
        """
        name = _file_name(current(), part)
        if not self._keep:
            self._tried[name] = _written(change(_read(self._tried.get(name) or _kept(name), name)))
            return
        with StateFolder.make() as folder:
            lock = folder.lock(name)
            try:
                folder.replace(name, _written(change(_read(folder.text(name), name, folder))))
            finally:
                os.close(lock)

    def exchange(self, data: "Data", part: str = "") -> Before | None:
        """Remember `data` and return the previous memory; None on the first run."""
        found: list[Before | None] = []

        def change(before: Before | None) -> "Data":
            found.append(before)
            return data

        self.update(change, part)
        return found[0]

    def recall(self, part: str = "") -> Before | None:
        """Return the memory and leave it as it is; None before the first run, and if it cannot be parsed."""
        name = _file_name(current(), part)
        return _read(self._tried.get(name) or _kept(name), name)

    def forget(self, part: str = "") -> None:
        """Remove the memory. Does nothing if there is none, or if none can be kept."""
        name = _file_name(current(), part)
        if not self._keep:
            self._tried[name] = _written({})
            return
        try:
            folder = StateFolder.find()
        except CannotTell:
            return
        if folder is not None:
            with folder:
                folder.remove(name)

    def durations(self, conditions: "Mapping[str, bool]", part: str = "") -> dict[str, float]:
        """Return the seconds since each condition began to be true in every run; 0 if it is false or has just begun."""
        seconds = dict.fromkeys(conditions, 0.0)

        def change(before: Before | None) -> "Data":
            if before is not None:
                for name, holds in conditions.items():
                    known = before.data.get(name)
                    if holds and known is not None and _is_number(known):
                        seconds[name] = known + before.seconds
            return {name: seconds[name] for name, holds in conditions.items() if holds}

        self.update(change, part)
        return seconds

    def within(self, counters: "Mapping[str, float]", seconds: float, part: str = "") -> dict[str, float | None]:
        """Return the increase of each counter of events over the last `seconds`; None for a counter's first reading.

        An increase counts from the run that found it, for as long as that run lies in the window. In this way a gauge
        of events keeps its state over several runs, so that an alert with several attempts is sent. A counter that went
        backwards was restarted and counts from zero.
        """
        increases: dict[str, float | None] = dict.fromkeys(counters)

        def change(before: Before | None) -> "Data":
            last: dict[str, float] = {}
            events: list[list[Any]] = []
            if before is not None and before.seconds <= _FRESH:
                last = {name: value for name, value in _table(before.data, "last").items() if _is_number(value)}
                events = [
                    [age + before.seconds, name, increase]
                    for age, name, increase in _events(before.data)
                    if age + before.seconds < seconds
                ]
            for name, value in counters.items():
                if name in last:
                    increase = value - last[name] if value >= last[name] else value
                    if increase:
                        events.append([0.0, name, increase])
                    increases[name] = 0
            for _, name, increase in events:
                known = increases.get(name)
                if known is not None:
                    increases[name] = known + increase
            return {"last": dict(counters), "events": _merged(events)}

        self.update(change, part)
        return increases

    def over(self, counters: "Mapping[str, float]", seconds: float, part: str = "") -> CounterDelta | None:
        """Return the increase of counters over the last `seconds`; None on the first run.

        Use it for shares and rates that a few events would distort between two runs, such as the percentage of failed
        requests. If runs are further apart than `seconds`, it compares with the last one, less than a day ago. A
        counter without an earlier reading counts from zero, since the run before saw all counters that existed. A
        counter that went backwards was restarted: it has no increase in this run, and the next run counts from here.
        """
        found: list[CounterDelta] = []

        def change(before: Before | None) -> "Data":
            readings = [] if before is None else _aged(before, seconds)
            ages = {} if before is None else _restarts(before, seconds)
            if readings and readings[0][0] >= _APART:
                last = readings[0][1]
                restarted = {name: value for name, value in counters.items() if value < last.get(name, value)}
                for _, values in readings:
                    values.update(restarted)
                oldest = {name: readings[-1][1].get(name, 0.0) for name in counters}
                oldest.update(dict.fromkeys(restarted, _UNKNOWN))
                found.append(CounterDelta(oldest, counters, readings[-1][0], ages=ages))
                ages.update(dict.fromkeys(restarted, 0.0))
            if not readings or readings[0][0] >= seconds / _MOST_READINGS:
                readings = [(0.0, dict(counters)), *readings][: _MOST_READINGS + 1]
            return {**_packed(readings), "restarts": ages}

        self.update(change, part)
        return found[0] if found else None

    def since_last_run(
        self, counters: "Mapping[str, float]", part: str = "", fastest: float | None = None
    ) -> CounterDelta | None:
        """Return the increase of counters since the last run; None if that was a day ago or longer, or never.

        A check with several attempts sees an increase once and is OK at the retry, so use `within` for events.
        fastest: see CounterDelta.
        """
        before = self.exchange(counters, part)
        if before is None or not _APART <= before.seconds <= _FRESH:
            return None
        if fastest is not None and not before.same_boot:
            return None
        known = {name: value for name, value in before.data.items() if _is_number(value)}
        return CounterDelta(known, counters, before.seconds, fastest)

    def delta(
        self,
        read: "Callable[[], Mapping[str, float]]",
        over: float | None = None,
        part: str = "",
        fastest: float | None = None,
    ) -> CounterDelta:
        """Return the increase of counters since the last run.

        The first run, and a run after a restart of the counters, waits for a second and reads them twice. over: read
        twice in this run, so many seconds apart, without any memory. fastest: see CounterDelta.
        """
        counters = read()
        if over is None:
            delta = self.since_last_run(counters, part, fastest)
            if delta is not None and not delta.restarted:
                return delta
            over = min(1.0, remaining() / 2)
        elif over > remaining() - _APART:
            raise CannotTell(f"cannot watch for {over:g} s with {remaining():.1f} s left: raise the time limit with -t")
        doing(f"a second reading after {over:g} s")
        started = time.monotonic()
        self._wait(over)
        again = read()
        return CounterDelta(counters, again, time.monotonic() - started, fastest)

    def together(self, work: "Callable[[StateFile], T]", part: str = "together") -> "T":
        """Call `work` with a memory whose parts are one file, and return its result.

        Replacing a file is most of the cost of a memory, so a check with two of them takes both at once:

            events, delta = self.memory.together(
                lambda memory: (memory.within(errors, 600, "events"), memory.over(counters, 600, "rates"))
            )

        `work` must not wait, since it runs under the lock. Nothing is remembered if it raises.
        """
        found: list[T] = []

        def change(before: Before | None) -> "Data":
            parts = _Parts(before)
            found.append(work(parts))
            return parts.data

        self.update(change, part)
        return found[0]

    def _wait(self, seconds: float) -> None:
        time.sleep(seconds)


class _Parts(StateFile):
    """Several memories in the data of one. data: that of each part by name."""

    def __init__(self, before: Before | None) -> None:
        super().__init__()
        self._before = before
        self.data: dict[str, Any] = {} if before is None else dict(before.data)

    def update(self, change: "Callable[[Before | None], Data]", part: str = "") -> None:
        self.data[part] = dict(change(self.recall(part)))

    def recall(self, part: str = "") -> Before | None:
        data = self.data.get(part)
        if self._before is None or not isinstance(data, dict):
            return None
        return Before(data, self._before.seconds, same_boot=self._before.same_boot)

    def forget(self, part: str = "") -> None:
        self.data.pop(part, None)


def _aged(before: Before, seconds: float) -> "list[tuple[float, dict[str, float]]]":
    """Return the readings in a memory of `over` with their ages, the youngest first: those in the window, or one."""
    names, readings = before.data.get("names"), before.data.get("readings")
    if not isinstance(names, list) or not isinstance(readings, list):
        return []
    found = []
    for reading in readings:
        if isinstance(reading, list) and len(reading) == 2 and _is_number(reading[0]) and isinstance(reading[1], list):
            values = zip(map(str, names), reading[1], strict=False)
            found.append((reading[0] + before.seconds, {name: value for name, value in values if _is_number(value)}))
    return [one for position, one in enumerate(found) if one[0] <= (seconds if position else _FRESH)]


def _restarts(before: Before, seconds: float) -> dict[str, float]:
    """Return for how long each counter that was restarted in the window has counted since."""
    found = {name: age + before.seconds for name, age in _table(before.data, "restarts").items() if _is_number(age)}
    return {name: age for name, age in found.items() if age <= seconds}


def _packed(readings: "list[tuple[float, dict[str, float]]]") -> "Data":
    names = list(dict.fromkeys(name for _, values in readings for name in values))
    return {"names": names, "readings": [[age, [values.get(name) for name in names]] for age, values in readings]}


def _is_number(value: object) -> bool:
    """Return True for a number in the range of a float: larger integers fail in most sums."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LARGEST <= value <= _LARGEST


def _table(data: "Data", name: str) -> "Mapping[str, Any]":
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _events(data: "Data") -> "Iterator[tuple[float, str, float]]":
    """Yield age, counter and increase of each event in the memory; anything else in it is left out."""
    found = data.get("events")
    for event in found if isinstance(found, list) else ():
        if isinstance(event, list) and len(event) == 3 and _is_number(event[0]) and _is_number(event[2]):
            yield event[0], str(event[1]), event[2]


def _merged(events: "list[list[Any]]") -> "list[list[Any]]":
    """Bound the memory: the oldest events of a counter become one, which is as young as the youngest of them."""
    if len(events) <= _MOST_EVENTS:
        return events
    old, young = events[: -_MOST_EVENTS // 2], events[-_MOST_EVENTS // 2 :]
    merged: dict[str, list[Any]] = {}
    for age, name, increase in old:
        known = merged.setdefault(name, [age, name, 0])
        known[0], known[2] = min(known[0], age), known[2] + increase
    return [*merged.values(), *young]


def _kept(name: str) -> str | None:
    """Return the memory that real runs have left, without a change of anything."""
    folder = StateFolder.find()
    if folder is None:
        return None
    with folder:
        return folder.text(name)


def _file_name(run: "Current", part: str) -> str:
    """Return a name made of the hash of check and options, so that no option's value shows in it."""
    from checkwright.core.digest import sha256_digits

    identity = f"{run.identity}\x1e{part}".encode("utf-8", "surrogatepass")
    return f"{run.check or 'check'}-{sha256_digits(identity)[:32]}.json"


def _read(text: str | None, name: str, folder: StateFolder | None = None) -> Before | None:
    """Parse a memory file. A damaged one in a folder is renamed and reported once: raises CannotTell."""
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
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        if folder is None:
            return None
        path = os.path.join(folder.path, name)
        try:
            folder.rename(name, f"{name}.damaged")
        except OSError as error:
            raise CannotTell(
                f"the memory of the last run, {path}, is damaged and cannot be renamed: {error.strerror}; remove it"
            ) from None
        raise CannotTell(
            f"the memory of the last run was damaged and is now {path}.damaged: the next run starts without it"
        ) from None
    same_boot = boot == _boot()
    seconds = _since_boot() - since_boot if same_boot else time.time() - at
    return Before(data, seconds, same_boot=same_boot) if seconds >= 0 else None


def _written(data: "Data") -> str:
    import json

    held = {"version": _VERSION, "at": time.time(), "boot": _boot(), "since_boot": _since_boot(), "data": dict(data)}
    return json.dumps(held)


def _boot() -> str:
    """Return the id of this boot. The clock below starts again with each. It is read once: no process outlives it."""
    global _boot_id
    if not _boot_id:
        try:
            with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
                _boot_id = file.read().strip()
        except OSError:
            return ""
    return _boot_id


_boot_id = ""


def _since_boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
