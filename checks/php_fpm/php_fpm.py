"""Processes and queues of PHP-FPM pools."""

from checks.php_fpm.source import PhpFpmPools, PoolStatus
from checkwright import BadUsage, Check, Metrics, gauge, option, uses
from checkwright.sources.statefile import StateFile

#: Seconds over which events are counted.
WINDOW = 600


class PhpFpm(Check):
    """Busy processes, queue and slow requests of PHP-FPM pools, over FastCGI and without a web server.

    Requests wait while all processes of a pool are busy. `reached` counts in the last 10 minutes how often a pool
    needed more processes than `pm.max_children`. `active` is the percentage of busy processes. PHP-FPM does not report
    max_children, so give it with `--max-children`; a pool with `pm = static` needs no option. `queue` counts waiting
    connections of pools that listen on TCP. On a Unix socket the kernel does not count them and it is always 0: use
    `active`, `reached`, and the overflows that the check `sockets` reports.

    A pool that does not answer is CRITICAL. Query it on a socket of its own: on the pool's own socket, the check waits
    behind the application's requests (6 s were seen), and then finds an empty queue. A path that is no status page is
    UNKNOWN, and so is a socket that this user may not open.

    Debian's PHP-FPM has no status page until you add these lines to the pool's file, such as
    /etc/php/8.2/fpm/pool.d/www.conf (`pm.status_listen` needs PHP 8.0), and run `systemctl reload php8.2-fpm`:

        pm.status_path = /fpm-status
        pm.status_listen = /run/php/status.sock

    Then give `--host /run/php/status.sock`.

    PHP-FPM gives that socket the owner and mode of `listen.owner`, `listen.group` and `listen.mode`: add the checks'
    account to that group. For several pools, repeat `--host`; `--max-children` then applies to all of them.

    Defaults: 80 % busy leaves room for a burst, at 95 % the next request waits. A queue above 1 is a WARNING, a
    half-full one is CRITICAL: PHP-FPM's `listen.backlog` overflows next. Reaching the limit once in 10 minutes is a
    burst, three times mean too few processes. Slow requests are those that exceed `request_slowlog_timeout`, which is
    off by default. With `pm = static` PHP-FPM never counts `reached`. Counters start at zero with each reload.

    Tested with PHP 8.2.
    """

    thread_safe = True

    fpm = uses(PhpFpmPools)
    memory = uses(StateFile)

    pools: tuple[str, ...] = option(
        "Status socket of a pool, a path or HOST[:PORT]",
        flags="-H --host",
        default=("/run/php/php-fpm.sock",),
        example="/run/php/status.sock",
    )
    path: str = option("pm.status_path of the pools", default="/fpm-status")
    max_children: int = option("pm.max_children of the pools, for `active`", default=0)

    active = gauge("Busy processes", "%", warn=80, crit=95, optional=True)
    queue = gauge("Queued connections", warn=1, min=0)
    backlog = gauge("Queue", "%", crit=50, optional=True)
    reached = gauge("Process limit reached in 10 min", warn=1, crit=3, min=0, missing="ok")
    slow = gauge("Slow requests in 10 min", warn=1, crit=100, min=0, missing="ok")
    time = gauge("Time", "s", warn=0.5, crit=2)
    processes = gauge("Busy processes now", min=0)
    busiest = gauge("Peak busy processes", min=0)
    requests = gauge("Requests", "/s", min=0, missing="ok")

    def known_items(self) -> tuple[str, ...] | None:
        return self.pools

    def validate(self) -> None:
        if "" in self.pools:
            raise BadUsage("--host is empty: give the path of a socket, or HOST[:PORT]")
        if not self.path.startswith("/"):
            raise BadUsage(f"--path: {self.path!r} must begin with /, like pm.status_path")
        if self.max_children < 0:
            raise BadUsage(f"--max-children: {self.max_children} is no number of processes")

    def probe(self) -> Metrics:
        found: dict[str, PoolStatus] = {}
        for address, pool in self.each(self.pools, lambda address: self.fpm.status(address, self.path)):
            found[address] = pool
            limit = self.max_children or (pool.total if pool.manager == "static" else 0)
            if limit:
                yield self.active(min(100, 100 * pool.active / limit), of=address)
            yield self.queue(pool.queue, of=address)
            if pool.queue_length:
                yield self.backlog(min(100, 100 * pool.queue / pool.queue_length), of=address)
            yield self.time(pool.seconds, of=address)
            yield self.processes(pool.active, of=address)
            yield self.busiest(pool.busiest, of=address)
        if found:
            # Last, so that the counts are reported even where memory cannot be kept.
            yield from self._events(found)

    def _events(self, found: dict[str, PoolStatus]) -> Metrics:
        counters = {f"reached {address}": pool.reached for address, pool in found.items()}
        counters |= {f"slow {address}": pool.slow for address, pool in found.items()}
        accepted = {address: pool.accepted for address, pool in found.items()}
        events, delta = self.memory.together(
            lambda memory: (memory.within(counters, WINDOW, "events"), memory.since_last_run(accepted, "requests"))
        )
        for address in found:
            yield self.reached(events[f"reached {address}"], of=address)
            yield self.slow(events[f"slow {address}"], of=address)
            yield self.requests(None if delta is None else delta.rate(address), of=address)
