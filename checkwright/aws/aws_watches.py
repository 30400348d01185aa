"""Watches of AWS in an environment, each with its check as it runs, its account and its region."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from checks.aws.source import AwsCheck
from checkwright.core.argv import CommandLine, parse
from checkwright.core.check import bind
from checkwright.core.gauges import Gauge, Thresholds
from checkwright.core.world import World
from checkwright.registry.model.account import Account
from checkwright.registry.plan import Entry, Host, Placeholder
from checkwright.registry.planning import Judged
from checkwright.registry.resolving.placeholders import LABEL


@dataclass(frozen=True)
class AwsWatch:
    """One entry of a plan on one of its hosts. account: None if the environment names none for it."""

    entry: Entry
    host: str
    account: Account | None
    args: CommandLine

    @cached_property
    def check(self) -> AwsCheck:
        """The check with its options and limits, as its command line has them."""
        found = bind(self.args.check, World(sealed=True), self.args.limits, self.args.meanings)
        assert isinstance(found, AwsCheck)  # noqa: S101 - for mypy; aws_watches selects these
        return found

    @property
    def region(self) -> str:
        """Region of the check, "" if the machine's environment or profile decides it."""
        return self.check.region

    def thresholds(self, gauge: Gauge, item: str) -> Thresholds:
        """Return the limits of a gauge for an item, as a run would apply them."""
        return self.check.thresholds(gauge, item)

    def states_limit(self, gauge: str) -> bool:
        """Return True if the watch or an override states a limit of the gauge."""
        return any(limit.gauge == gauge and limit.level != "check" for limit in self.entry.limits)


def aws_watches(judged: Judged) -> Iterator[AwsWatch]:
    """Yield the watches of AWS in the order of the plan, one for each host."""
    accounts = {account.name: account for account in judged.environment.aws}
    plan = judged.resolved.plan
    hosts = {host.name: host for host in plan.hosts}
    for entry, _, check in judged.resolved.entries:
        if not isinstance(check, AwsCheck):
            continue
        for name in entry.hosts:
            words = _words(entry, hosts[name], plan.environment)
            yield AwsWatch(entry, name, accounts.get(entry.account), parse(type(check), words))


def _words(entry: Entry, host: Host, environment: str) -> list[str]:
    """Return the words after the name of the check, with the values of this host."""
    values = {"host": host.name, "address": host.address, "environment": environment, "role": entry.role}
    values |= {f"{LABEL}{name}": value for name, value in host.labels.items()}
    words = [
        "".join(values.get(part.name, "") if isinstance(part, Placeholder) else part for part in word)
        for word in entry.command
    ]
    return words[words.index(entry.check) + 1 :]
