"""Check api_latency: states by limits, bounds and windows, against canned and real logs."""

import os
import random
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from checks.latency import api_latency
from checks.latency.api_latency import ApiLatency
from checks.latency.fake import FakeLatencyFiles
from checkwright.core.errors import CannotTell, CheckError
from checkwright.core.outcome import Outcome
from checkwright.core.world import World
from checkwright.latency import counts_file
from checkwright.testing import FakeLog, FakeStateFile, Golden, run
from tests.support.sample import Sample

LOG = "/var/log/nginx/access.log"
ROUTES = """
log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                 '"$http_referer" "$http_user_agent" rt=$request_time urt="$upstream_response_time"';
GET /
GET /orders/{id}
POST /orders
GET /export/*
GET /static/*
without-time GET /events/{id}
"""
#: 2026-11-29 14:05:00 UTC
START = 1_795_961_100
WORDS = f"-l {LOG} -r shop.routes"


def line(path: str = "GET /orders/7", ms: int = 20, *, status: int = 200, after: float = 0, total: int = 0) -> str:
    moment = time.strftime("%d/%b/%Y:%H:%M:%S", time.gmtime(START + after))
    server = "-" if ms < 0 else f"{ms // 1000}.{ms % 1000:03}"
    return (
        f'192.0.2.7 - - [{moment} +0000] "{path} HTTP/1.1" {status} 512 "-" "curl/8" '
        f'rt={max(ms, total, 0) / 1000:.3f} urt="{server}"'
    )


def lines(fast: int, slow: int = 0, path: str = "GET /orders/7", **words: Any) -> list[str]:
    return [line(path, 20 + number % 30, **words) for number in range(fast)] + [
        line(path, 5_000, **words) for _ in range(slow)
    ]


def routes() -> FakeLatencyFiles:
    return FakeLatencyFiles(
        {
            "shop.routes": ROUTES,
            "bad.routes": "alb\nGET orders\n",
            "plain.routes": "GET /\nGET /orders/{id}\n",
        }
    )


