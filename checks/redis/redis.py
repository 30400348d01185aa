"""Role, persistence, memory, clients and replication of a Redis server."""

from checks.redis.source import RedisServers, RedisState
from checkwright import UNLIMITED, BadUsage, CannotTell, Literal, Metrics, gauge, option, uses, verdict
from checkwright.sources.server_check import ServerCheck
from checkwright.sources.statefile import StateFile

_WINDOW = 600.0
#: Seconds after the start of a replica for which a link that is not up yet is no failure.
_CONNECTING = 30


class Redis(ServerCheck):
    """Health of one Redis server, from INFO. PING is not a health check: a server that is full or cannot save answers
    it while it rejects every write.

    CRITICAL: no answer, no room for another client, a failed save, a replica without its master, a cluster that is not
    ok, and writes (OOM, MISCONF) or connections that were rejected in the last 10 minutes. UNKNOWN: the login is
    rejected or may not run a command.

    Account, with no access to any key:

        ACL SETUSER nagios on >PASSWORD ~nothing -@all +ping +info

    Add `+cluster|info` for a cluster, and `+llen ~celery` for each `--list celery`. Give the check `--user nagios
    --password-file /etc/checks/redis`. A server without ACLs (before 6) only needs the password.

    Defaults and their reasons:

    - `used` is judged only with `maxmemory` and the policy `noeviction`, where full memory means rejected writes: 90 %
      leaves time to act, at 97 % a burst is enough. A cache with another policy is at 100 % by design; watch `evicted`.
      `used` may exceed 100 %, because scripts and buffers count.
    - `clients` 80/90 % of `maxclients`. `silent` 30/120 s without a message from the master, which sends one every 10
      s. `time` 0.1/1 s: INFO takes less than a millisecond, and one slow command blocks all others.
    - `waiting` 1,000/10,000 entries for each `--list`. A missing list is empty. Celery keeps jobs with a priority in
      separate lists, with names such as `celery\x06\x163`.
    - `unsaved`, the age of changes that are not yet on disk, has no default: a server without `save` lines never saves.
      `replicas` has none: set `--replicas-critical 2:` if two must be connected.

    Counters start at zero at a restart and with CONFIG RESETSTAT; rates have no value then. A replica is `connecting`
    for the first 30 s after its start.

    Tested with Redis 7.0.15, also with TLS. Not tested: Valkey, and Redis 6 and older.
    """

    thread_safe = True

    servers = uses(RedisServers)
    past = uses(StateFile)

    host: str = ServerCheck.host_option("127.0.0.1", "6379")
    expect_role: Literal["master", "replica"] | None = option(
        "Role that the server must have; any by default", flags="--role", default=None
    )
    lists: tuple[str, ...] = option("List whose entries are counted", flags="-l --list", default=(), example="celery")

    state = verdict("State", ok=["serving"], warn=["loading"])
    role = verdict("Role", ok=["master", "replica"])
    saved = verdict("Persistence", ok=["ok"], warn=["rewrite of the AOF failed"])
    link = verdict("Link to the master", ok=["up"], warn=["copying", "connecting"])
    cluster = verdict("Cluster", ok=["ok"])
    used = gauge("maxmemory used", "%", warn=90, crit=97, missing="ok", max=UNLIMITED)
    memory = gauge("Memory", "B")
    clients = gauge("maxclients used", "%", warn=80, crit=90, missing="ok")
    blocked = gauge("Clients blocked", min=0, missing="ok")
    refused = gauge("Writes refused in 10 minutes", crit=0, min=0, missing="ok")
    rejected = gauge("Connections rejected in 10 minutes", crit=0, min=0, missing="ok")
    waiting = gauge("Entries waiting", warn=1_000, crit=10_000, min=0, missing="ok", optional=True)
    silent = gauge("Master silent for", "s", warn=30, crit=120, missing="ok", optional=True)
    behind = gauge("Replica behind", "B", optional=True)
    replicas = gauge("Replicas online", min=0, missing="ok")
    unsaved = gauge("Age of unsaved changes", "s", missing="ok")
    evicted = gauge("Keys evicted", "/s", min=0, missing="ok")
    hits = gauge("Hits", "%", missing="ok")
    commands = gauge("Commands", "/s", min=0, missing="ok")
    time = gauge("Response time", "s", warn=0.1, crit=1)

    def validate(self) -> None:
        super().validate()
        if "" in self.lists:
            raise BadUsage("--list is empty: give the name of a list")
        if self.user and self.password is None:
            raise BadUsage("--user needs a password: give --password-file or --password-env")

    def probe(self) -> Metrics:
        state = self.servers.state(
            self.host, user=self.user, password=self.password, tls=self.tls_options(), lists=self.lists
        )
        yield self.state("loading" if state.info.get("loading") == "1" else "serving")
        yield from self._roles(state)
        word, hint = _persistence(state)
        yield self.saved(word, hint=hint)
        if state.cluster:
            failed = f"{state.cluster.get('cluster_slots_assigned', '?')} of 16384 slots are assigned"
            word = state.cluster.get("cluster_state", "without a state")
            yield self.cluster(word, hint="" if word == "ok" else failed)
        yield self.time(state.seconds)
        yield from self._memory(state)
        yield self.clients(_share(state, "connected_clients", "maxclients"))
        yield self.blocked(state.number("blocked_clients"))
        for name in self.lists:
            yield self.waiting(state.lists.get(name), of=name)
        yield self.unsaved(_unsaved(state))
        yield from self._counters(state)

    def _roles(self, state: RedisState) -> Metrics:
        role = {"master": "master", "slave": "replica"}.get(state.info.get("role", ""), "")
        if not role:
            raise CannotTell(f"redis {self.host}: its answer has no role, as that of a Sentinel: use redis_sentinel")
        expected = self.expect_role in (None, role)
        yield self.role(role if expected else f"{role}, not {self.expect_role}")
        online = [replica for replica in state.replicas() if replica.get("state") == "online"]
        yield self.replicas(len(online))
        offset = state.number("master_repl_offset")
        for replica in online:
            there = RedisState(replica).number("offset")
            lag = None if offset is None or there is None else max(0.0, offset - there)
            yield self.behind(lag, of=f"{replica.get('ip')}:{replica.get('port')}")
        if role == "replica":
            word, hint = _link(state)
            yield self.link(word, hint=hint)
            silent = state.number("master_last_io_seconds_ago")
            yield self.silent(None if silent is None or silent < 0 else silent)

    def _memory(self, state: RedisState) -> Metrics:
        limited = state.info.get("maxmemory_policy") == "noeviction"
        yield self.used(_share(state, "used_memory", "maxmemory") if limited else None)
        yield self.memory(state.number("used_memory"))

    def _counters(self, state: RedisState) -> Metrics:
        events = {
            "refused": state.errors("OOM") + state.errors("MISCONF"),
            "rejected": state.number("rejected_connections") or 0,
        }
        found = self.past.within(events, _WINDOW)
        yield self.refused(found["refused"])
        yield self.rejected(found["rejected"])
        hits, misses = state.number("keyspace_hits") or 0, state.number("keyspace_misses") or 0
        counters = {
            "evicted": state.number("evicted_keys") or 0,
            "hits": hits,
            "lookups": hits + misses,
            "commands": state.number("total_commands_processed") or 0,
        }
        delta = self.past.since_last_run(counters, "rates")
        steady = None if delta is None or delta.restarted else delta
        yield self.evicted(steady.rate("evicted") if steady else None)
        yield self.hits(steady.percent("hits", of="lookups") if steady else None)
        yield self.commands(steady.rate("commands") if steady else None)


