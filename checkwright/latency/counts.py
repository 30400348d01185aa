"""Counts of requests: per slot of five minutes or an hour, per endpoint and class of answer. They add up exactly.

    counts = merged([read(path) for path in paths])    # read: checkwright.latency.counts_file
    for name, times in counts.endpoints().items():
        print(name, percentile(times, 0.99))

Times are those at which a request ended, as seconds since the epoch, and durations are whole milliseconds.
"""

from checkwright.latency import quantiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

#: Length of a slot in seconds, and of the slots that older ones are folded into.
STEP = 300
HOUR = 3_600
#: Classes of a request: by its status, and `cut` for one that ended before its answer (499, 460, 504, -1). The time of
#: a cut one is the least that it would have taken.
CLASSES = ("2xx", "3xx", "4xx", "5xx", "cut")
#: Name for requests that no route fits, such as those of scanners.
NO_ROUTE = "(no route)"
#: Name for requests beyond the bounds of learned names.
MORE = "(more)"
#: Kinds of time that a file counts.
MEASURES = ("server", "total")


class Header:
    """Origin of counts.

    host: machine that wrote the log. role: its role in the registry. environment: "" if unknown. log: path of the
    log. format: its format, such as "nginx". measure: "server" for the time of the server, "total" with the client's
    network. step: seconds of a slot. learned: names of endpoints that no route declares.
    """

    __slots__ = ("environment", "format", "host", "learned", "log", "measure", "role", "step")

    def __init__(
        self,
        host: str,
        role: str,
        log: str,
        *,
        environment: str = "",
        format: str = "",
        measure: str = "server",
        step: int = STEP,
        learned: "Iterable[str]" = (),
    ) -> None:
        self.host = host
        self.role = role
        self.log = log
        self.environment = environment
        self.format = format
        self.measure = measure
        self.step = step
        self.learned = frozenset(learned)

    def with_learned(self, learned: "Iterable[str]") -> "Header":
        """Return this header with other learned names."""
        return Header(
            self.host,
            self.role,
            self.log,
            environment=self.environment,
            format=self.format,
            measure=self.measure,
            step=self.step,
            learned=learned,
        )


class Cell:
    """Requests of one endpoint and class in one slot.

    times: `{milliseconds: requests}`, see `quantiles`. untimed: requests without a time of the server, such as files
    that nginx itself serves. They are not in `times`.
    """

    __slots__ = ("times", "untimed")

    def __init__(self, times: "Mapping[int, int] | None" = None, untimed: int = 0) -> None:
        self.times = dict(times or {})
        self.untimed = untimed

    @property
    def requests(self) -> int:
        """Number of all requests, with and without a time."""
        return quantiles.total(self.times) + self.untimed

    def add(self, other: "Cell") -> None:
        """Add another cell to this one."""
        times = self.times
        for milliseconds, count in other.times.items():
            times[milliseconds] = times.get(milliseconds, 0) + count
        self.untimed += other.untimed


class Minute:
    """All requests that ended in one minute. busy: sum of their times in ms. slowest: the longest of them in ms."""

    __slots__ = ("busy", "requests", "slowest")

    def __init__(self, requests: int = 0, busy: int = 0, slowest: int = 0) -> None:
        self.requests = requests
        self.busy = busy
        self.slowest = slowest

    def add(self, other: "Minute") -> None:
        """Add another minute to this one."""
        self.requests += other.requests
        self.busy += other.busy
        self.slowest = max(self.slowest, other.slowest)


