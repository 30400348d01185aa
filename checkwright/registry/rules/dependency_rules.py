"""Rules about the watches that others need."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.circles import circles
from checkwright.registry.findings import Finding
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.model.business_service import BusinessService
from checkwright.registry.plan import Entry, Origin, Setting
from checkwright.registry.resolving.declared_needs import declared
from checkwright.registry.rules.subject import RegistryRule, Subject, abbreviate


class UnknownNeed(RegistryRule):
    """A watch needs a watch that the project does not declare.

    Wrong:
        Watch(Http(url="https://{address}/"), needs=("web:rooot",)),

    Right:
        Watch(Http(url="https://{address}/"), needs=("web:root",)),
    """

    id = "R090"
    hint = "name a watch as ROLE:WATCH, as `checkctl list` shows them"

    def find(self, subject: Subject) -> Iterator[Finding]:
        known = known_watches(subject)
        for entry, origin, id in _needs(subject):
            if id not in known:
                guess = did_you_mean(id, sorted(known))
                yield self.finding(origin, f"{entry.id} needs {id!r}, which no role declares{guess}")


class NeedNotWatched(RegistryRule):
    """A watch needs a watch of a role that its environment does not have.

    The state of the needed watch is unknown there, so problems notify as if nothing were needed. If this is intended,
    declare it in the environment: `lacks=((database, "the tests use SQLite"),)`. If an override switches the needed
    watch off, its reason is enough.

    Wrong:
        database = Role(
            "database", owner=storefront, runbook="https://wiki.example.com/db", watches=(Watch(Disk()),)
        )
        shop = Role(
            "shop",
            owner=storefront,
            runbook="https://wiki.example.com/shop",
            watches=(Watch(Memory(), needs=("database:disk",)),),
        )

    Right:
        shop = Role(
            "shop",
            owner=storefront,
            runbook="https://wiki.example.com/shop",
            watches=(Watch(Memory(), needs=("web:root",)),),
        )
    """

    id = "R091"
    severity = "warning"
    hint = "attach the role to the environment, or name it in lacks with the reason"

    def find(self, subject: Subject) -> Iterator[Finding]:
        watched = {entry.id for entry in subject.resolved.plan.entries} | {off.id for off in subject.resolved.plan.off}
        lacking = {role.name for role, _ in subject.environment.lacks}
        known = known_watches(subject)
        for entry, origin, id in _needs(subject):
            if id in known and id not in watched and id.partition(":")[0] not in lacking:
                message = f"{entry.id} needs {id}, which nothing watches in {subject.environment.name}"
                yield self.finding(origin, message)


class CircularNeeds(RegistryRule):
    """Watches need each other, so one fault would silence all of them.

    Wrong:
        Watch(Disk(), needs=("web:memory",)),
        Watch(Memory(), needs=("web:disk",)),

    Right:
        Watch(Disk()),
        Watch(Memory(), needs=("web:disk",)),
    """

    id = "R092"
    hint = "remove one of these needs"

    def find(self, subject: Subject) -> Iterator[Finding]:
        needs: dict[str, set[str]] = {}
        places: dict[str, Origin] = {}
        for entry, origin, id in _needs(subject):
            needs.setdefault(entry.id, set()).add(id)
            places.setdefault(entry.id, origin)
        for circle in circles({id: sorted(found) for id, found in needs.items()}):
            yield self.finding(places[circle[0]], f"the watches need each other: {' -> '.join(circle)}")


class NeedOnSeveralHosts(RegistryRule):
    """A watch needs a watch that runs on several other hosts.

    If one of them failed, all alerts of the watch would be held back, even while the others work. If it also runs on
    the watch's own host, only that one is needed. Name a watch that runs once, `per="role"`, or a business service of
    all of them, with `at_least`.

    Wrong:
        database = Role(
            "database", owner=storefront, runbook="https://wiki.example.com/db", watches=(Watch(Disk()),)
        )
        shop = Role(
            "shop",
            owner=storefront,
            runbook="https://wiki.example.com/shop",
            watches=(Watch(Memory(), needs=("database:disk",)),),
        )
        production = Environment(
            "production",
            site=Site(),
            hosts=(
                Host("shop-1", "10.0.0.21", roles=(shop,)),
                Host("db-1", "10.0.0.31", roles=(database,)),
                Host("db-2", "10.0.0.32", roles=(database,)),
            ),
        )

    Right:
        shop = Role(
            "shop",
            owner=storefront,
            runbook="https://wiki.example.com/shop",
            watches=(Watch(Memory(), needs=("shop:disk",)), Watch(Disk())),
        )
    """

    id = "R093"
    hint = "need a business service of them, or a watch that runs once"

    def find(self, subject: Subject) -> Iterator[Finding]:
        hosts: dict[str, set[str]] = {}
        services = {role.name for role in subject.resolved.roles if isinstance(role, BusinessService)}
        for entry in subject.resolved.plan.entries:
            hosts.setdefault(entry.id, set()).update(entry.hosts)
        for entry, origin, id in _needs(subject):
            elsewhere = hosts.get(id, set())
            if entry.role not in services and len(elsewhere) > 1 and (alone := sorted(set(entry.hosts) - elsewhere)):
                message = f"{entry.id} on {abbreviate(alone)} needs {id}, which runs on {len(elsewhere)} other hosts"
                yield self.finding(origin, message)


class TooFewMembers(RegistryRule):
    """A part of a business service needs more services than its environment has.

    Environments differ in size, so a share such as `at_least="50%"` fits all of them.

    Wrong:
        shop = BusinessService(
            "shop",
            owner=storefront,
            runbook="https://w.example.com/",
            parts=(Part("web:root", at_least=2),),
        )
        production = Environment(
            "production", site=Site(), hosts=(Host("web-1", "10.0.0.11", roles=(web,)),), roles=(shop,)
        )

    Right:
        shop = BusinessService(
            "shop",
            owner=storefront,
            runbook="https://w.example.com/",
            parts=(Part("web:root", at_least="50%"),),
        )
        production = Environment(
            "production", site=Site(), hosts=(Host("web-1", "10.0.0.11", roles=(web,)),), roles=(shop,)
        )
    """

    id = "R094"
    hint = 'lower at_least, or write a share such as "50%"'

    def find(self, subject: Subject) -> Iterator[Finding]:
        for entry in subject.resolved.plan.entries:
            for part in entry.parts:
                if part.at_least > len(part.members):
                    message = f"{entry.role} needs {part.at_least} services of {part.name}, and {entry.hosts[0]} has"
                    yield self.finding(entry.origin, f"{message} {len(part.members)}")


class NoParts(RegistryRule):
    """An environment has a business service but watches none of its parts.

    Wrong:
        database = Role(
            "database", owner=storefront, runbook="https://w.example.com/", watches=(Watch(Disk()),)
        )
        shop = BusinessService(
            "shop", owner=storefront, runbook="https://w.example.com/", parts=("database:disk",)
        )
        production = Environment(
            "production", site=Site(), hosts=(Host("web-1", "10.0.0.11", roles=(web,)),), roles=(shop,)
        )

    Right:
        shop = BusinessService(
            "shop", owner=storefront, runbook="https://w.example.com/", parts=("web:root",)
        )
        production = Environment(
            "production", site=Site(), hosts=(Host("web-1", "10.0.0.11", roles=(web,)),), roles=(shop,)
        )
    """

    id = "R095"
    hint = "remove it from roles= of the environment, and name it in lacks with the reason"

    def find(self, subject: Subject) -> Iterator[Finding]:
        services = {role.name for role in subject.resolved.roles if isinstance(role, BusinessService)}
        for entry in subject.resolved.plan.entries:
            if entry.role in services and not entry.parts:
                message = f"{subject.environment.name} watches no part of the business service {entry.role}"
                yield self.finding(entry.origin, message)


def known_watches(subject: Subject) -> frozenset[str]:
    """Return the ids of all watches that the project declares, and of those that the environment makes of them."""
    declared_there = {f"{role.name}:{watch.name}" for role in subject.registry.roles for watch in role.watches}
    resolved = subject.resolved.plan
    return frozenset(declared_there | {entry.id for entry in resolved.entries} | {off.id for off in resolved.off})


def _needs(subject: Subject) -> Iterator[tuple[Entry, Origin, str]]:
    """Yield each need of each entry, and each part of a business service, with the line that declares it."""
    yield from _parts(subject)
    settings: tuple[Setting, ...] | None = None
    for entry in subject.resolved.plan.entries:
        if entry.settings is not settings:  # variants of a watch share them
            settings = entry.settings
            setting, ids = declared(entry)
        for id in ids:
            yield entry, setting.origin if setting else entry.origin, id


def _parts(subject: Subject) -> Iterator[tuple[Entry, Origin, str]]:
    services = {role.name: role for role in subject.resolved.roles if isinstance(role, BusinessService)}
    for entry in subject.resolved.plan.entries if services else ():
        for part in services[entry.role].parts if entry.role in services else ():
            for id in part.watches:
                yield entry, part.origin, id
