"""Rules about pools: that they are there, are served, have queues of their own, and can do what they are given."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import basename

from checkwright.registry.model.base import did_you_mean
from checkwright.registry.model.pools import RUNS_ANY_COMMAND, Pool, queue_fault, reserved_fault
from checkwright.registry.plan import Entry, Origin
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.pool_choice import WORDS, stays
from checkwright.registry.rules.subject import Said, Subject, some


def twice(subject: Subject) -> Iterator[Said]:
    """R040, for two pools of one name"""
    first: dict[str, Pool] = {}
    for pool in subject.environment.pools:
        if first.setdefault(pool.name, pool) is not pool:
            where = subject.registry.relative(first[pool.name].origin)
            yield pool.origin, f"{subject.environment.name} has a pool {pool.name!r} already, at {where}"


def unknown(subject: Subject) -> Iterator[Said]:
    """R041"""
    known = _pools(subject)
    has = f"{subject.environment.name} has {', '.join(sorted(known)) if known else 'none'}"
    words = " and ".join(f'"{word}"' for word in WORDS)
    for entry in subject.resolved.plan.entries:
        for said in entry.settings:
            if said.name == "where" and said.value not in known and said.value not in WORDS:
                guess = did_you_mean(said.value, [*known, *WORDS])
                yield said.origin, f"{entry.id} runs in the unknown pool {said.value!r}{guess}: {has}, beside {words}"
    for machine in subject.resolved.machines:
        if machine.pool and machine.pool not in known:
            guess = did_you_mean(machine.pool, known)
            yield machine.origin, f"host {machine.name!r} names the unknown pool {machine.pool!r}{guess}: {has}"


def unserved(subject: Subject) -> Iterator[Said]:
    """R042"""
    for pool in subject.environment.pools:
        if not pool.workers:
            yield pool.origin, f"the pool {pool.name} names no workers, so what is put there is never run"


def idle(subject: Subject) -> Iterator[Said]:
    """R043"""
    used = {entry.pool for entry in subject.resolved.plan.entries}
    used |= {machine.pool for machine in subject.resolved.machines}
    for pool in subject.environment.pools:
        if pool.name not in used:
            yield pool.origin, f"nothing runs in the pool {pool.name}"


def queues(subject: Subject) -> Iterator[Said]:
    """R044"""
    for pool in subject.environment.pools:
        for position, queue in enumerate(pool.queues_in(subject.environment.name)):
            if fault := queue_fault(queue) or reserved_fault(queue, first=position == 0):
                shown = queue if len(queue) < 60 else f"{queue[:57]}..."
                yield pool.origin, f"the pool {pool.name} cannot have the queue {shown!r}: {fault}"


def shared(subject: Subject) -> Iterator[Said]:
    """R045"""
    served = [(queue, pool) for pool in subject.environment.pools for queue in pool.queues_in(subject.environment.name)]
    for pool in subject.environment.pools:
        first = pool.queues_in(subject.environment.name)[0]
        for queue, other in served:
            if queue == first and other is not pool:
                where = subject.registry.relative(other.origin)
                message = f"the checks of the pool {pool.name} are put on {queue!r}, of which {other.name} takes too"
                yield pool.origin, f"{message} ({where})"


def unreachable(subject: Subject) -> Iterator[Said]:
    """R046"""
    pools = _pools(subject)
    hosts = {host.name: host for host in subject.resolved.plan.hosts}
    for machine in subject.resolved.machines:
        pool = pools.get(machine.pool)
        if pool and not pool.reaches(machine.name, machine.address, machine.roles):
            where = f"{machine.name!r} ({machine.address})"
            yield machine.origin, f"the pool {pool.name} does not say that it reaches host {where}, which names it"
    for entry in subject.resolved.plan.entries:
        pool = pools.get(entry.pool)
        if pool is None:
            continue
        covered = [hosts[name] for name in entry.hosts]
        far = [one.name for one in covered if one.pool != pool.name]
        far = [name for name in far if not pool.reaches(name, hosts[name].address, hosts[name].roles)]
        if far:
            message = f"{entry.id} runs in the pool {pool.name}, which does not say that it reaches {some(far)}"
            yield _said(entry), message


def may_not_run(subject: Subject) -> Iterator[Said]:
    """R047"""
    pools, site = _pools(subject), subject.environment.site
    for entry in subject.resolved.plan.entries:
        pool = pools.get(entry.pool)
        if pool is None:
            continue
        if basename(entry.plugin) in RUNS_ANY_COMMAND:
            message = f"{entry.id} runs {entry.plugin}, which runs whatever its arguments say, so no worker does"
            yield _said(entry), message
        elif entry.plugin and not pool.may_run(entry.plugin, site.plugins):
            yield entry.origin, f"{entry.id} runs {entry.plugin}, which is in no folder of the pool {pool.name}"
    for pool in subject.environment.pools:
        hosts = [machine.name for machine in subject.resolved.machines if machine.pool == pool.name]
        if hosts and not pool.may_run(f"{site.plugins}/check_ping", site.plugins):
            message = f"the pool {pool.name} is to ping {some(hosts)}, and has not the folder {site.plugins}"
            yield pool.origin, message


def apart(subject: Subject) -> Iterator[Said]:
    """R048"""
    first = next(iter(subject.environment.pools), None)
    for pool in subject.environment.pools:
        if first is None or pool is first:
            continue
        for what, own, others in (
            ("servers", pool.servers, first.servers),
            ("key_file", pool.key_file, first.key_file),
        ):
            if own != others:
                where = subject.registry.relative(first.origin)
                yield pool.origin, f"the pool {pool.name} has other {what} than {first.name} ({where})"


def at_once(subject: Subject) -> Iterator[Said]:
    """R052: a machine has one unit of this name, one status socket, and one name among gearmand's workers."""
    first: dict[str, Pool] = {}
    for pool in subject.environment.pools:
        taken = [worker for worker in pool.workers if first.setdefault(worker, pool) is not pool]
        if taken:
            other = first[taken[0]]
            where = subject.registry.relative(other.origin)
            message = f"the pool {pool.name} has its workers on {some(taken)}, where {other.name} has some too"
            yield pool.origin, f"{message} ({where})"


def watching_itself(subject: Subject) -> Iterator[Said]:
    """R049"""
    for entry, (watch, _) in zip(subject.resolved.plan.entries, subject.resolved.sources, strict=True):
        if entry.pool and stays(watch):
            yield _said(entry), f"{entry.id} looks at a gearmand, and would travel through it in the pool {entry.pool}"


def in_clear(subject: Subject) -> Iterator[Said]:
    """R050"""
    for pool in subject.environment.pools:
        if not pool.key_file:
            yield pool.origin, f"the pool {pool.name} has no key: who reaches its gearmand has its workers run checks"


def on_one_gearmand(registry: Registry) -> Iterator[Said]:
    """R051"""
    first: dict[str, tuple[str, Pool]] = {}
    for environment in registry.environments:
        for pool in environment.pools:
            for server in (one if ":" in one else f"{one}:4730" for one in pool.servers):
                name, other = first.setdefault(server, (environment.name, pool))
                if name != environment.name:
                    where = registry.relative(other.origin)
                    message = f"the pool {pool.name} of {environment.name} and {other.name} of {name} ({where})"
                    yield pool.origin, f"{message} name the same gearmand, {server}"


def _pools(subject: Subject) -> dict[str, Pool]:
    return {pool.name: pool for pool in subject.environment.pools}


def _said(entry: Entry) -> Origin:
    """The line that says where an entry runs."""
    return next((one.origin for one in entry.settings if one.name == "where"), entry.origin)
