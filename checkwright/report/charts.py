"""Charts of the page as SVG: heat map, bars, curves and small lines. Colours are classes of the style sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence

from checkwright.report import shown
from checkwright.report.facts import SOLID, Change, Endpoint, InFlight, Scope
from checkwright.report.got_worse import curve
from checkwright.web.clock import Clock
from checkwright.web.markup import Markup, joined, tag

#: Upper ends of the colours of the heat map in ms; the last colour has none.
STEPS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
#: Rows of the heat map, and bars, at most.
ROWS = 30
BARS = 12
_LETTER = 6.6


def colour(milliseconds: float) -> int:
    """Return the number of a time's colour: 0 is the fastest."""
    return sum(milliseconds >= step for step in STEPS)


def cut(text: str, most: int) -> str:
    """Return text of at most `most` letters: the end of a path is worth more than its middle."""
    if len(text) <= most:
        return text
    end = most // 2
    return f"{text[: most - end - 1]}…{text[-end:]}"


def heat_map(scope: Scope, clock: Clock) -> Markup:
    """Return the p99 of each endpoint by bucket of time."""
    rows = [one for one in scope.endpoints if one.p99 is not None][:ROWS]
    left, width, height = 270, 22 if len(scope.buckets) <= 24 else 14, 17
    total = left + width * len(scope.buckets) + 4
    parts: list[Markup] = []
    every = max(1, math.ceil(44 / width))
    for column, start in enumerate(scope.buckets):
        if column % every == 0 and (column + every <= len(scope.buckets) or column == 0):
            label = clock.time(start) if scope.width < 86_400 else clock.moment(start)[:6]
            parts.append(tag("text", label, x=left + column * width, y=12, class_="dim"))
    for row, one in enumerate(rows):
        top = 18 + row * height
        parts.append(tag("text", cut(one.name, 40), x=left - 6, y=top + 12, class_="name"))
        for column, found in enumerate(one.hours):
            if found is None:
                continue
            p99, requests = found
            title = f"{clock.time(scope.buckets[column])} {shown.duration(p99)}, {shown.count(requests)} requests"
            pale = " pale" if requests < SOLID else ""
            parts.append(
                tag(
                    "rect",
                    tag("title", title),
                    x=left + column * width,
                    y=top,
                    width=width - 1,
                    height=height - 1,
                    class_=f"h{colour(p99)}{pale}",
                )
            )
    label = f"p99 of {len(rows)} endpoints by time, from {clock.moment(scope.start)} to {clock.moment(scope.end)}"
    return _svg(total, 22 + height * len(rows), label, parts)


def legend() -> Markup:
    """Return the colours of the heat map with their times."""
    parts = []
    for number in range(len(STEPS) + 1):
        text = f"< {shown.duration(STEPS[number])}" if number < len(STEPS) else f"from {shown.duration(STEPS[-1])}"
        parts.append(tag("rect", x=number * 90, y=2, width=12, height=12, class_=f"h{number}"))
        parts.append(tag("text", text, x=number * 90 + 16, y=12, class_="dim"))
    return _svg(90 * (len(STEPS) + 1), 16, "Colours of the heat map", parts)


def bars(found: Sequence[InFlight]) -> Markup:
    """Return requests in flight of the largest endpoints: working, then waiting."""
    shown_ones = [one for one in found if one.total > 0][:BARS]
    most = max((one.total for one in shown_ones), default=1.0)
    left, width, height = 270, 430, 20
    parts: list[Markup] = []
    for row, one in enumerate(shown_ones):
        top = row * height
        working, waiting = one.working / most * width, one.waiting / most * width
        parts.append(tag("text", cut(one.endpoint, 40), x=left - 6, y=top + 14, class_="name"))
        parts.append(_bar(left, top, working, "work", f"{shown.amount(one.working)} working"))
        parts.append(_bar(left + working, top, waiting, "wait", f"{shown.amount(one.waiting)} waiting"))
        text = f"{shown.amount(one.total)} in flight"
        parts.append(tag("text", text, x=left + working + waiting + 6, y=top + 14, class_="dim"))
    return _svg(left + width + 100, height * len(shown_ones) + 2, "Requests in flight at the peak, by endpoint", parts)


def _bar(x: float, y: float, width: float, kind: str, title: str) -> Markup:
    return tag("rect", tag("title", title), x=x, y=y + 3, width=max(0.0, width), height=14, class_=kind)


def curves(change: Change) -> Markup:
    """Return the share of requests slower than a time, before and after a change, on logarithmic axes."""
    left, top, width, height = 56, 8, 380, 180
    slowest = max(*change.curves[0], *change.curves[1], 100)
    low, high = 0.0, math.log10(slowest)
    floor = -4.0

    def place(milliseconds: float, part: float) -> tuple[float, float]:
        x = (math.log10(max(1, milliseconds)) - low) / (high - low)
        return left + x * width, top + math.log10(max(part, 10**floor)) / floor * height

    parts: list[Markup] = []
    for power in range(-int(floor) + 1):
        y = top + power / -floor * height
        parts.append(tag("line", x1=left, y1=y, x2=left + width, y2=y, class_="grid"))
        parts.append(tag("text", f"{100 / 10**power:g} %", x=left - 4, y=y + 4, class_="name dim"))
    for power in range(int(high) + 1):
        x = left + (power - low) / (high - low) * width
        parts.append(tag("line", x1=x, y1=top, x2=x, y2=top + height, class_="grid"))
        parts.append(tag("text", shown.duration(10**power), x=x, y=top + height + 14, class_="mid dim"))
    for kind, times in (("before", change.curves[0]), ("after", change.curves[1])):
        points = [place(milliseconds, part) for milliseconds, part in _thinned(curve(times)) if part > 0]
        text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(tag("polyline", points=text, class_=f"curve {kind}"))
    label = f"Share of {change.endpoint} slower than a time, before and after"
    return _svg(left + width + 12, top + height + 22, label, parts)


def _thinned(points: list[tuple[int, float]], most: int = 160) -> list[tuple[int, float]]:
    """Return points about evenly apart on a logarithmic axis: a pixel shows no more."""
    if len(points) <= most:
        return points
    step = math.log10(max(2, points[-1][0])) / most
    kept, last = [], -1.0
    for milliseconds, part in points:
        at = math.log10(max(1, milliseconds))
        if at - last >= step:
            kept.append((milliseconds, part))
            last = at
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]


def spark(one: Endpoint) -> Markup:
    """Return a small line of the p99 by bucket on a logarithmic axis."""
    values = [found[0] if found else None for found in one.hours]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    width, height = 110, 18
    low, high = math.log10(max(1, min(known))), math.log10(max(1, *known))
    reach = max(0.3, high - low)
    points = []
    for column, value in enumerate(values):
        if value is not None:
            x = column / (len(values) - 1) * (width - 2) + 1
            points.append(f"{x:.1f},{height - 2 - (math.log10(max(1, value)) - low) / reach * (height - 4):.1f}")
    label = f"p99 by time: {shown.duration(min(known))} to {shown.duration(max(known))}"
    return _svg(width, height, label, [tag("polyline", points=" ".join(points), class_="spark")])


def _svg(width: float, height: float, label: str, parts: list[Markup]) -> Markup:
    view = f"0 0 {width:.0f} {height:.0f}"
    return tag("svg", joined(parts), role="img", aria_label=label, width=width, height=height, viewBox=view)
