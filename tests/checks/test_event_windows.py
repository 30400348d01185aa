"""Gauges of events keep their state for their window, so that a watch with several attempts notifies somebody."""

from collections.abc import Callable
from pathlib import Path

import pytest

from checks.nginx._stub_status import StubStatus
from checks.php_fpm.fake import FakePhpFpmPools
from checks.php_fpm.source import PoolStatus
from checks.redis.fake import FakeRedisServers
from checks.redis.source import RedisState, parse_info
from checks.systemd.fake import FakeSystemd
from checks.systemd.source import Unit
from checkwright.core.catalog import find
from checkwright.core.source import Source
from checkwright.sources.http import Reply
from checkwright.testing import run
from checkwright.testing.fakes import FakeHttp, FakeStateFile

#: Seconds between two runs, and the runs that the window of 10 minutes covers.
APART, COVERED = 60, 10
RECORDED = Path(__file__).parent / "redis/recorded/info-default-7.0.txt"


def nginx(lost: int) -> Source:
    counts = StubStatus(accepted=100 + lost, handled=100, requests=100)
    text = (
        f"Active connections: 1 \nserver accepts handled requests\n {counts.accepted} {counts.handled} 100 \n"
        "Reading: 0 Writing: 1 Waiting: 0 \n"
    )
    return FakeHttp({"http://127.0.0.1/nginx_status": Reply(200, text.encode(), url="http://127.0.0.1/nginx_status")})


def redis(refused: int) -> Source:
    info = parse_info(RECORDED.read_text(encoding="utf-8")) | {"errorstat_OOM": f"count={refused}"}
    return FakeRedisServers({"127.0.0.1": RedisState(info)})


#: By check: a command line, the gauge of events, and the source after so many events.
EVENTS: dict[str, tuple[str, str, Callable[[int], Source]]] = {
    "systemd_unit": (
        "-u a.service",
        "restarts:a.service",
        lambda n: FakeSystemd({"a.service": Unit("a.service", restarts=n)}),
    ),
    "php_fpm": ("-H a", "reached", lambda n: FakePhpFpmPools({"a": PoolStatus(reached=n)})),
    "nginx": ("-u http://127.0.0.1/nginx_status", "dropped", nginx),
    "redis": ("", "refused", redis),
}


@pytest.mark.parametrize("check", EVENTS)
def test_an_event_is_reported_for_its_window_and_no_longer(check: str) -> None:
    words, gauge, source = EVENTS[check]
    memory = FakeStateFile(seconds=APART)
    states = []
    for number in range(COVERED + 4):
        outcome = run(find(check), words, source(0 if number == 0 else 7), memory)
        (reading,) = [one for one in outcome.readings if one.label.startswith(gauge)]
        states.append((outcome.state, reading.value))
    assert states[0] == ("OK", None)
    assert states[1 : COVERED + 1] == [("CRITICAL", 7)] * COVERED
    assert states[COVERED + 1 :] == [("OK", 0)] * 3


def test_counters_that_were_restarted_count_from_zero() -> None:
    memory = FakeStateFile(seconds=APART)
    values = []
    for restarts in (50, 2, 2):
        outcome = run(find("systemd_unit"), "-u a.service", EVENTS["systemd_unit"][2](restarts), memory)
        values.append([one.value for one in outcome.readings if one.gauge == "restarts"])
    assert values == [[None], [2], [2]]


@pytest.mark.parametrize("check", EVENTS)
def test_a_try_uses_up_no_events(check: str) -> None:
    """CHECKS_STATE_READONLY makes the memory read-only: the next real run reports the same."""
    words, _, source = EVENTS[check]
    real, tried = FakeStateFile(seconds=APART), FakeStateFile(seconds=APART)
    run(find(check), words, source(0), real)
    tried.remembered = dict(real.remembered)
    assert run(find(check), words, source(7), tried).state == "CRITICAL"
    assert run(find(check), words, source(7), real).state == "CRITICAL"
