"""Slots of the last hour, in the memory of the check: a window that grows while there are few requests."""

from checkwright.latency.counts import HOUR, STEP, Cell, Minute, Slot
from checkwright.latency.quantiles import added, total

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

#: Seconds without a line until a slot is final: a server may write its log late.
LATE = 600
#: Requests that are enough to judge an endpoint without older ones.
ENOUGH = 300


class Window:
    """Slots by start. Those that only wait stay as text, so that a run parses no more than it needs.

    step: seconds of a slot. through: start of the last slot that was written to the counts files. Lines that come later
    for a slot that is written count in the slot after it, so that no request is lost. A slot ages from the run that
    last added to it, whatever the clock of the log.
    """

    def __init__(self, data: "Any", step: int = STEP) -> None:
        held = data if isinstance(data, dict) else {}
        self._slots: dict[int, dict[str, Any]] = {
            int(start): slot for start, slot in held.get("slots", {}).items() if isinstance(slot, dict)
        }
        self._step = step
        self._now = 0.0
        self.through = held.get("through", 0)

    def add(self, slots: "Iterable[Slot]", now: float) -> None:
        """Add the slots of a run, at the moment `now`."""
        self._now = now
        for slot in slots:
            start = slot.start if slot.start > self.through else self.through + self._step
            held = self._slots.setdefault(start, {"about": [0, 0, 0, 0], "minutes": {}, "cells": {}})
            held["seen"] = now
            new = (slot.lines, slot.unreadable, slot.norequest, slot.skipped)
            held["about"] = [old + more for old, more in zip(held["about"], new, strict=True)]
            for number, minute in slot.minutes.items():
                at = str(number if start == slot.start else 0)
                old = Minute(*held["minutes"].get(at, (0, 0, 0)))
                old.add(minute)
                held["minutes"][at] = [old.requests, old.busy, old.slowest]
            for (endpoint, kind), cell in slot.cells.items():
                kinds = held["cells"].setdefault(endpoint, {})
                if kind in kinds:
                    both = _cell(kinds[kind][1])
                    both.add(cell)
                    cell = both
                kinds[kind] = [total(cell.times), _text(cell)]

    def times(self, endpoint: str, enough: int) -> "tuple[dict[int, int], dict[int, int]]":
        """Return the times of an endpoint, and those of cut requests: of the newest slots that hold `enough` of them.

        Of at most an hour, where the hour holds fewer.
        """
        whole: list[Mapping[int, int]] = []
        cut: list[Mapping[int, int]] = []
        found = 0
        for start in sorted(self._recent(), reverse=True):
            if found >= enough or start <= self.newest - HOUR:
                break
            for kind, (count, text) in self._slots[start]["cells"].get(endpoint, {}).items():
                times = _cell(text).times
                found += count
                whole.append(times)
                if kind == "cut":
                    cut.append(times)
        return added(whole), added(cut)

    @property
    def newest(self) -> int:
        """Start of the newest slot, 0 without any."""
        return max(self._slots, default=0)

    @property
    def endpoints(self) -> set[str]:
        """Names of all endpoints in the window."""
        return {endpoint for start in self._recent() for endpoint in self._slots[start]["cells"]}

    def _recent(self) -> list[int]:
        """Return the starts of the slots that got a line in the last hour. Others only wait to be written."""
        return [start for start, slot in self._slots.items() if self._now - slot["seen"] < HOUR]

    def final(self, now: float) -> list[Slot]:
        """Return the slots that are not written yet and get no more lines, up to the first that may get some."""
        found = []
        for start in sorted(start for start in self._slots if start > self.through):
            if now - self._slots[start]["seen"] < LATE:
                break
            found.append(self._slot(start))
        return found

    def written(self, slots: "list[Slot]") -> None:
        """Note that slots were written to the counts files."""
        self.through = max([self.through, *(slot.start for slot in slots)])

    def data(self, now: float, *, keep_unwritten: bool) -> "dict[str, Any]":
        """Return the memory for the next run: the last hour, and what is not written yet.

        Of an endpoint, slots that are written stay only as far as a judgement may need them.
        """
        slots = {
            start: slot
            for start, slot in self._slots.items()
            # Where nothing writes, nothing waits either.
            if (self._step == STEP and now - slot["seen"] < HOUR) or (keep_unwritten and start > self.through)
        }
        seen: dict[str, int] = {}
        for start in sorted(slots, reverse=True):
            cells = slots[start]["cells"]
            if not keep_unwritten or start <= self.through:
                for endpoint in [endpoint for endpoint in cells if seen.get(endpoint, 0) >= ENOUGH]:
                    del cells[endpoint]
            for endpoint, kinds in cells.items():
                seen[endpoint] = seen.get(endpoint, 0) + sum(count for count, _ in kinds.values())
        return {"through": self.through, "slots": slots}

    def _slot(self, start: int) -> Slot:
        held = self._slots[start]
        slot = Slot(start)
        slot.lines, slot.unreadable, slot.norequest, slot.skipped = held["about"]
        slot.minutes = {int(number): Minute(*minute) for number, minute in held["minutes"].items()}
        for endpoint, kinds in held["cells"].items():
            for kind, (_, text) in kinds.items():
                slot.cells[endpoint, kind] = _cell(text)
        return slot


def _text(cell: Cell) -> str:
    """Return a cell as text: requests without a time, then time and count in turn."""
    return " ".join(map(str, (cell.untimed, *(number for pair in cell.times.items() for number in pair))))


def _cell(text: str) -> Cell:
    untimed, *rest = map(int, text.split(" "))
    return Cell(dict(zip(rest[::2], rest[1::2], strict=True)), untimed)