class Slot:
    """Counts of one slot. start: seconds since the epoch, a multiple of its length.

    cells: by (endpoint, class). minutes: by number of the minute in the slot. lines: lines of the log. unreadable:
    lines that do not fit the format. norequest: lines of connections that sent no request. skipped: bytes of the log
    that were not read, since too many had come at once.
    """

    __slots__ = ("cells", "lines", "minutes", "norequest", "skipped", "start", "unreadable")

    def __init__(self, start: int) -> None:
        self.start = start
        self.lines = 0
        self.unreadable = 0
        self.norequest = 0
        self.skipped = 0
        self.minutes: dict[int, Minute] = {}
        self.cells: dict[tuple[str, str], Cell] = {}

    @property
    def requests(self) -> int:
        """Number of all requests."""
        return sum(cell.requests for cell in self.cells.values())

    def cell(self, endpoint: str, kind: str) -> Cell:
        """Return the cell of an endpoint and class, made where it is missing."""
        found = self.cells.get((endpoint, kind))
        if found is None:
            found = self.cells[endpoint, kind] = Cell()
        return found

    def add(self, other: "Slot", rename: "Callable[[str], str] | None" = None) -> None:
        """Add another slot. Its start may be later, in a slot that is shorter. rename: new names of its endpoints."""
        self.lines += other.lines
        self.unreadable += other.unreadable
        self.norequest += other.norequest
        self.skipped += other.skipped
        shift = (other.start - self.start) // 60
        for number, minute in other.minutes.items():
            self.minutes.setdefault(number + shift, Minute()).add(minute)
        for (endpoint, kind), cell in other.cells.items():
            self.cell(rename(endpoint) if rename else endpoint, kind).add(cell)


class DuplicateCounts(ValueError):
    """Slot of one log that two inputs hold: adding both would count its requests twice."""


