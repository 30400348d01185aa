"""Rules about how pools are declared: their names, queues, workers, gearmands and keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checkwright.registry.findings import Finding, Rule
from checkwright.registry.model.pools import Pool, queue_fault, reserved_fault
from checkwright.registry.registry import Registry
from checkwright.registry.rules.subject import RegistryRule, Subject, abbreviate


class DuplicatePool(RegistryRule):
    """Two pools of one environment have the same name.

    Wrong:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",), queues=("first",)),
        Pool("dmz", servers=("mon-1",), workers=("worker-2",), queues=("second",)),

    Right:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",), queues=("first",)),
        Pool("lab", servers=("mon-1",), workers=("worker-2",), queues=("second",)),
    """

    id = "R040"
    hint = "rename one of them"

    def find(self, subject: Subject) -> Iterator[Finding]:
        first: dict[str, Pool] = {}
        for pool in subject.environment.pools:
            if first.setdefault(pool.name, pool) is not pool:
                place = subject.registry.relative(first[pool.name].origin)
                message = f"{subject.environment.name} already has a pool {pool.name!r}, declared at {place}"
                yield self.finding(pool.origin, message)


class PoolWithoutWorkers(RegistryRule):
    """A pool has no workers, so nothing runs its checks.

    Wrong:
        Pool("dmz", servers=("mon-1",)),

    Right:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",)),
    """

    id = "R042"
    hint = "name the machines that run its workers: workers=(...)"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for pool in subject.environment.pools:
            if not pool.workers:
                yield self.finding(pool.origin, f"the pool {pool.name} has no workers, so nothing runs its checks")


class InvalidQueue(RegistryRule):
    """A pool has a queue whose name gearmand or mod_gearman cannot use.

    Queue names have at most 512 bytes and no white space, and must not be names that mod_gearman uses itself:
    `check_results`, `service`, `host`, `worker_*` and the like.

    Wrong:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",), queues=("check_results",)),

    Right:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",), queues=("dmz",)),
    """

    id = "R044"
    hint = "choose another name, or leave queues= out"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for pool in subject.environment.pools:
            for position, queue in enumerate(pool.queues_in(subject.environment.name)):
                if fault := queue_fault(queue) or reserved_fault(queue, first=position == 0):
                    short = queue if len(queue) < 60 else f"{queue[:57]}..."
                    message = f"the pool {pool.name} cannot use the queue {short!r}: {fault}"
                    yield self.finding(pool.origin, message)


class SharedQueue(RegistryRule):
    """Workers of another pool serve the queue with a pool's checks.

    The first queue of a pool must belong to it alone: otherwise the workers of either pool may run its checks.

    Wrong:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",), queues=("checks",)),
        Pool("lab", servers=("mon-1",), workers=("worker-2",), queues=("lab", "checks")),

    Right:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",), queues=("dmz",)),
        Pool("lab", servers=("mon-1",), workers=("worker-2",), queues=("lab",)),
    """

    id = "R045"
    hint = "give each pool a first queue of its own"

    def find(self, subject: Subject) -> Iterator[Finding]:
        environment = subject.environment
        served = [(queue, pool) for pool in environment.pools for queue in pool.queues_in(environment.name)]
        for pool in environment.pools:
            first = pool.queues_in(environment.name)[0]
            for queue, other in served:
                if queue == first and other is not pool:
                    place = subject.registry.relative(other.origin)
                    message = f"the checks of the pool {pool.name} use the queue {queue!r}, which {other.name} serves"
                    yield self.finding(pool.origin, f"{message} too ({place})")


class DifferentGearmands(RegistryRule):
    """Pools of one environment have different gearmands or different keys.

    Nagios loads one broker module per environment, which has one list of gearmands and one key. If workers reach the
    same gearmand at another address, such as a tunnel, use `via=`.

    Wrong:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",)),
        Pool("lab", servers=("lab-gateway",), workers=("worker-2",)),

    Right:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",)),
        Pool("lab", servers=("mon-1",), via=("lab-gateway",), workers=("worker-2",)),
    """

    id = "R048"
    hint = "give all pools of an environment the same servers= and key_file=; via= is for tunnels"

    def find(self, subject: Subject) -> Iterator[Finding]:
        first, *others = subject.environment.pools or (None,)
        for pool in others:
            if first is None or pool is None:
                continue
            for what, own, expected in (
                ("servers", pool.servers, first.servers),
                ("key_file", pool.key_file, first.key_file),
            ):
                if own != expected:
                    place = subject.registry.relative(first.origin)
                    message = f"{what}= of the pool {pool.name} differs from that of {first.name} ({place})"
                    yield self.finding(pool.origin, message)


class PoolWithoutKey(RegistryRule):
    """A pool has no key, so anyone who can reach its gearmand can make its workers run checks.

    Wrong:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",), key_file=""),

    Right:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",), key_file="/etc/checkwright/gearman.key"),
    """

    id = "R050"
    severity = "warning"
    hint = "give it a key_file"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for pool in subject.environment.pools:
            if not pool.key_file:
                message = f"the pool {pool.name} has no key: everybody who reaches its gearmand can run checks"
                yield self.finding(pool.origin, message)


class SharedGearmand(Rule):
    """Two environments use the same gearmand.

    Results wait in one queue, so each of two Nagios servers would take results of the other. Ignore this warning if one
    Nagios serves both environments. Only `checkctl lint` applies this rule.

    Wrong:
        qa = Environment("qa", site=Site(), pools=(
            Pool("qa-dmz", servers=("mon-1",), workers=("worker-1",)),
        ))
        live = Environment("live", site=Site(), pools=(
            Pool("live-dmz", servers=("mon-1",), workers=("worker-2",)),
        ))

    Right:
        qa = Environment("qa", site=Site(), pools=(
            Pool("qa-dmz", servers=("mon-qa",), workers=("worker-1",)),
        ))
        live = Environment("live", site=Site(), pools=(
            Pool("live-dmz", servers=("mon-1",), workers=("worker-2",)),
        ))
    """

    id = "R051"
    severity = "warning"
    hint = "give each Nagios its own gearmand; ignore this if one Nagios serves both environments"

    def find(self, registry: Registry) -> Iterator[Finding]:
        """Yield all findings in a whole registry."""
        first: dict[str, tuple[str, Pool]] = {}
        for environment in registry.environments:
            for pool in environment.pools:
                for server in (one if ":" in one else f"{one}:4730" for one in pool.servers):
                    name, other = first.setdefault(server, (environment.name, pool))
                    if name != environment.name:
                        place = registry.relative(other.origin)
                        pools = f"the pool {pool.name} of {environment.name} and {other.name} of {name} ({place})"
                        yield self.finding(pool.origin, f"{pools} use the same gearmand, {server}")


class SharedWorker(RegistryRule):
    """Two pools run their workers on the same machine.

    A machine has one unit of this name, one status socket, and one name among gearmand's workers.

    Wrong:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",)),
        Pool("lab", servers=("mon-1",), workers=("worker-1",)),

    Right:
        Pool("dmz", servers=("mon-1",), workers=("worker-1",)),
        Pool("lab", servers=("mon-1",), workers=("worker-2",)),
    """

    id = "R052"
    hint = "use the machine for only one of them"

    def find(self, subject: Subject) -> Iterator[Finding]:
        first: dict[str, Pool] = {}
        for pool in subject.environment.pools:
            taken = [worker for worker in pool.workers if first.setdefault(worker, pool) is not pool]
            if taken:
                other = first[taken[0]]
                place = subject.registry.relative(other.origin)
                message = f"the pool {pool.name} has workers on {abbreviate(taken)}, and so has {other.name}"
                yield self.finding(pool.origin, f"{message} ({place})")


def by_name(subject: Subject) -> Mapping[str, Pool]:
    """Return the pools of the environment by name."""
    return {pool.name: pool for pool in subject.environment.pools}
