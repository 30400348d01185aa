"""Check redis against a fake, against answers of real servers, and against the real redis-server."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.redis.fake import FakeRedisServers
from checks.redis.redis import Redis
from checks.redis.source import RedisServers, RedisState, parse_info
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.processes import wait_until
from tests.support.redis_server import RedisServer, redis_server
from tests.support.sample import Sample

RECORDED = Path(__file__).with_name("recorded")


def recorded(name: str, **changes: str) -> RedisState:
    info = parse_info((RECORDED / f"info-{name}-7.0.txt").read_text(encoding="utf-8"))
    return RedisState(info | changes, seconds=0.002)


SERVERS = FakeRedisServers(
    {
        "127.0.0.1": recorded("default"),
        "full": recorded("oom-noeviction"),
        "lru": recorded("lru-full"),
        "unsaved": recorded("bgsave-failed"),
        "replica": recorded("replica-up"),
        "replica-alone": recorded("replica-link-down"),
        "replica-copying": recorded("replica-link-down", master_sync_in_progress="1"),
        "replica-new": recorded("replica-link-down", master_link_down_since_seconds="-1", uptime_in_seconds="2"),
        "master": RedisState(
            recorded("default").info
            | parse_info((RECORDED / "info-replication-master-7.0.txt").read_text(encoding="utf-8")),
            seconds=0.001,
        ),
        "loading": recorded("default", loading="1"),
        "queues": RedisState(recorded("default").info, lists={"celery": 1_500}),
        "cluster": RedisState(
            recorded("default", cluster_enabled="1").info,
            cluster=parse_info((RECORDED / "cluster-info-fail-7.0.txt").read_text(encoding="utf-8")),
        ),
        "sentinel": RedisState({"redis_version": "7.0.15"}),
        "crowded": Down("redis crowded:6379: it accepts no more clients: ERR max number of clients reached"),
        "locked": CannotTell("redis locked:6379: it refuses INFO: NOAUTH Authentication required."),
    }
)

CASES = {
    "default": ("", "OK"),
    "expected role": ("--role master", "OK"),
    "another role": ("-H replica --role master", "CRITICAL"),
    "memory is full": ("-H full", "CRITICAL"),
    "cache at its limit": ("-H lru", "OK"),
    "save failed": ("-H unsaved", "CRITICAL"),
    "replica": ("-H replica --role replica", "OK"),
    "replica without its master": ("-H replica-alone", "CRITICAL"),
    "replica that copies": ("-H replica-copying", "WARNING"),
    "replica just started": ("-H replica-new", "WARNING"),
    "master with a replica": ("-H master --replicas-critical 1:", "OK"),
    "too few replicas": ("-H master --replicas-critical 2:", "CRITICAL"),
    "loading": ("-H loading --list celery", "WARNING"),
    "long list": ("-H queues --list celery --list other", "WARNING"),
    "cluster fails": ("-H cluster", "CRITICAL"),
    "a Sentinel": ("-H sentinel", "UNKNOWN"),
    "no room for clients": ("-H crowded", "CRITICAL"),
    "login rejected": ("-H locked", "UNKNOWN"),
    "user without password": ("--user nagios", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_redis(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Redis, command_line, World(SERVERS, FakeStateFile()))
    assert outcome.state == state
    golden(outcome)


def test_refused_writes_and_rejected_connections_count_for_ten_minutes() -> None:
    memory = FakeStateFile(seconds=200)
    states = []
    for oom in (5, 7, 7, 7, 7):
        servers = FakeRedisServers({"127.0.0.1": recorded("default", errorstat_OOM=f"count={oom}")})
        states.append(run(Redis, "", World(servers, memory)).state)
    assert states == ["OK", "CRITICAL", "CRITICAL", "CRITICAL", "OK"]


def test_rates_have_no_value_after_a_restart() -> None:
    memory = FakeStateFile()
    found = []
    for commands in (1_000, 7_000, 60):
        servers = FakeRedisServers({"127.0.0.1": recorded("default", total_commands_processed=str(commands))})
        outcome = run(Redis, "", World(servers, memory))
        found.append(next(one.value for one in outcome.readings if one.gauge == "commands"))
    assert found == [None, 100, None]


def real(words: str) -> tuple[str, str]:
    """Return state and summary of a run with real sources. Its memory begins empty."""
    outcome = run(Redis, f"{words} -t 20", World(RedisServers(), FakeStateFile()))
    return outcome.state, outcome.text(1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    words = ["--maxclients", "10", "--enable-protected-configs", "yes", "--repl-diskless-sync-delay", "0"]
    with redis_server(tmp_path, "--save", "3600 1000", *words) as server:
        yield server


@pytest.mark.daemon
def test_healthy_server_is_ok_without_options_but_its_address(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        server.cli("SET", "key", "value")
        server.cli("RPUSH", "celery", "job")
        assert real(f"-H {server.address}")[0] == "OK"
        state, text = real(f"-H {server.address} --list celery --list missing --waiting-warning celery=0")
        assert state == "WARNING"
        assert "Entries waiting celery 1" in text and "Entries waiting missing 0" in text
        server.kill()
        state, text = real(f"-H {server.address}")
        assert state == "CRITICAL"
        assert f"redis {server.address}: connection refused" in text
        server.start()
        assert real(f"-H {server.address}")[0] == "OK"


@pytest.mark.daemon
def test_full_memory_and_recovery(server: RedisServer) -> None:
    memory = FakeStateFile(seconds=700)
    servers = RedisServers()
    assert run(Redis, f"-H {server.address}", World(servers, memory)).state == "OK"
    server.cli("CONFIG", "SET", "maxmemory", "100kb")
    assert "OOM" in server.cli("SET", "key", "value")
    outcome = run(Redis, f"-H {server.address}", World(servers, memory))
    assert outcome.state == "CRITICAL"
    assert "maxmemory used" in outcome.text(1) and "Writes refused in 10 minutes 1" in outcome.text(1)
    server.cli("CONFIG", "SET", "maxmemory", "0")
    assert run(Redis, f"-H {server.address}", World(servers, memory)).state == "OK"


@pytest.mark.daemon
def test_failed_save_and_recovery(server: RedisServer) -> None:
    server.cli("CONFIG", "SET", "dir", "/proc")
    server.cli("BGSAVE")
    wait_until(lambda: "rdb_last_bgsave_status:err" in server.cli("INFO", "persistence"))
    state, text = real(f"-H {server.address}")
    assert state == "CRITICAL"
    assert "Persistence last save failed (it may refuse every write until a save succeeds)" in text
    server.cli("CONFIG", "SET", "dir", str(server.folder))
    server.cli("BGSAVE")
    wait_until(lambda: "rdb_last_bgsave_status:ok" in server.cli("INFO", "persistence"))
    assert real(f"-H {server.address}")[0] == "OK"


@pytest.mark.daemon
def test_server_without_room_for_clients_is_down(server: RedisServer) -> None:
    crowd = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(10)]
    try:
        state, text = real(f"-H {server.address}")
    finally:
        for one in crowd:
            one.close()
    assert state == "CRITICAL"
    assert "it accepts no more clients: ERR max number of clients reached" in text
    wait_until(lambda: server.cli("PING") == "PONG")
    assert real(f"-H {server.address}")[0] == "OK"


@pytest.mark.daemon
def test_account_of_the_docstring_is_enough(
    server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.cli("RPUSH", "celery", "job", "job")
    server.cli(*["ACL", "SETUSER", "nagios", "on", ">hush", "~nothing", "-@all", "+ping", "+info"])
    server.cli("ACL", "SETUSER", "default", "off")
    monkeypatch.setenv("PASSWORD", "hush")
    monkeypatch.setenv("WRONG", "silence")
    login = f"-H {server.address} --user nagios"
    assert real(f"{login} --password-env PASSWORD")[0] == "OK"
    state, text = real(f"-H {server.address}")
    assert state == "UNKNOWN" and "it refuses INFO: NOAUTH Authentication required" in text
    state, text = real(f"{login} --password-env WRONG")
    assert state == "UNKNOWN" and "it refuses AUTH: WRONGPASS" in text and "silence" not in text
    state, text = real(f"{login} --password-env PASSWORD --list celery")
    assert state == "UNKNOWN" and "it refuses LLEN: NOPERM" in text


@pytest.mark.daemon
def test_password_for_a_server_without_one_is_unknown(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "hush")
    state, text = real(f"-H {server.address} --password-env PASSWORD")
    assert state == "UNKNOWN" and "the server has no password, and the check was given one" in text


@pytest.mark.daemon
def test_replica_loses_its_master_and_finds_it_again(server: RedisServer, tmp_path: Path) -> None:
    words = ("--replicaof", f"127.0.0.1 {server.port}")
    with redis_server(tmp_path, *words) as replica:
        wait_until(lambda: "master_link_status:up" in replica.cli("INFO", "replication"))
        wait_until(lambda: "state=online" in server.cli("INFO", "replication"))
        assert real(f"-H {replica.address} --role replica")[0] == "OK"
        state, text = real(f"-H {server.address} --role master --replicas-critical 1:")
        assert state == "OK" and "Replicas online 1" in text and "Replica behind 127.0.0.1:" in text
        server.kill()
        wait_until(lambda: "master_link_status:down" in replica.cli("INFO", "replication"))
        state, text = real(f"-H {replica.address}")
        assert state == "CRITICAL" and f"Link to the master down (127.0.0.1:{server.port}, for " in text
        server.start()
        wait_until(lambda: "master_link_status:up" in replica.cli("INFO", "replication"))
        assert real(f"-H {replica.address}")[0] == "OK"


@pytest.mark.daemon
def test_cluster_without_slots_fails_and_recovers(tmp_path: Path) -> None:
    with redis_server(tmp_path, "--cluster-enabled", "yes", "--cluster-require-full-coverage", "yes") as server:
        state, text = real(f"-H {server.address}")
        assert state == "CRITICAL" and "Cluster fail (0 of 16384 slots are assigned)" in text
        server.cli("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        wait_until(lambda: "cluster_state:ok" in server.cli("CLUSTER", "INFO"))
        assert real(f"-H {server.address}")[0] == "OK"


@pytest.mark.daemon
def test_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    with redis_server(tmp_path, "--unixsocket", str(path)):
        assert real(f"-H {path}")[0] == "OK"


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with redis_server(folder) as server:
        yield Sample(f"--host {server.address}")
