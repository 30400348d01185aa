"""Counts: sums over time and machines, duplicates, and percentiles with cut requests."""

import random

import pytest

from checkwright.latency.counts import Cell, Counts, DuplicateCounts, Header, Minute, floor_percentile, merged

START = 1_795_939_200  # a full hour


def counts(
    host: str, *cells: tuple[int, str, str, dict[int, int]], name: str = "", learned: tuple[str, ...] = ()
) -> Counts:
    """Return counts of one log: (seconds after START, endpoint, class, times)."""
    header = Header(host, "storefront", "/var/log/nginx/access.log", learned=learned)
    made = Counts([header])
    for seconds, endpoint, kind, times in cells:
        slot = made.slot(START + seconds)
        slot.cell(endpoint, kind).add(Cell(times))
        slot.lines += sum(times.values())
        minute = slot.minutes.setdefault(0, Minute())
        minute.add(Minute(sum(times.values()), sum(ms * n for ms, n in times.items()), max(times)))
        made.sources.setdefault((host, header.log, header.measure), {})[START + seconds, 300] = name or f"{host}.gz"
    return made


def test_sum_of_machines_is_exact_in_any_order() -> None:
    parts = [
        counts(
            f"web-{number}", *((slot * 300, f"GET /{slot % 3}", "2xx", {10 + number: 5, 900: 1}) for slot in range(24))
        )
        for number in range(5)
    ]
    whole = merged(parts)
    assert whole.requests == 5 * 24 * 6
    assert whole.endpoints()["GET /0"] == {**{10 + number: 40 for number in range(5)}, 900: 40}
    for seed in range(3):
        shuffled = parts[:]
        random.Random(seed).shuffle(shuffled)
        assert merged(shuffled).endpoints() == whole.endpoints()
    assert [header.host for header in whole.headers] == [f"web-{number}" for number in range(5)]
    assert parts[0].requests == 24 * 6, "a merge must not change its parts"


def test_window_of_slots() -> None:
    whole = counts(
        "web-1", (0, "GET /", "2xx", {10: 1}), (300, "GET /", "5xx", {20: 2}), (600, "GET /", "cut", {30: 4})
    )
    assert whole.endpoints(START + 300, START + 600) == {"GET /": {20: 2}}
    assert whole.answers() == {"GET /": {"2xx": 1, "5xx": 2, "cut": 4}}
    assert whole.endpoints(classes=("2xx",)) == {"GET /": {10: 1}}


def test_hours_hold_what_their_slots_held() -> None:
    whole = counts("web-1", *((slot * 300, "GET /", "2xx", {10 + slot: 2}) for slot in range(13)))
    before = whole.endpoints()
    whole.fold(3_600)
    assert sorted(whole.slots) == [START, START + 3_600]
    assert whole.endpoints() == before
    assert [whole.slots[START].minutes[number].requests for number in range(0, 60, 5)] == [2] * 12
    assert whole.slots[START].minutes[55].slowest == 21


TWICE = {
    "the same slot": (300, 300),
    "an hour over its slot": (0, 3_600),
}


@pytest.mark.parametrize(("start", "step"), TWICE.values(), ids=TWICE)
def test_slot_is_not_counted_twice(start: int, step: int) -> None:
    first = counts("web-1", (300, "GET /", "2xx", {10: 1}), name="first.gz")
    second = counts("web-1", (start, "GET /", "2xx", {10: 1}), name="second.gz")
    if step == 3_600:
        second = counts("web-1", (0, "GET /", "2xx", {10: 1}), name="second.gz")
        second.fold(3_600)
        second.sources = {key: {(START, 3_600): "second.gz"} for key in second.sources}
    for one, other in ((first, second), (second, first)):
        with pytest.raises(DuplicateCounts, match=r"access\.log on web-1 at 2026-11-29 .* UTC are in (first|second)"):
            merged([one, other])


def test_neighbours_and_other_machines_are_no_duplicates() -> None:
    parts = [
        counts("web-1", (0, "GET /", "2xx", {10: 1})),
        counts("web-1", (300, "GET /", "2xx", {10: 1})),
        counts("web-2", (0, "GET /", "2xx", {10: 1})),
    ]
    assert merged(parts).requests == 3


def test_learned_names_are_learned_again_from_all_parts() -> None:
    parts = [
        counts("web-1", (0, "GET /u/anna", "2xx", {10: 3}), (0, "GET /", "2xx", {5: 1}), learned=("GET /u/anna",)),
        counts("web-2", (0, "GET /u/ben", "2xx", {20: 4}), learned=("GET /u/ben",)),
    ]
    seen: list[dict[str, int]] = []

    def relearn(hits: dict[str, int]) -> dict[str, str]:
        seen.append(dict(hits))
        return dict.fromkeys(hits, "GET /u/{name}")

    whole = merged(parts, relearn)  # type: ignore[arg-type]
    assert seen == [{"GET /u/anna": 3, "GET /u/ben": 4}]
    assert whole.endpoints() == {"GET /u/{name}": {10: 3, 20: 4}, "GET /": {5: 1}}
    assert whole.learned == {"GET /u/{name}"}


@pytest.mark.parametrize(
    ("cut", "expected"),
    [({}, (50, False)), ({50: 20}, (50, True)), ({2_000: 5}, (50, False)), ({10: 1}, (50, False))],
)
def test_cut_requests_make_a_percentile_a_lower_bound(cut: dict[int, int], expected: tuple[int, bool]) -> None:
    whole = {10: 500, 50: 495, **({2_000: 5} if cut == {2_000: 5} else {})}
    assert floor_percentile(whole, cut, 0.99) == expected
