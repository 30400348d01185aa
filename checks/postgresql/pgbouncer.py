"""Pools, waiting clients and limits of a PgBouncer."""

from checks.postgresql.source import PgBouncers
from checkwright import UNLIMITED, Metrics, gauge, option, uses, verdict
from checkwright.sources.server_check import ServerCheck


class Pgbouncer(ServerCheck):
    """Waiting clients of each pool, use of the limit of clients, and databases that are paused.

    `longest` decides: the number of waiting clients is that of one moment, and a burst of a
    millisecond shows in it. A pool whose server is gone shows there first: its clients get an
    error only after `query_wait_timeout`, 120 s by default. No answer is CRITICAL, a rejected login
    is UNKNOWN. At max_client_conn clients are refused while the administration database still lets
    the check in: `clients` shows it. The check postgresql watches the server behind.

    Account: a user that may only SHOW, in pgbouncer.ini and its user list:

        stats_users = nagios
        ; userlist.txt
        "nagios" "PASSWORD"

    Defaults, with their reasons: `longest` 1/15 s, since a healthy pool serves within milliseconds;
    `waiting` 1/20 clients; `clients` 80/95 % of max_client_conn, after which logins are refused;
    `time` 0.5/2 s. `servers`, the share of a database's pool that is connected, has no default, since
    a full pool without waiting clients is a pool of the right size.

    Run against PgBouncer 1.18.
    """

    thread_safe = True

    servers_of = uses(PgBouncers)

    host: str = ServerCheck.host_option("127.0.0.1", "6432")
    user: str = option("Name to log in with; by default the user that runs the check", flags="-u --user", default="")

    longest = gauge("Longest wait in", "s", warn=1, crit=15, optional=True)
    waiting = gauge("Clients waiting in", warn=1, crit=20, min=0, optional=True)
    clients = gauge("max_client_conn used", "%", warn=80, crit=95, max=UNLIMITED)
    serving = verdict("Database", ok=["serving"], warn=["paused", "disabled"])
    servers = gauge("Server connections of pool", "%", max=UNLIMITED, optional=True)
    time = gauge("Response time", "s", warn=0.5, crit=2)

    def probe(self) -> Metrics:
        state = self.servers_of.state(self.login("pgbouncer"))
        for name, word in state.databases.items():
            yield self.serving(word, of=name)
        for name, share in state.servers.items():
            yield self.servers(share, of=name)
        for pool in state.pools:
            yield self.longest(pool.longest, of=pool.name)
            yield self.waiting(pool.waiting, of=pool.name)
        yield self.clients(round(100 * state.clients / state.limit, 2) if state.limit else None)
        yield self.time(state.seconds)
