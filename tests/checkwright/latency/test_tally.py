"""Counting of whole logs: a twentieth of a busy day in five formats, against its exact truth."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkwright.latency import quantiles
from checkwright.latency.counts import NO_ROUTE, Counts, Header, merged
from checkwright.latency.format_parser import parse_format
from checkwright.latency.learned_names import LearnedNames, relearn
from checkwright.latency.tally import Tally
from checkwright.latency.url_routes import Routes
from checkwright.sources.log_blocks import BLOCK, whole_lines
from tests.support.shop_traffic import FORMATS, KINDS, SCAN, SLOWED, Traffic, Truth, write

ROUTES = [kind.route for kind in KINDS]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Truth]]:
    """A day of 78,000 requests, 13 MB as nginx writes them."""
    folder = tmp_path_factory.mktemp("day")
    return folder, write(folder, Traffic(seed=5, rate=0.9), tuple(FORMATS))


def parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(BLOCK):
            yield data


def count(path: Path, tally: Tally) -> tuple[Counts, Counts]:
    """Return the counts of a log: the server's time, and the total."""
    for block in whole_lines(parts(path)):
        tally.feed(block)
    result = tally.result()
    found, totals = (Counts([Header("web-1", "shop", str(path), learned=result.learned)]) for _ in range(2))
    found.slots, totals.slots = result.slots, result.totals or result.slots
    return found, totals


def assert_close(times: dict[int, int], truth: list[int]) -> None:
    """Compare quantiles with the sorted truth: the same but for three digits above a second."""
    ordered = sorted(truth)
    assert quantiles.total(times) == len(ordered)
    for share in (0.5, 0.95, 0.99):
        exact = ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
        assert quantiles.percentile(times, share) == quantiles.rounded(exact)
        assert abs(quantiles.percentile(times, share) - exact) <= 0.005 * exact


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_declared_endpoints_are_exact(name: str, day: tuple[Path, dict[str, Truth]]) -> None:
    folder, truths = day
    truth = truths[name]
    tally = Tally(parse_format(FORMATS[name][0]), Routes(ROUTES))
    found, totals = count(folder / f"{name}.log", tally)
    assert tally.lines == sum(truth.requests.values()) + truth.broken
    assert truth.broken == (tally.unreadable if name == "alb" else tally.norequest) > 10
    answers = {endpoint: sum(kinds.values()) for endpoint, kinds in found.answers().items()}
    scans = truth.requests[f"GET {SCAN}"]
    assert answers == {NO_ROUTE: scans, **{route: truth.requests[route] for route in ROUTES}}
    endpoints, total = found.endpoints(), totals.endpoints()
    assert len([route for route in ROUTES if route in total]) == 25
    for route in ROUTES:
        if route in truth.server:
            assert_close(endpoints[route], truth.server[route])
        else:
            assert not endpoints.get(route)
        assert_close(total[route], truth.total[route])
    minutes = [minute for slot in found.slots.values() for minute in slot.minutes.values()]
    assert sum(minute.requests for minute in minutes) == found.requests


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_learned_endpoints_are_exact(name: str, day: tuple[Path, dict[str, Truth]]) -> None:
    folder, truths = day
    truth = truths[name]
    found, _ = count(folder / f"{name}.log", Tally(parse_format(FORMATS[name][0]), learned=LearnedNames()))
    answers = {endpoint: sum(kinds.values()) for endpoint, kinds in found.answers().items()}
    expected = Counter(truth.requests)
    expected[NO_ROUTE] = expected.pop(f"GET {SCAN}")
    expected["GET /item/{name}"] = expected.pop("GET /item/{slug}")
    expected["GET /list/{name}"] = expected.pop("GET /list/{slug}")
    missed = sum(max(0, expected[one] - answers.get(one, 0)) for one in expected if one != NO_ROUTE)
    assert set(answers) == set(expected)
    assert missed <= 5  # a request with an error before the first answered one
    assert sum(answers.values()) == sum(expected.values())


def test_slow_clients_do_not_change_the_rank(day: tuple[Path, dict[str, Truth]]) -> None:
    """By the total time every endpoint has a p99 of seconds; by the server's the slowed one stands out."""
    folder, _ = day
    found, totals = count(folder / "nginx.log", Tally(parse_format(FORMATS["nginx"][0]), Routes(ROUTES)))
    deploy = 1_795_910_400 + 15 * 3_600
    before, after = found.endpoints(0, deploy)[SLOWED], found.endpoints(deploy)[SLOWED]
    assert quantiles.percentile(before, 0.99) < 150
    assert quantiles.percentile(after, 0.99) > 1_000
    total = totals.endpoints(0, deploy)
    assert quantiles.percentile(total[SLOWED], 0.99) > 2_000
    assert quantiles.percentile(total["GET /static/js/{hash}.js"], 0.99) > 2_000


