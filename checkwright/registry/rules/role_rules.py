"""Rules about roles: their runbooks, watches, hosts and hooks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin, Team
from checkwright.registry.rules.subject import RegistryRule, Subject, abbreviate

_URL = re.compile(r"https?://[^\s/]\S*")


class InvalidRunbook(RegistryRule):
    """A runbook is not an http or https URL.

    Wrong:
        shop = Role("shop", owner=storefront, runbook="wiki: Shop", watches=(Watch(Disk()),))

    Right:
        shop = Role(
            "shop",
            owner=storefront,
            runbook="https://wiki.example.com/shop",
            watches=(Watch(Disk()),),
        )
    """

    id = "R018"
    hint = "begin it with http:// or https://"

    def find(self, subject: Subject) -> Iterator[Finding]:
        found: list[tuple[str, str, Origin]] = []
        for role in subject.resolved.roles:
            found.append((f"role {role.name!r}", role.runbook, role.origin))
            found += ((f"watch {one.name!r}", one.settings.get("runbook", ""), one.origin) for one in role.watches)
        for override in subject.environment.overrides:
            found.append(("this override", override.settings.get("runbook", ""), override.origin))
        for owner, url, origin in found:
            if url and not _URL.fullmatch(url):
                yield self.finding(origin, f"the runbook of {owner} is {url!r}, which is not a URL")


class MissingRunbook(RegistryRule):
    """A role has no runbook, and some of its watches have none either.

    Notifications link to it.

    Wrong:
        shop = Role("shop", owner=storefront, watches=(Watch(Disk()),))

    Right:
        shop = Role(
            "shop",
            owner=storefront,
            runbook="https://wiki.example.com/shop",
            watches=(Watch(Disk()),),
        )
    """

    id = "R019"
    severity = "warning"
    hint = "write down what to do, and link to it: runbook="

    def find(self, subject: Subject) -> Iterator[Finding]:
        for role in subject.resolved.roles:
            if not role.runbook and any(not watch.settings.get("runbook") for watch in role.watches):
                yield self.finding(role.origin, f"role {role.name!r} has no runbook")


class IdleRole(RegistryRule):
    """A role has no watches, or has no hosts on which they could run.

    Wrong:
        shop = Role("shop", owner=storefront)

    Right:
        shop = Role(
            "shop",
            owner=storefront,
            runbook="https://wiki.example.com/shop",
            watches=(Watch(Disk()),),
        )
    """

    id = "R020"
    severity = "warning"
    hint = "give it watches or hosts, or remove it"

    def find(self, subject: Subject) -> Iterator[Finding]:
        hosts = {role.name: role.hosts for role in subject.resolved.plan.roles}
        for role in subject.resolved.roles:
            if not role.watches:
                yield self.finding(role.origin, f"role {role.name!r} has no watches")
            elif not hosts[role.name]:
                waiting = [watch.name for watch in role.watches if watch.per == "host"]
                if waiting:
                    message = f"role {role.name!r} has no hosts in {subject.environment.name}"
                    yield self.finding(role.origin, f"{message}, so nothing runs {abbreviate(waiting)}")


class PresentLackedRole(RegistryRule):
    """An environment has a role that its `lacks=` names.

    `checkctl parity` shows the reason in `lacks=` instead of the role's watches.

    Wrong:
        shop = Role("shop", owner=storefront, watches=(Watch(Disk()),))
        qa = Environment(
            "qa",
            site=Site(),
            hosts=(Host("shop-qa", "10.8.0.11", roles=(shop,)),),
            lacks=((shop, "the tests need no shop"),),
        )

    Right:
        shop = Role("shop", owner=storefront, watches=(Watch(Disk()),))
        qa = Environment(
            "qa",
            site=Site(),
            hosts=(Host("web-qa", "10.8.0.11", roles=(web,)),),
            lacks=((shop, "the tests need no shop"),),
        )
    """

    id = "R036"
    hint = "remove it from lacks="

    def find(self, subject: Subject) -> Iterator[Finding]:
        present = {role.name for role in subject.resolved.roles}
        for role, _ in subject.environment.lacks:
            if role.name in present:
                message = f"{subject.environment.name} has the role {role.name!r}, and lacks= names it"
                yield self.finding(subject.environment.origin, message)


class IdleHook(RegistryRule):
    """A hook never runs, because its role has no such watch on its machines.

    Watches that run on the monitoring server or in a pool have no hooks.

    Wrong:
        Hook("biggest", ("/usr/bin/ps", "aux"), watch="memroy"),

    Right:
        Watch(Memory()),
        Hook("biggest", ("/usr/bin/ps", "aux"), watch="memory"),
    """

    id = "R030"
    severity = "warning"
    hint = "correct the names in watch=, or remove it"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for role in subject.resolved.roles:
            if not role.hooks:
                continue
            here = [entry for entry in subject.resolved.plan.entries if entry.role == role.name]
            for hook in role.hooks:
                if here and not any(hook.name in entry.hooks for entry in here):
                    called = f" called {' or '.join(hook.watches)}" if hook.watches else ""
                    message = f"the hook {hook.name} of {role.name} never runs: no watch{called} runs on its machines"
                    yield self.finding(hook.origin, message)


def has_pager(team: Team) -> bool:
    """Return whether a channel brings a page to a phone at all hours, of the team or of one person of it."""
    always = (one for one in team.contacts if not one.hours)
    channels = (*team.channels, *(channel for one in always for channel in one.channels))
    return any("page" in one.levels and one.kind != "mail" for one in channels)


class TeamWithoutPager(RegistryRule):
    """A team is paged but has no pager.

    Its pages go to its e-mail address, where nobody may see them at night.

    Wrong:
        night = Team("night", email="night@example.com")
        shop = Role("shop", owner=night, runbook="https://wiki.example.com/shop", watches=(Watch(Disk()),))

    Right:
        night = Team("night", email="night@example.com", page="night-pager")
        shop = Role("shop", owner=night, runbook="https://wiki.example.com/shop", watches=(Watch(Disk()),))
    """

    id = "R034"
    severity = "warning"
    hint = 'give the team page="..." or channels=(...), or its watches notify="office-hours" or "ticket"'

    def find(self, subject: Subject) -> Iterator[Finding]:
        teams = {team.name: team for team in subject.resolved.plan.teams}
        paged: dict[str, str] = {}
        for entry in subject.resolved.plan.entries:
            if entry.notify == "page" and entry.owner in teams:
                paged.setdefault(entry.owner, f"{entry.id} pages it")
                for step in teams[entry.owner].escalations:
                    paged.setdefault(step.to, f"it gets the escalations of {entry.owner}")
        for name, reason in paged.items():
            if name in teams and not teams[name].page and not has_pager(teams[name]):
                yield self.finding(teams[name].origin, f"the team {name} has no pager, and {reason}")
