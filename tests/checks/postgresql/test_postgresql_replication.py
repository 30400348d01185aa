"""Check postgresql_replication against a fake, and against a real primary with its standby."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.postgresql.fake import FakePostgresqlServers, Receiver, Replication
from checks.postgresql.postgresql_replication import PostgresqlReplication
from checks.postgresql.source import PostgresqlServers
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from tests.support.postgresql import Postgresql as Server
from tests.support.postgresql import postgresql
from tests.support.processes import wait_until
from tests.support.sample import Sample

SERVERS = FakePostgresqlServers(
    replications={
        "/var/run/postgresql": Replication(
            standbys={"b": ("streaming", 1_024), "pg_basebackup": ("backup", None)},
            slots={"b": ("reserved", 16_777_216), "new": ("unused", None)},
        ),
        "behind": Replication(standbys={"b": ("catchup", 2_000_000_000)}, slots={"b": ("extended", 5_000_000_000)}),
        "lost": Replication(slots={"b": ("lost", None)}),
        "alone": Replication(),
        "standby": Replication(Receiver("streaming", silent=2.5)),
        "slow": Replication(Receiver("streaming", lag=400, waiting=1_000_000, silent=2.5)),
        "silent": Replication(Receiver("streaming", silent=200)),
        "cut": Replication(Receiver("")),
        "paused": Replication(Receiver("streaming", paused=True, lag=12, waiting=100, silent=1)),
        "from-archive": Replication(Receiver("", lag=20, waiting=None)),
        "blind": CannotTell("postgresql blind:5432: the role nagios sees too little: GRANT pg_monitor TO nagios"),
    }
)
CASES = {
    "primary": ("--role primary --expect b", "OK"),
    "standby that is behind": ("-H behind", "CRITICAL"),
    "slot without its WAL": ("-H lost", "CRITICAL"),
    "primary alone": ("-H alone", "OK"),
    "expected standby is gone": ("-H alone --expect b", "CRITICAL"),
    "standby": ("-H standby --role standby", "OK"),
    "standby became primary": ("-H alone --role standby", "CRITICAL"),
    "standby that lags": ("-H slow", "CRITICAL"),
    "primary is silent": ("-H silent", "CRITICAL"),
    "no connection to the primary": ("-H cut", "CRITICAL"),
    "replay is paused": ("-H paused", "CRITICAL"),
    "standby that reads an archive": ("-H from-archive --no-receiver", "OK"),
    "a role that sees too little": ("-H blind", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_postgresql_replication(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(PostgresqlReplication, command_line, SERVERS)
    assert outcome.state == state
    golden(outcome)


def real(server: Server, words: str = "") -> tuple[str, str]:
    outcome = run(PostgresqlReplication, f"-H {server.path} -u nagios -t 20 {words}", World(PostgresqlServers()))
    return outcome.state, outcome.text(1)


@pytest.mark.daemon
def test_primary_and_standby_are_broken_and_repaired(server: Server) -> None:
    server.sql("SELECT pg_create_physical_replication_slot('b')")
    standby = server.copy("b", slot="b")
    standby.start()
    try:
        expecting = "--role primary --expect b"
        wait_until(lambda: real(server, expecting)[0] == "OK")
        wait_until(lambda: real(standby, "--role standby")[0] == "OK")
        assert "Receiver streaming" in real(standby)[1]
        assert real(standby, "--role primary")[0] == "CRITICAL"

        standby.sql("SELECT pg_wal_replay_pause()")
        server.sql("CREATE TABLE big AS SELECT generate_series(1, 20000)")
        state, text = real(standby)
        assert state == "CRITICAL" and "Replay paused" in text
        wait_until(lambda: "Behind b" in real(server, "--behind-critical 100K")[1].split("\n")[0])
        standby.sql("SELECT pg_wal_replay_resume()")
        wait_until(lambda: real(server, f"{expecting} --behind-critical 100K")[0] == "OK")
        assert real(standby)[0] == "OK"

        standby.stop()
        wait_until(lambda: "Standby b not connected" in real(server, expecting)[1])
        assert real(server, expecting)[0] == "CRITICAL"
        standby.start()
        wait_until(lambda: real(server, expecting)[0] == "OK")

        server.stop()
        wait_until(lambda: "Receiver not connected" in real(standby)[1])
        assert real(standby)[0] == "CRITICAL"
        server.start()
        wait_until(lambda: real(standby)[0] == "OK")
    finally:
        standby.stop()
        server.sql("SELECT pg_drop_replication_slot('b')")


@pytest.mark.daemon
def test_slot_that_lost_its_wal(server: Server) -> None:
    server.sql("SELECT pg_create_physical_replication_slot('forgotten', true)")
    assert "Slot forgotten reserved" in real(server)[1]
    for _ in range(6):
        server.sql("SELECT pg_switch_wal(); CREATE TABLE IF NOT EXISTS t (i int); INSERT INTO t VALUES (1)")
    server.sql("CHECKPOINT")
    state, text = real(server)
    assert state == "CRITICAL" and "Slot forgotten lost" in text
    server.sql("SELECT pg_drop_replication_slot('forgotten')")
    assert "forgotten" not in real(server)[1]


@pytest.mark.daemon
def test_account_that_sees_too_little_is_unknown(server: Server) -> None:
    outcome = run(PostgresqlReplication, f"-H {server.path} -u blind -t 20", World(PostgresqlServers()))
    assert outcome.state == "UNKNOWN" and "GRANT pg_monitor TO blind" in outcome.summary


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with postgresql() as server:
        yield Sample(f"--host {server.path} --user nagios")
