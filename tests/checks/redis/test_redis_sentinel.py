"""Check redis_sentinel against a fake, and against the real redis-sentinel."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.redis.fake import FakeRedisServers
from checks.redis.redis import Redis
from checks.redis.redis_sentinel import RedisSentinel
from checks.redis.source import RedisServers, SentinelState, parse_info, parse_masters
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.processes import wait_until
from tests.support.redis_server import redis_server
from tests.support.sample import Sample

RECORDED = Path(__file__).with_name("recorded")
MASTERS = parse_masters(parse_info((RECORDED / "info-sentinel-7.0.txt").read_text(encoding="utf-8")))
ALONE = "1 usable Sentinels. Not enough available Sentinels to reach the specified quorum for this master"

SENTINELS = FakeRedisServers(
    sentinels={
        "127.0.0.1": SentinelState(MASTERS, {"shop": ""}, 0.001),
        "alone": SentinelState(MASTERS, {"shop": ALONE}, 0.001),
        "down": SentinelState({"shop": MASTERS["shop"] | {"status": "odown"}}, {"shop": ""}, 0.001),
        "doubt": SentinelState({"shop": MASTERS["shop"] | {"status": "sdown"}}, {"shop": ""}, 0.001),
        "empty": SentinelState({}, {}, 0.001),
        "locked": CannotTell("sentinel locked:26379: it refuses SENTINEL CKQUORUM: NOPERM"),
    }
)
CASES = {
    "quorum": ("", "OK"),
    "no quorum": ("-H alone", "CRITICAL"),
    "master down": ("-H down", "CRITICAL"),
    "master down for this Sentinel": ("-H doubt", "WARNING"),
    "too few Sentinels": ("--sentinels-critical 3:", "CRITICAL"),
    "no master": ("-H empty", "CRITICAL"),
    "no permission": ("-H locked", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_redis_sentinel(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(RedisSentinel, command_line, SENTINELS)
    assert outcome.state == state
    golden(outcome)


def monitor(port: int, quorum: int) -> str:
    return f"sentinel monitor shop 127.0.0.1 {port} {quorum}\nsentinel down-after-milliseconds shop 300"


@pytest.mark.daemon
def test_real_sentinel(tmp_path: Path) -> None:
    def real(words: str) -> tuple[str, str]:
        outcome = run(RedisSentinel, f"-t 20 {words}", World(RedisServers()))
        return outcome.state, outcome.text(1)

    with (
        redis_server(tmp_path) as master,
        redis_server(tmp_path, sentinel=monitor(master.port, 1)) as sentinel,
        redis_server(tmp_path, sentinel=monitor(master.port, 5)) as alone,
    ):
        words = f"-H {sentinel.address}"
        assert real(words)[0] == "OK"
        state, text = real(f"-H {alone.address}")
        assert state == "CRITICAL" and "Quorum for shop cannot be reached" in text
        state, text = real(f"{words} --master other")
        assert state == "UNKNOWN" and "it monitors no master other, only shop" in text
        state, text = real(f"-H {master.address}")
        assert state == "UNKNOWN" and "it is a Redis server and no Sentinel: use the check redis" in text
        outcome = run(Redis, f"-t 20 {words}", World(RedisServers(), FakeStateFile()))
        assert outcome.state == "UNKNOWN" and "as that of a Sentinel: use redis_sentinel" in outcome.summary
        master.kill()
        wait_until(lambda: "odown" in sentinel.cli("INFO", "sentinel"))
        state, text = real(words)
        assert state == "CRITICAL" and "Master shop odown" in text
        master.start()
        wait_until(lambda: "status=ok" in sentinel.cli("INFO", "sentinel"))
        assert real(words)[0] == "OK"


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with redis_server(folder) as master, redis_server(folder, sentinel=monitor(master.port, 1)) as sentinel:
        yield Sample(f"--host {sentinel.address}")
