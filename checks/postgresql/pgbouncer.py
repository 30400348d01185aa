"""Pools, waiting clients and limits of PgBouncer."""

from checks.postgresql.source import PgBouncers
from checkwright import UNLIMITED, Metrics, gauge, option, uses, verdict
from checkwright.sources.server_check import ServerCheck


class Pgbouncer(ServerCheck):
    """Waiting clients of each pool, usage of the client limit, and paused databases.

    `longest` matters most: the number of waiting clients is a snapshot, and may show a burst of a millisecond. A pool
    whose server is gone shows there first, because its clients get an error only after `query_wait_timeout`, 120 s by
    default. No answer is CRITICAL, a rejected login is UNKNOWN. At max_client_conn, PgBouncer rejects clients but still
    lets the check into its administration database: `clients` reports it. The check postgresql watches the server
    itself.

    Account: a user that may only SHOW, in pgbouncer.ini and its user list:

        stats_users = nagios
        ; userlist.txt
        "nagios" "PASSWORD"

    Defaults: `longest` 1/15 s, because a healthy pool serves within milliseconds; `waiting` 1/20 clients; `clients`
    80/95 % of max_client_conn, above which logins are rejected; `time` 0.5/2 s. `servers`, the percentage of a
    database's pool that is connected, has no default, because a full pool without waiting clients has the right size.

    Tested with PgBouncer 1.18.
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