def _link(state: RedisState) -> tuple[str, str]:
    """Return the word for a replica's link to its master, and a hint."""
    word = state.info.get("master_link_status", "unknown")
    master = f"{state.info.get('master_host', '?')}:{state.info.get('master_port', '?')}"
    if word == "up":
        return word, ""
    if state.info.get("master_sync_in_progress") == "1":
        return "copying", master
    seconds = state.number("master_link_down_since_seconds")
    seconds = -1 if seconds is None else seconds
    if seconds < 0 and (state.number("uptime_in_seconds") or 0) < _CONNECTING:
        return "connecting", master
    return word, f"{master}, for {seconds:.0f} s" if seconds >= 0 else master


def _persistence(state: RedisState) -> tuple[str, str]:
    """Return the word for saves, and a hint."""
    stops = "it may refuse every write until a save succeeds"
    if state.info.get("rdb_last_bgsave_status", "ok") != "ok":
        return "last save failed", stops
    if state.info.get("aof_last_write_status", "ok") != "ok":
        return "last write of the AOF failed", stops
    if state.info.get("aof_last_bgrewrite_status", "ok") != "ok":
        return "rewrite of the AOF failed", ""
    return "ok", ""


def _share(state: RedisState, part: str, whole: str) -> float | None:
    """Return a field as a percentage of another one; None if there is no limit."""
    limit, value = state.number(whole), state.number(part)
    return round(100 * value / limit, 2) if limit and value is not None else None


def _unsaved(state: RedisState) -> float | None:
    """Return the age of the last save where changes came after it, otherwise 0."""
    if not state.number("rdb_changes_since_last_save"):
        return 0.0
    now, last = state.number("server_time_usec"), state.number("rdb_last_save_time")
    return None if now is None or last is None else max(0.0, round(now / 1e6 - last))