@pytest.mark.slow
def test_parts_of_a_day_merge_to_the_whole(day: tuple[Path, dict[str, Truth]]) -> None:
    folder, _ = day
    lines = (folder / "nginx.log").read_bytes().splitlines(keepends=True)
    log_format = FORMATS["nginx"][0]
    whole, _ = count(folder / "nginx.log", Tally(parse_format(log_format), Routes(ROUTES)))
    pieces, learned = [], []
    for number in range(5):
        path = folder / f"part-{number}.log"
        path.write_bytes(b"".join(lines[number::5]))
        pieces.append(count(path, Tally(parse_format(log_format), Routes(ROUTES)))[0])
        learned.append(count(path, Tally(parse_format(log_format), learned=LearnedNames()))[0])
    for order in ((0, 1, 2, 3, 4), (4, 2, 0, 3, 1)):
        again = merged(pieces[number] for number in order)
        assert again.endpoints() == whole.endpoints()
        assert again.answers() == whole.answers()
        names = merged((learned[number] for number in order), relearn).answers()
        one, _ = count(folder / "nginx.log", Tally(parse_format(log_format), learned=LearnedNames()))
        assert set(names) == set(one.answers())
        for endpoint, kinds in one.answers().items():
            if endpoint != NO_ROUTE:
                assert abs(sum(kinds.values()) - sum(names[endpoint].values())) <= 5


LINE = b'192.0.2.1 - - [29/Nov/2026:14:05:33 +0000] "GET / HTTP/1.1" 200 5 "-" "-" rt=0.030 uct="0.000" urt="0.022"\n'


def nginx_tally(**words: object) -> Tally:
    return Tally(parse_format(FORMATS["nginx"][0]), Routes(["GET /", "GET /events/*"]), **words)  # type: ignore[arg-type]


def test_unreadable_lines_are_counted_and_the_first_is_kept() -> None:
    tally = nginx_tally()
    tally.feed(LINE * 3 + b"hello\n" + LINE.replace(b"29/Nov", b"31/Nov") + LINE.replace(b"0.022", b"0.0.22") + b"\n")
    result = tally.result()
    assert (tally.lines, tally.unreadable) == (7, 4)
    assert tally.example == b"hello"
    (slot,) = result.slots.values()
    assert (slot.requests, slot.unreadable, slot.lines) == (3, 4, 7)


def test_web_sockets_and_long_polls_have_no_time() -> None:
    tally = nginx_tally(without_time=["GET /events/*"])
    tally.feed(
        LINE
        + LINE.replace(b'" 200', b'" 101').replace(b"0.022", b"300.000")
        + LINE.replace(b"GET /", b"GET /events/7").replace(b"0.022", b"300.000")
    )
    (slot,) = tally.result().slots.values()
    assert slot.requests == 3
    assert [(key, cell.times, cell.untimed) for key, cell in sorted(slot.cells.items())] == [
        (("GET /", "2xx"), {22: 1}, 1),
        (("GET /events/*", "2xx"), {}, 1),
    ]
    assert [(minute.requests, minute.slowest) for minute in slot.minutes.values()] == [(3, 22)]


def test_holes_long_lines_and_a_missing_newline() -> None:
    tally = nginx_tally()
    data = b"\0" * 4_096 + LINE + b"x" * 3_000_000 + b"\n" + LINE + LINE.rstrip(b"\n")
    for block in whole_lines([data[:100], data[100:2_000_000], data[2_000_000:]]):
        assert len(block) <= 2 * BLOCK
        tally.feed(block)
    result = tally.result()
    assert (tally.lines, tally.unreadable) == (4, 1)
    assert sum(slot.requests for slot in result.slots.values()) == 3


def test_lines_without_a_server_count_by_their_total() -> None:
    tally = Tally(parse_format(FORMATS["apache"][0]), Routes(["GET /"]))
    tally.feed(b'192.0.2.1 - - [29/Nov/2026:14:04:59 +0000] "GET / HTTP/1.1" 200 5 "-" "-" 2000499\n')
    result = tally.result()
    # It began at 14:04:59 and ended in the slot of 14:05.
    assert {start % 86_400: slot.cells["GET /", "2xx"].times for start, slot in result.slots.items()} == {
        50_700: {2_000: 1}
    }
    assert result.totals == {}


def test_empty_log_has_no_slots() -> None:
    tally = nginx_tally()
    result = tally.result()
    assert (tally.lines, result.slots) == (0, {})