class Clock:
    """Time of the machine, which tests move on."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(api_latency, "time", made)
    return made


def probe(
    new: Sequence[str] | CheckError, words: str = WORDS, memory: FakeStateFile | None = None, **facts: Any
) -> Outcome:
    """Run the check as its second run, since the first one only remembers the end of the log."""
    log = FakeLog({LOG: new}, **facts)
    return run(ApiLatency, words, World(log, routes(), memory or FakeStateFile({"log": {}}, seconds=60)))


MIXED = [
    *lines(400),
    *lines(390, 10, "POST /orders"),
    *lines(390, 10, "GET /export/3"),
    *lines(300, 0, "GET /static/a.js"),
    *lines(15, 0, "GET /"),
    *(line(f"GET /wp-{number}.php", 1, status=404) for number in range(50)),
]
JUNK = [f"2026/11/29 14:05:00 [error] {number}#0: upstream timed out" for number in range(20)]
CASES: dict[str, tuple[str, Sequence[str] | CheckError, str]] = {
    "all is fast": (WORDS, lines(400), "OK"),
    "one endpoint is slow": (WORDS, [*lines(400), *lines(390, 10, "POST /orders")], "CRITICAL"),
    "a limit of its own": (
        f"{WORDS} --p99-warning 'POST /orders=6' --p99-critical 'POST /orders=9'",
        MIXED[:800],
        "OK",
    ),
    "worst relative to its limit first": (
        f"{WORDS} --p99-critical 'GET /export/*=4.9' --p99-critical 'POST /orders=0.5'",
        MIXED,
        "CRITICAL",
    ),
    "an endpoint without a limit": (f"{WORDS} --p99-warning '~:' --p99-critical '~:'", MIXED, "OK"),
    "one slow of twenty": (WORDS, lines(19, 1), "OK"),
    "three slow of twenty": (WORDS, lines(17, 3), "CRITICAL"),
    "too few to judge": (WORDS, lines(10, 9), "OK"),
    "no traffic": (WORDS, [], "OK"),
    "cut requests": (WORDS, [*lines(380), *(line(ms=400, status=499) for _ in range(20))], "OK"),
    "long polls and WebSockets": (
        WORDS,
        [*lines(300), *lines(0, 300, "GET /events/7"), *lines(0, 300, "GET /orders/8", status=101)],
        "OK",
    ),
    "static files have no time of the server": (WORDS, [line("GET /static/a.js", -1, total=5_000)] * 400, "OK"),
    "slow clients": (WORDS, [line(total=6_000) for _ in range(400)], "OK"),
    "scanners only": (WORDS, [line(f"GET /{number:x}.php", 1, status=404) for number in range(3_000)], "OK"),
    "another format": (WORDS, JUNK, "UNKNOWN"),
    "two percent do not fit": (WORDS, [*lines(1_000), *JUNK], "UNKNOWN"),
    "a single broken line": (WORDS, [*lines(150), JUNK[0]], "OK"),
    "connections without a request": (
        WORDS,
        [*lines(300), *(line("\\x16\\x03", -1, status=400) for _ in range(9))],
        "OK",
    ),
    "no log": (WORDS, CannotTell(f"cannot read the log {LOG}: No such file or directory"), "UNKNOWN"),
    "names are learned": (
        f"-l {LOG} -f {shlex.quote(ROUTES[: ROUTES.index(';') + 1].strip())} --p99-critical 'GET /users/*=2'",
        [*lines(390, 10, "GET /users/812/orders"), *lines(400, 0, "GET /health")],
        "CRITICAL",
    ),
    "a bad routes file": (f"-l {LOG} -r bad.routes", [], "UNKNOWN"),
    "no routes file": (f"-l {LOG} -r gone.routes", [], "UNKNOWN"),
    "routes without a format": (f"-l {LOG} -r plain.routes", [], "UNKNOWN"),
    "two formats": (f"{WORDS} -f httplog", [], "UNKNOWN"),
    "neither routes nor format": (f"-l {LOG}", [], "UNKNOWN"),
    "a relative path": ("-l access.log -r shop.routes", [], "UNKNOWN"),
}


@pytest.mark.parametrize(("words", "new", "state"), CASES.values(), ids=CASES)
def test_api_latency(words: str, new: Sequence[str] | CheckError, state: str, golden: Golden) -> None:
    outcome = probe(new, words)
    assert outcome.state == state
    golden(outcome)


def values(outcome: Outcome, gauge: str) -> dict[str, float | None]:
    return {reading.item: reading.value for reading in outcome.readings if reading.gauge == gauge}


def test_first_run_remembers_the_end() -> None:
    outcome = run(ApiLatency, WORDS, World(FakeLog({LOG: []}, first=True), routes(), FakeStateFile()))
    assert (outcome.state, outcome.summary) == ("OK", "Log is read from here on")


def test_worst_relative_to_its_limit_is_named_first() -> None:
    outcome = probe(MIXED, f"{WORDS} --p99-critical 'GET /export/*=4.9' --p99-critical 'POST /orders=0.5'")
    assert outcome.summary.startswith(
        "Latency p99 POST /orders 5 s (above 0.5 s; surely above 5 s, 400 requests), Latency p99 GET /export/*"
    )
    assert values(outcome, "worst") == {"": 1_000.0}


def test_graphs_have_endpoints_with_their_own_limit_and_totals() -> None:
    outcome = probe(MIXED, f"{WORDS} --p99-critical 'POST /*=0.5' --p99-warning 'GET /=1'")
    assert values(outcome, "p99") == {"POST /orders": 5.0, "GET /": None}
    assert values(outcome, "requests") == {"": round(1_515 / 60, 3) + round(50 / 60, 3)}
    assert values(outcome, "unjudged") == {"": 1.0}
    assert values(outcome, "slow")[""] == pytest.approx(100 * 20 / 1_515, abs=0.01)
    many = "\n".join(["alb", *(f"GET /r{number}" for number in range(60))])
    files = FakeLatencyFiles({"shop.routes": many})
    outcome = run(ApiLatency, f"{WORDS} --p99-critical 'GET *=1'", World(FakeLog({LOG: []}), files, FakeStateFile()))
    assert len(values(outcome, "p99")) == 40


def test_window_grows_while_there_are_few_requests(clock: Clock) -> None:
    memory = FakeStateFile({"log": {}}, seconds=60)
    for minute in range(12):
        clock.now += 60
        outcome = probe(lines(20, 0, after=minute * 60), memory=memory)
    assert "240 requests" in outcome.summary
    outcome = probe(lines(20, 8, after=720), memory=memory)
    assert "268 requests" in outcome.summary
    assert outcome.state == "CRITICAL"
    # The slow ones stay in the window of an hour, and are gone after it.
    clock.now += 1_800
    assert probe([], memory=memory).state == "CRITICAL"
    assert probe(lines(20, 0, after=3_000), memory=memory).state == "CRITICAL"
    clock.now += 1_900
    outcome = probe(lines(40, 0, after=4_900), memory=memory)
    assert outcome.state == "OK"
    assert "slowest of 60" in outcome.summary
    clock.now += 4_000
    assert probe([], memory=memory).summary == "Requests 0 /s, Log has no new lines"


def test_busy_endpoint_is_judged_by_this_run_alone() -> None:
    memory = FakeStateFile({"log": {}}, seconds=60)
    assert probe(lines(390, 10), memory=memory).state == "CRITICAL"
    outcome = probe(lines(300, 0, after=60), memory=memory)
    assert outcome.state == "OK"
    assert "300 requests" in outcome.summary


def test_late_lines_and_final_slots_are_counted_once(clock: Clock) -> None:
    memory, files = FakeStateFile({"log": {}}, seconds=60), routes()

    def step(after: float, *new: str) -> None:
        clock.now = 1_800_000_000.0 + after
        run(ApiLatency, WORDS, World(FakeLog({LOG: new}), files, memory))

    for minute in range(60):
        step(minute * 60, *lines(10, 0, after=minute * 60))
    server = [slot.start - START for header, slot in files.kept if header.measure == "server"]
    assert server == list(range(0, 3_000, 300))
    # Lines that a server has kept in a buffer for an hour.
    step(3_600, *lines(3, 0, after=30), *lines(1, 0, after=3_600))
    step(9_000, *lines(1, 0, after=9_000))
    step(20_000)
    step(30_000)
    for measure, step_seconds in (("server", 300), ("total", 3_600)):
        kept = [slot for header, slot in files.kept if header.measure == measure]
        assert len({slot.start for slot in kept}) == len(kept)
        assert all(slot.start % step_seconds == 0 for slot in kept)
        assert sum(slot.requests for slot in kept) == 60 * 10 + 3 + 1 + 1
        assert sum(slot.lines for slot in kept) == 60 * 10 + 3 + 1 + 1
    assert {(header.host, header.role, header.log) for header, _ in files.kept} == {("web-1", "shop", LOG)}


def test_trying_the_check_writes_no_counts() -> None:
    class Trying(FakeStateFile):
        @property
        def keeps(self) -> bool:
            return False

    files = routes()
    run(ApiLatency, WORDS, World(FakeLog({LOG: lines(400)}), files, Trying({"log": {}})))
    assert files.kept == []


def test_counts_that_cannot_be_kept() -> None:
    files = FakeLatencyFiles({"shop.routes": ROUTES}, not_ready="there is no folder /srv/counts")
    world = World(FakeLog({LOG: lines(400)}), files, FakeStateFile({"log": {}}))
    outcome = run(ApiLatency, WORDS, world)
    assert outcome.state == "OK"
    assert "Counts are not kept (there is no folder /srv/counts)" in outcome.text(1)
    outcome = run(ApiLatency, f"{WORDS} --counts /srv/counts", world)
    assert outcome.state == "UNKNOWN"
    assert "there is no folder /srv/counts" in outcome.summary


def test_empty_folder_keeps_no_counts(clock: Clock) -> None:
    memory, files = FakeStateFile({"log": {}}), routes()
    for _ in range(3):
        clock.now += 1_000
        outcome = run(ApiLatency, f"{WORDS} --counts ''", World(FakeLog({LOG: lines(400)}), files, memory))
        assert outcome.state == "OK"
        assert "Counts" not in outcome.text(1)
    assert files.kept == []


FACTS: dict[str, tuple[dict[str, Any], str]] = {
    "lost": ({"lost": True}, "Log was cut off or removed, so lines are missing"),
    "skipped": ({"skipped": 300_000_000}, "300 MB of older lines were skipped"),
}


@pytest.mark.parametrize(("facts", "text"), FACTS.values(), ids=FACTS)
def test_what_was_not_read_is_reported(facts: dict[str, Any], text: str) -> None:
    assert text in probe(lines(400), **facts).text(1)


def test_deploy_that_slows_two_percent_is_found() -> None:
    dice = random.Random(4)
    memory = FakeStateFile({"log": {}}, seconds=60)
    states = []
    for minute in range(20):
        slowed = minute >= 10
        new = [
            line(ms=1_500 if slowed and dice.random() < 0.02 else dice.randrange(5, 70), after=minute * 60)
            for _ in range(1_000)
        ]
        states.append(probe(new, memory=memory).state)
    assert states[:10] == ["OK"] * 10
    assert states[11:].count("WARNING") >= 8


@pytest.mark.slow
@pytest.mark.parametrize("routes_number", [22, 500])
def test_real_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock, routes_number: int) -> None:
    monkeypatch.setenv("CHECKS_STATE_DIR", str(tmp_path / "state"))
    counts = tmp_path / "counts"
    counts.mkdir()
    log, file = tmp_path / "access.log", tmp_path / "shop.routes"
    file.write_text(ROUTES + "\n".join(f"GET /area{number}/{{id}}" for number in range(routes_number)) + "\n")
    log.write_text("\n".join(lines(50)) + "\n")
    limits = " ".join(f"--p99-critical 'GET /area{number}/*=2'" for number in range(35))
    words = f"-l {log} -r {file} --counts {counts} {limits}"
    assert run(ApiLatency, words, World()).summary == "Log is read from here on"
    with log.open("a") as stream:
        stream.write("\n".join([*lines(390, 10), *lines(30, 0, "GET /area3/7")]) + "\n")
    outcome = run(ApiLatency, words, World())
    assert outcome.state == "CRITICAL"
    assert values(outcome, "p99")["GET /area3/{id}"] == 0.049
    log.rename(tmp_path / "access.log.1")
    log.write_text("\n".join(lines(400, 0, after=7_200)) + "\n")
    clock.now += 60
    outcome = run(ApiLatency, words, World())
    assert outcome.state == "OK"
    assert list(counts.iterdir()) == []
    clock.now += 3_000
    run(ApiLatency, words, World())
    found = [counts_file.read(str(path)) for path in sorted(counts.iterdir())]
    assert [(one.headers[0].measure, one.requests) for one in found] == [("server", 830), ("total", 830)]
    header = found[0].headers[0]
    assert (header.role, header.log, header.host) == ("shop", str(log), os.uname().nodename)


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    log, file = folder / "access.log", folder / "shop.routes"
    log.write_text("")
    file.write_text(ROUTES)
    yield Sample(f"--log {log} --routes {file}", has_metrics=False)
