"""Counting of the lines of one log: blocks of bytes in, slots of counts out."""

import re
from collections import Counter

from checkwright.latency.counts import HOUR, NO_ROUTE, STEP, Cell, Minute, Slot
from checkwright.latency.quantiles import rounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from checkwright.latency.format_parser import AnyFormat
    from checkwright.latency.learned_names import LearnedNames
    from checkwright.latency.url_routes import Routes

#: Most different lines that wait to be added to their slots.
_WAITING = 100_000
#: Methods and targets of requests, as opposed to what is logged of a broken connection.
_IS_REQUEST = re.compile(rb"[A-Z][A-Z-]{0,19} (?:https?://|/|\*)").match
_LONGEST_EXAMPLE = 300


class Tally:
    """Counts of one log while it is read.

    log_format: of the lines. routes: the declared ones. without_time: names of routes whose times do not count, such
    as long polls; status 101 (WebSocket) never counts. learned: names for requests that no route fits; None makes
    them `(no route)`. with_totals: count the total time, too, by the hour.

    lines, unreadable, norequest: of everything that was read. example: the first line that does not fit the format.
    The slots have the time of the server, or the total where the format has no other.
    """

    def __init__(
        self,
        log_format: "AnyFormat",
        routes: "Routes | None" = None,
        *,
        without_time: "Iterable[str]" = (),
        learned: "LearnedNames | None" = None,
        with_totals: bool = True,
    ) -> None:
        self._format = log_format
        self._routes = routes
        self._names = routes.names if routes is not None else []
        self._learned = learned
        without = {*without_time}
        self._without_time = {number for number, name in enumerate(self._names, 1) if name in without}
        self._with_totals = with_totals and log_format.has_server
        self._lines: Counter[tuple[Any, ...]] = Counter()
        self._totals: Counter[tuple[Any, ...]] = Counter()
        self._slots: dict[int, _Place] = {}
        self._hours: dict[int, _Place] = {}
        self._minutes: dict[int, Minute] = {}
        self._last = 0
        self.lines = 0
        self.unreadable = 0
        self.norequest = 0
        self.example = b""

    def feed(self, block: bytes) -> None:
        """Count a block of whole lines, each with its newline."""
        if b"\0" in block:  # the hole that a log has after it was cut off while its writer kept its position
            block = block.replace(b"\0", b"")
        times, zones, requests, statuses, servers, totals = self._format.columns_of(block)
        lines = block.count(b"\n")
        unreadable = lines - len(times)
        self.lines += lines
        if unreadable:
            if not self.example:
                self.example = self._format.first_unreadable(block)[:_LONGEST_EXAMPLE]
            self.unreadable += unreadable
        numbers = self._numbers(requests, statuses)
        if self._format.separate:
            self._lines.update(
                zip(times, zones, numbers, statuses, servers if self._format.has_server else totals, strict=True)
            )
            if self._with_totals:
                self._totals.update(zip(times, zones, numbers, statuses, totals, strict=True))
        else:
            self._lines.update(zip(times, zones, numbers, statuses, servers, totals, strict=True))
        if times:
            self._last = int(self._format.clock(times[-1], zones[-1])) // STEP * STEP
        if unreadable:
            self._about(self._last).unreadable += unreadable
        if len(self._lines) + len(self._totals) > _WAITING:
            self._settle()

    def _numbers(self, requests: "tuple[bytes, ...]", statuses: "tuple[bytes, ...]") -> list[int]:
        """Return the number of the endpoint of each request: 0 for no route, -1 for no request."""
        other = self._undeclared
        if self._routes is not None:
            match, order = self._routes.match, self._routes.order
        elif self._learned is not None:
            match, order = self._learned.match, self._learned.order
        else:
            return [other(request, status) for request, status in zip(requests, statuses, strict=True)]
        numbers = [
            order[found.lastindex] if found else other(request, status)  # type: ignore[index]
            for found, request, status in zip(map(match, requests), requests, statuses, strict=True)
        ]
        if self._learned is not None:
            declared = len(self._names)
            self._learned.count({one - declared: count for one, count in Counter(numbers).items() if one > declared})
        return numbers

    def _undeclared(self, request: bytes, status: bytes) -> int:
        learned, declared = self._learned, len(self._names)
        if learned is None:
            return 0 if _IS_REQUEST(request) else -1
        if declared and (found := learned.match(request)):
            return learned.order[found.lastindex or 0] + declared
        number = learned.number(request, status)
        return number + declared if number > 0 else number

    def _about(self, start: int) -> "_Place":
        found = self._slots.get(start)
        if found is None:
            found = self._slots[start] = _Place()
        return found

    def _settle(self) -> None:
        """Add the waiting lines to their slots."""
        waiting, self._lines = self._lines, Counter()
        (self._settle_ends if self._format.separate and self._format.ends else self._settle_each)(waiting)
        waiting, self._totals = self._totals, Counter()
        self._settle_totals(waiting)

    def _settle_ends(self, waiting: "Counter[tuple[Any, ...]]") -> None:
        """Add lines whose minute is that of their end, and whose columns say one thing each. The path of most logs."""
        log_format, minutes, without_time = self._format, self._minutes, self._without_time
        clock, decode, at = log_format.clock, log_format.decode, int(log_format.has_server)
        known: dict[tuple[bytes, bytes], tuple[str, int | None]] = {}
        before = b"", b""
        place, minute = _Place(), Minute()
        for key, count in waiting.items():
            time, zone, number, status, text = key
            try:
                if (time, zone) != before:
                    moment = int(clock(time, zone)) // 60 * 60
                    place = self._about(moment // STEP * STEP)
                    minute = minutes.setdefault(moment, Minute())
                    before = time, zone
                pair = status, text
                found = known.get(pair)
                if found is None:
                    kind, server, total = decode(0.0, status, text if at else b"", b"" if at else text)
                    found = known[pair] = kind, server if at else total
            except ValueError:
                self._refuse(key, count)
                continue
            if number < 0:
                place.norequest += count
                continue
            kind, milliseconds = found
            if number in without_time or status == b"101":
                milliseconds = None
            cell = place.cells.get((number, kind))
            if cell is None:
                cell = place.cells[number, kind] = Cell()
            minute.requests += count
            if milliseconds is None:
                cell.untimed += count
                continue
            value = milliseconds if milliseconds < 1_000 else rounded(milliseconds)
            cell.times[value] = cell.times.get(value, 0) + count
            minute.busy += milliseconds * count
            if milliseconds > minute.slowest:
                minute.slowest = milliseconds

    def _settle_each(self, waiting: "Counter[tuple[Any, ...]]") -> None:
        """Add lines whose duration decides on their slot, or whose columns depend on each other."""
        log_format, without_time = self._format, self._without_time
        clock, decode, has_server, ends = log_format.clock, log_format.decode, log_format.has_server, log_format.ends
        with_totals = self._with_totals and not log_format.separate
        before = -1
        place, hour, minute = _Place(), _Place(), Minute()
        for key, count in waiting.items():
            time, zone, number, status, text, whole = key if len(key) == 6 else (*key, b"")
            try:
                moment = clock(time, zone)
                if has_server:
                    kind, milliseconds, total = decode(moment, status, text, whole)
                else:
                    kind, _, milliseconds = decode(moment, status, b"", text)
                    total = milliseconds
            except ValueError:
                self._refuse(key, count)
                continue
            if not ends:
                moment += (milliseconds or 0 if total is None else total) / 1_000
            at = int(moment) // 60
            if at != before:
                place = self._about(at * 60 // STEP * STEP)
                hour = self._hour(moment) if with_totals else hour
                minute = self._minutes.setdefault(at * 60, Minute())
                before = at
            if number < 0:
                place.norequest += count
                continue
            if number in without_time or status == b"101":
                milliseconds = total = None
            place.add(number, kind, milliseconds, count)
            minute.requests += count
            if milliseconds is not None:
                minute.busy += milliseconds * count
                if milliseconds > minute.slowest:
                    minute.slowest = milliseconds
            if with_totals:
                hour.add(number, kind, total, count)

    def _settle_totals(self, waiting: "Counter[tuple[Any, ...]]") -> None:
        clock, decode, ends = self._format.clock, self._format.decode, self._format.ends
        before = b"", b""
        moment, hour = 0.0, _Place()
        known: dict[tuple[bytes, bytes], tuple[str, int | None]] = {}
        for key, count in waiting.items():
            time, zone, number, status, text = key
            if number < 0:
                continue
            try:
                if (time, zone) != before:
                    moment = clock(time, zone)
                    before, hour = (time, zone), self._hour(moment)
                pair = status, text
                found = known.get(pair)
                if found is None:
                    kind, _, total = decode(0.0, status, b"", text)
                    found = known[pair] = kind, total
            except ValueError:
                continue  # reported with the time of the server
            kind, total = found
            if not ends and total is not None and total >= 1_000:
                hour = self._hour(moment + total / 1_000)
                before = b"", b""
            without = number in self._without_time or status == b"101"
            hour.add(number, kind, None if without else total, count)

    def _hour(self, moment: float) -> "_Place":
        start = int(moment) // HOUR * HOUR
        found = self._hours.get(start)
        if found is None:
            found = self._hours[start] = _Place()
        return found

    def _refuse(self, key: "tuple[Any, ...]", count: int) -> None:
        """Count lines that fit the format, and still have an impossible date or number."""
        time, zone, _, status, *rest = key
        self.unreadable += count
        self.example = self.example or b" ".join((time, zone, status, *rest))
        self._about(self._last).unreadable += count

    def result(self) -> "Result":
        """Return the counts of everything that was fed. Call it once, at the end."""
        self._settle()
        names = [NO_ROUTE, *self._names]
        learned: list[str] = []
        if self._learned is not None:
            learned = self._learned.names()
            names += learned[1:]
        slots = {start: place.slot(start, names) for start, place in self._slots.items()}
        for minute, found in self._minutes.items():
            slots[minute // STEP * STEP].minutes[minute % STEP // 60] = found
        self.norequest = sum(place.norequest for place in self._slots.values())
        totals = {start: place.slot(start, names) for start, place in self._hours.items()}
        return Result(slots, totals, frozenset(learned[1:]))


class _Place:
    """Counts of a slot with numbers for endpoints."""

    __slots__ = ("cells", "norequest", "unreadable")

    def __init__(self) -> None:
        self.cells: dict[tuple[int, str], Cell] = {}
        self.unreadable = 0
        self.norequest = 0

    def add(self, number: int, kind: str, milliseconds: int | None, count: int) -> None:
        cell = self.cells.get((number, kind))
        if cell is None:
            cell = self.cells[number, kind] = Cell()
        if milliseconds is None:
            cell.untimed += count
        else:
            value = milliseconds if 0 <= milliseconds < 1_000 else rounded(milliseconds)
            cell.times[value] = cell.times.get(value, 0) + count

    def slot(self, start: int, names: list[str]) -> Slot:
        slot = Slot(start)
        for (number, kind), cell in self.cells.items():
            slot.cell(names[number], kind).add(cell)
        slot.unreadable, slot.norequest = self.unreadable, self.norequest
        slot.lines = slot.requests + slot.unreadable + slot.norequest
        return slot


class Result:
    """Slots of five minutes with the time of the server, hours with the total, and the learned names in them."""

    __slots__ = ("learned", "slots", "totals")

    def __init__(self, slots: dict[int, Slot], totals: dict[int, Slot], learned: frozenset[str]) -> None:
        self.slots = slots
        self.totals = totals
        self.learned = learned