class Counts:
    """Slots of one log, or of several logs after a merge.

    headers: origins, one for each log. slots: by start. step: seconds of each slot. sources: the slots that came in, as
    `{(host, log, measure): {(start, step): name of the input}}`. They stay as they came after a fold.
    """

    __slots__ = ("headers", "slots", "sources", "step")

    def __init__(self, headers: "Iterable[Header]" = (), step: int = STEP) -> None:
        self.headers = list(headers)
        self.step = step
        self.slots: dict[int, Slot] = {}
        self.sources: dict[tuple[str, str, str], dict[tuple[int, int], str]] = {}

    @property
    def learned(self) -> frozenset[str]:
        """Names of endpoints that no route declares."""
        return frozenset().union(*(header.learned for header in self.headers))

    @property
    def requests(self) -> int:
        """Number of all requests."""
        return sum(slot.requests for slot in self.slots.values())

    @property
    def lines(self) -> int:
        return sum(slot.lines for slot in self.slots.values())

    @property
    def unreadable(self) -> int:
        return sum(slot.unreadable for slot in self.slots.values())

    @property
    def norequest(self) -> int:
        return sum(slot.norequest for slot in self.slots.values())

    @property
    def skipped(self) -> int:
        return sum(slot.skipped for slot in self.slots.values())

    def slot(self, start: int) -> Slot:
        """Return the slot with a start, made where it is missing."""
        found = self.slots.get(start)
        if found is None:
            found = self.slots[start] = Slot(start)
        return found

    def between(self, start: float, end: float) -> "Iterator[Slot]":
        """Yield the slots that begin at or after `start` and before `end`, in order of time."""
        for at in sorted(self.slots):
            if start <= at < end:
                yield self.slots[at]

    def endpoints(
        self, start: float = float("-inf"), end: float = float("inf"), classes: "Iterable[str]" = CLASSES
    ) -> dict[str, dict[int, int]]:
        """Return the times of each endpoint, `{name: {milliseconds: requests}}`, over the slots between two moments.

        Cut requests are in it with the time that they had reached; see `floor_percentile`.
        """
        selected = frozenset(classes)
        found: dict[str, dict[int, int]] = {}
        for slot in self.between(start, end):
            for (endpoint, kind), cell in slot.cells.items():
                if kind in selected:
                    times = found.setdefault(endpoint, {})
                    for milliseconds, count in cell.times.items():
                        times[milliseconds] = times.get(milliseconds, 0) + count
        return found

    def answers(self, start: float = float("-inf"), end: float = float("inf")) -> dict[str, dict[str, int]]:
        """Return the number of requests of each endpoint by class, `{name: {"2xx": 12}}`, untimed ones included."""
        found: dict[str, dict[str, int]] = {}
        for slot in self.between(start, end):
            for (endpoint, kind), cell in slot.cells.items():
                kinds = found.setdefault(endpoint, {})
                kinds[kind] = kinds.get(kind, 0) + cell.requests
        return found

    def add(self, other: "Counts", rename: "Callable[[str], str] | None" = None) -> None:
        """Add other counts. Slots of an hour make all slots as long.

        Raises DuplicateCounts if both hold the same slot of the same log, and changes nothing then.
        """
        self._refuse_duplicates(other)
        if other.step > self.step:
            self.fold(other.step)
        known = {(header.host, header.log, header.measure): at for at, header in enumerate(self.headers)}
        for header in other.headers:
            learned = frozenset(map(rename, header.learned)) if rename else header.learned
            at = known.get((header.host, header.log, header.measure))
            if at is None:
                self.headers.append(header.with_learned(learned))
            else:
                self.headers[at] = self.headers[at].with_learned(self.headers[at].learned | learned)
        for source, starts in other.sources.items():
            self.sources.setdefault(source, {}).update(starts)
        for slot in other.slots.values():
            self.slot(slot.start // self.step * self.step).add(slot, rename)

    def fold(self, step: int) -> None:
        """Make all slots `step` seconds long by adding neighbours. The sources keep the slots that came in."""
        slots, self.slots, self.step = self.slots, {}, step
        for slot in slots.values():
            self.slot(slot.start // step * step).add(slot)

    def _refuse_duplicates(self, other: "Counts") -> None:
        for source, theirs in other.sources.items():
            mine = self.sources.get(source)
            if not mine:
                continue
            hours = {start // HOUR * HOUR: name for (start, _), name in mine.items()}
            for (start, step), name in theirs.items():
                # A slot overlaps one of the same length, and an hour overlaps each slot inside.
                twice = mine.get((start, step)) or mine.get((start // HOUR * HOUR, HOUR))
                twice = twice or (hours.get(start) if step == HOUR else None)
                if twice is not None:
                    from time import gmtime, strftime

                    host, log, _ = source
                    moment = strftime("%Y-%m-%d %H:%M", gmtime(start))
                    raise DuplicateCounts(
                        f"{name}: the counts of {log} on {host} at {moment} UTC are in {twice} already; "
                        "leave one of the two out"
                    )


def merged(
    parts: "Iterable[Counts]", relearn: "Callable[[Mapping[str, int]], Mapping[str, str]] | None" = None
) -> Counts:
    """Return the sum of several counts, such as those of all machines of a role.

    relearn: gets the learned names of all parts with their requests and returns a new name for those that change, see
    `checkwright.latency.learned_names`. Declared names never change, so they are exact in any order of parts.
    Raises DuplicateCounts if a slot of a log comes twice.
    """
    parts = list(parts)
    rename: Callable[[str], str] | None = None
    learned = frozenset().union(*(part.learned for part in parts))
    if relearn is not None and learned:
        hits: dict[str, int] = {}
        for part in parts:
            for name, kinds in part.answers().items():
                if name in learned:
                    hits[name] = hits.get(name, 0) + sum(kinds.values())
        names = relearn(hits)

        def rename(name: str) -> str:
            return names.get(name, name)

    whole = Counts(step=max((part.step for part in parts), default=STEP))
    for part in parts:
        whole.add(part, rename)
    return whole


def floor_percentile(whole: "Mapping[int, int]", cut: "Mapping[int, int]", share: float) -> tuple[int, bool]:
    """Return a percentile, and True if it is only a lower bound because cut requests might change it.

    whole: times of all requests, with the cut ones at the time that they had reached. cut: those alone. Text shows
    `>=` where the second value is True. Raises IndexError for an empty table.
    """
    value = quantiles.percentile(whole, share)
    if not cut:
        return value, False
    endless = dict(whole)
    last = max(whole) + 1
    for milliseconds, count in cut.items():
        endless[milliseconds] -= count
        endless[last] = endless.get(last, 0) + count
    return value, quantiles.percentile(endless, share) != value
