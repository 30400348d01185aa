"""Connections, transactions, locks and Galera state of MySQL and MariaDB."""

from checks.mysql._mysql_check import MysqlCheck
from checks.mysql.source import MysqlServers, MysqlState
from checkwright import UNLIMITED, Literal, Metrics, gauge, option, uses, verdict
from checkwright.sources.statefile import StateFile

_WINDOW = 600.0
_RATES = ("innodb_row_lock_time", "slow_queries", "aborted_clients", "questions")


class Mysql(MysqlCheck):
    """Health of one MySQL or MariaDB server.

    CRITICAL: no answer, "Too many connections" (applications get the same error), connections that were rejected for
    that reason in the last 10 minutes. UNKNOWN: a login that is rejected, and an account without PROCESS, which could
    not see transactions of others.

    Do not use a plain port check on MySQL: each one counts as a failed connection, and after max_connect_errors (100)
    in a row the server blocks the monitoring host. This check logs in.

    Account, without a password over the local socket:

        -- MariaDB
        CREATE USER nagios@localhost IDENTIFIED VIA unix_socket WITH MAX_USER_CONNECTIONS 3;
        GRANT PROCESS, SLAVE MONITOR ON *.* TO nagios@localhost;
        -- MySQL
        CREATE USER nagios@localhost IDENTIFIED WITH auth_socket;
        GRANT PROCESS, REPLICATION CLIENT ON *.* TO nagios@localhost;

    Defaults and their reasons:

    - `connections` 80/95 % of max_connections. `refused` above 0: a rejected connection is a failed request. MariaDB
      does not count those that reached the slot reserved for administrators.
    - `running` 40/100 threads that are active at the moment: more than most machines have cores.
    - `longest` 15 min/1 h: an old transaction holds locks and keeps old row versions. `history` 100,000/1,000,000 undo
      records that wait for purge.
    - `time` 0.5/2 s. `row_waits` is the time that statements wait for row locks, in seconds per second.
    - `row_waits`, `deadlocks`, `slow`, `hits`, `aborted` and `queries` have no default, because normal values differ.
    - `galera` is reported if a provider is loaded: synced is OK, a donor or a joiner is WARNING, and a node outside the
      primary component is CRITICAL. `cluster` has no default: set `--cluster-critical 3:`.

    With `--read-only yes`, a server that accepts writes is CRITICAL; with `no`, one that does not.

    Tested with MariaDB 10.11.19, also as a Galera node and with TLS. Not tested: MySQL, MariaDB 11.
    """

    thread_safe = True

    servers = uses(MysqlServers)
    memory = uses(StateFile)

    expect_read_only: Literal["yes", "no"] | None = option(
        "Setting of read_only that the server must have; any by default", flags="--read-only", default=None
    )

    connections = gauge("max_connections used", "%", warn=80, crit=95, max=UNLIMITED)
    refused = gauge("Connections refused in 10 minutes", crit=0, min=0, missing="ok")
    running = gauge("Threads running", warn=40, crit=100, min=0)
    longest = gauge("Longest transaction", "s", warn=900, crit=3_600)
    history = gauge("History list length", warn=100_000, crit=1_000_000, min=0, missing="ok")
    read_only = verdict("Read only", ok=["yes", "no"])
    galera = verdict("Galera node", ok=["Synced"], warn=["Donor/Desynced", "Joined", "Joining"])
    component = verdict("Galera component", ok=["Primary"])
    cluster = gauge("Galera nodes", min=0, optional=True)
    deadlocks = gauge("Deadlocks in 10 minutes", min=0, missing="ok")
    row_waits = gauge("Row lock waits", min=0, missing="ok")
    slow = gauge("Slow queries", "/s", min=0, missing="ok")
    aborted = gauge("Aborted clients", "/s", min=0, missing="ok")
    queries = gauge("Queries", "/s", min=0, missing="ok")
    hits = gauge("Buffer pool hits", "%", missing="ok")
    time = gauge("Response time", "s", warn=0.5, crit=2)

    def probe(self) -> Metrics:
        state = self.servers.state(self.login())
        connected, limit = state.number("threads_connected"), state.variables.get("max_connections", "0")
        most = int(limit) if limit.isdecimal() else 0
        yield self.connections(round(100 * connected / most, 2) if most and connected is not None else None)
        yield self.running(state.number("threads_running"))
        yield self.longest(state.longest)
        yield self.history(state.number("innodb_history_list_length"))
        word = "yes" if "ON" in (state.variables.get("read_only"), state.variables.get("super_read_only")) else "no"
        expected = self.expect_read_only in (None, word)
        yield self.read_only(word if expected else f"{word}, not {self.expect_read_only}")
        if state.status.get("wsrep_provider_name"):
            yield self.galera(state.status.get("wsrep_local_state_comment"))
            yield self.component(state.status.get("wsrep_cluster_status"))
            yield self.cluster(state.number("wsrep_cluster_size"))
        yield self.time(state.seconds)
        yield from self._counters(state)

    def _counters(self, state: MysqlState) -> Metrics:
        names = {"refused": "connection_errors_max_connections", "deadlocks": "innodb_deadlocks"}
        events = {name: value for name, field in names.items() if (value := state.number(field)) is not None}
        counters = {name: value for name in _RATES if (value := state.number(name)) is not None}
        requests = state.number("innodb_buffer_pool_read_requests") or 0
        counters["requests"] = requests
        counters["hits"] = max(0.0, requests - (state.number("innodb_buffer_pool_reads") or 0))
        found, delta = self.memory.together(
            lambda memory: (memory.within(events, _WINDOW, "events"), memory.since_last_run(counters, "rates"))
        )
        yield self.refused(found.get("refused"))
        yield self.deadlocks(found.get("deadlocks"))
        steady = None if delta is None or delta.restarted else delta
        waits = steady.rate("innodb_row_lock_time") if steady else None  # in milliseconds
        yield self.row_waits(None if waits is None else waits / 1_000)
        yield self.slow(steady.rate("slow_queries") if steady else None)
        yield self.aborted(steady.rate("aborted_clients") if steady else None)
        yield self.queries(steady.rate("questions") if steady else None)
        yield self.hits(steady.percent("hits", of="requests") if steady else None)
