"""Rules about the watches and hosts that use a pool."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import basename

from checkwright.registry.findings import Finding
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.model.pools import RUNS_ANY_COMMAND
from checkwright.registry.plan import Entry, Origin
from checkwright.registry.resolving.pool_choice import NOT_POOLS, watches_gearmand
from checkwright.registry.rules.pool_rules import by_name
from checkwright.registry.rules.subject import RegistryRule, Subject, abbreviate


class UnknownPool(RegistryRule):
    """A watch or a host names a pool that its environment does not have.

    Wrong:
        Watch(TcpPort(host="{address}", port=22), where="dmz"),

    Right:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",)),
        Watch(TcpPort(host="{address}", port=22), where="dmz"),
    """

    id = "R041"
    hint = "declare it in the environment, or correct the name"

    def find(self, subject: Subject) -> Iterator[Finding]:
        known = by_name(subject)
        pools = f"{subject.environment.name} has {', '.join(sorted(known)) if known else 'no pools'}"
        others = " and ".join(f'"{word}"' for word in NOT_POOLS)
        for entry, _, _ in subject.configured():
            for setting in entry.settings:
                if setting.name == "where" and setting.value not in known and setting.value not in NOT_POOLS:
                    guess = did_you_mean(setting.value, [*known, *NOT_POOLS])
                    message = f"{entry.id} runs in the unknown pool {setting.value!r}{guess}: {pools};"
                    yield self.finding(setting.origin, f"{message} where= also accepts {others}")
        for machine in subject.resolved.machines:
            if machine.pool and machine.pool not in known:
                guess = did_you_mean(machine.pool, known)
                message = f"host {machine.name!r} names the unknown pool {machine.pool!r}{guess}: {pools}"
                yield self.finding(machine.origin, message)


class UnusedPool(RegistryRule):
    """No watch and no host uses a pool.

    Wrong:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",)),

    Right:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",)),
        Host("web-2", "10.0.0.12", roles=(web,), pool="dmz"),
    """

    id = "R043"
    severity = "warning"
    hint = "use it by where= of a watch or pool= of a host, or remove it"

    def find(self, subject: Subject) -> Iterator[Finding]:
        used = {entry.pool for entry in subject.resolved.plan.entries}
        used |= {machine.pool for machine in subject.resolved.machines}
        for pool in subject.environment.pools:
            if pool.name not in used:
                yield self.finding(pool.origin, f"nothing runs in the pool {pool.name}")


class UnreachableFromPool(RegistryRule):
    """A pool checks a host that its `reaches` does not cover.

    Wrong:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",), reaches=("10.9.0.0/16",)),
        Host("web-2", "10.0.0.12", roles=(web,), pool="dmz"),

    Right:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",), reaches=("10.0.0.0/16",)),
        Host("web-2", "10.0.0.12", roles=(web,), pool="dmz"),
    """

    id = "R046"
    hint = "add the host to reaches=, or check it from elsewhere"

    def find(self, subject: Subject) -> Iterator[Finding]:
        pools = by_name(subject)
        hosts = {host.name: host for host in subject.resolved.plan.hosts}
        for machine in subject.resolved.machines:
            pool = pools.get(machine.pool)
            if pool and not pool.can_reach(machine.name, machine.address, machine.roles):
                message = f"host {machine.name!r} ({machine.address}) names the pool {pool.name}"
                yield self.finding(machine.origin, f"{message}, and reaches= of that pool does not cover it")
        for entry in subject.resolved.plan.entries:
            pool = pools.get(entry.pool)
            if pool is None:
                continue
            covered = [hosts[name] for name in entry.hosts if hosts[name].pool != pool.name]
            far = [one.name for one in covered if not pool.can_reach(one.name, one.address, one.roles)]
            if far:
                message = f"{entry.id} runs in the pool {pool.name}, whose reaches= does not cover {abbreviate(far)}"
                yield self.finding(_where_origin(entry), message)


class ForbiddenInPool(RegistryRule):
    """A watch runs a plugin in a pool whose workers may not run it.

    Workers run only plugins in the pool's `plugins` folders, and no plugin that runs other commands, such as
    check_by_ssh, because their jobs come from a network. A pool that has hosts pings them with check_ping.

    Wrong:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",)),
        Plugin("/opt/shop/plugins/check_raid", name="raid", where="dmz"),

    Right:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",), plugins=("/opt/shop/plugins",)),
        Plugin("/opt/shop/plugins/check_raid", name="raid", where="dmz"),
    """

    id = "R047"
    hint = 'add the folder to plugins=, or let Nagios run it: where="central"'

    def find(self, subject: Subject) -> Iterator[Finding]:
        pools, site = by_name(subject), subject.environment.site
        for entry in subject.resolved.plan.entries:
            pool = pools.get(entry.pool)
            if pool is None:
                continue
            if basename(entry.plugin) in RUNS_ANY_COMMAND:
                message = f"{entry.id} runs {entry.plugin}, which runs the command in its arguments"
                yield self.finding(_where_origin(entry), f"{message}, so workers refuse it")
            elif entry.plugin and not pool.may_run(entry.plugin, site.plugins):
                message = f"{entry.id} runs {entry.plugin}, which is in no plugins= folder of the pool {pool.name}"
                yield self.finding(entry.origin, message)
        for pool in subject.environment.pools:
            hosts = [machine.name for machine in subject.resolved.machines if machine.pool == pool.name]
            if hosts and not pool.may_run(f"{site.plugins}/check_ping", site.plugins):
                message = f"the pool {pool.name} pings {abbreviate(hosts)}, and its plugins= lacks {site.plugins}"
                yield self.finding(pool.origin, message)


class GearmandThroughItself(RegistryRule):
    """A check of gearmand runs in a pool, so it would travel through the gearmand that it checks.

    Wrong:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",)),
        Watch(Gearman(server=("mon-1",)), where="dmz"),

    Right:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",)),
        Watch(Gearman(server=("mon-1",)), where="central"),
    """

    id = "R049"
    hint = 'let Nagios run it: where="central"'

    def find(self, subject: Subject) -> Iterator[Finding]:
        for entry, watch, _ in subject.configured():
            if entry.pool and watches_gearmand(watch):
                message = f"{entry.id} checks a gearmand, and in the pool {entry.pool} it would travel through one"
                yield self.finding(_where_origin(entry), message)


def _where_origin(entry: Entry) -> Origin:
    """Return the line that decides where an entry runs."""
    return next((one.origin for one in entry.settings if one.name == "where"), entry.origin)
