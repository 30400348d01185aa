"""Rules about host checks."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.findings import Finding
from checkwright.registry.resolving.overrides import matching_hosts
from checkwright.registry.rules.subject import RegistryRule, Subject, abbreviate


class HostCheckWithoutHosts(RegistryRule):
    """A host check of an environment applies to no host there.

    Wrong:
        HostCheck("tcp", port=22, role=web, host="wbe-*"),

    Right:
        HostCheck("tcp", port=22, role=web, host="web-*"),
    """

    id = "R080"
    severity = "warning"
    hint = "correct the role and the host, or remove it"

    def find(self, subject: Subject) -> Iterator[Finding]:
        machines = subject.resolved.machines
        names = frozenset(machine.name for machine in machines)
        for check in subject.environment.host_checks:
            hosts = frozenset().union(*(matching_hosts(pattern, names) for pattern in check.hosts))
            if not any(
                (check.role is None or check.role.name in machine.roles) and (not check.hosts or machine.name in hosts)
                for machine in machines
            ):
                of = " and ".join((*([f"role {check.role.name}"] if check.role else []), *check.hosts)) or "all hosts"
                yield self.finding(check.origin, f"the host check of {of} applies to no host")


class RolesDisagreeOnHosts(RegistryRule):
    """Two roles of a host state different host checks, and the first role by name decides.

    Wrong:
        ssh = HostCheck("tcp", port=22)
        redis = HostCheck("tcp", port=6379)
        shop = Role("shop", owner=storefront, host_check=ssh)
        cache = Role("cache", owner=storefront, host_check=redis)
        shop_1 = Host("shop-1", "10.0.0.21", roles=(shop, cache))
        staging = Environment("staging", site=Site(), hosts=(shop_1,))

    Right:
        ssh = HostCheck("tcp", port=22)
        redis = HostCheck("tcp", port=6379)
        shop = Role("shop", owner=storefront, host_check=ssh)
        cache = Role("cache", owner=storefront, host_check=ssh)
        shop_1 = Host("shop-1", "10.0.0.21", roles=(shop, cache))
        staging = Environment("staging", site=Site(), hosts=(shop_1,))
    """

    id = "R081"
    severity = "warning"
    hint = "decide with host_checks of the environment, for these hosts by name"

    def find(self, subject: Subject) -> Iterator[Finding]:
        stated = {role.name: role for role in subject.resolved.roles if role.host_check}
        named = {name for check in subject.environment.host_checks for name in check.hosts}
        hosts: dict[tuple[str, ...], list[str]] = {}
        for machine in subject.resolved.machines:
            roles = tuple(sorted({name for name in machine.roles if name in stated}))
            checks = [stated[name].host_check for name in roles]
            different = any(one is not checks[0] for one in checks)
            if different and machine.name not in named:
                hosts.setdefault(roles, []).append(machine.name)
        for roles, on in hosts.items():
            origin = stated[roles[0]].origin
            message = f"the roles {', '.join(roles)} of {abbreviate(on)} have different host checks; {roles[0]} decides"
            yield self.finding(origin, message)
