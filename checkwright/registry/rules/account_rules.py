"""Rules about accounts of AWS and the watches in them."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.findings import Finding
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.model.watches import PER_ACCOUNT
from checkwright.registry.plan import Origin, Setting
from checkwright.registry.rules.subject import RegistryRule, Subject


class UnknownAccount(RegistryRule):
    """A watch names an account of AWS that its environment does not have.

    Wrong:
        Watch(Acm(), per="role", account="backups"),

    Right:
        Account("backups", id="210987654321", profile="backups", regions=("eu-central-1",)),
        Watch(Acm(), per="role", account="backups"),
    """

    id = "R070"
    hint = "name it in the environment: aws=(Account(...),)"

    def find(self, subject: Subject) -> Iterator[Finding]:
        known = [account.name for account in subject.environment.aws]
        accounts = f"{subject.environment.name} has {', '.join(known) if known else 'none'}"
        for entry in subject.resolved.plan.entries:
            if entry.account and entry.account not in known:
                guess = did_you_mean(entry.account, known)
                message = f"{entry.id} runs in the unknown account {entry.account!r}{guess}: {accounts}"
                yield self.finding(_line(entry.settings, "account", entry.origin), message)


class UnknownRegion(RegistryRule):
    """A watch looks at a region that its account does not name.

    The environment names the regions of an account once, so a watch of another region is a typing mistake, or the
    region is missing there. CloudFront's certificates are in us-east-1: name it, too.

    Wrong:
        Account("shop", id="123456789012", regions=("eu-west-1", "us-east-1")),
        Watch(Acm(region="eu-west-3"), per="role"),

    Right:
        Account("shop", id="123456789012", regions=("eu-west-1", "us-east-1")),
        Watch(Acm(region="eu-west-1"), per="role"),
    """

    id = "R071"
    hint = "add it to regions= of the account, or correct it"

    def find(self, subject: Subject) -> Iterator[Finding]:
        accounts = {account.name: account for account in subject.environment.aws}
        for entry, _, check in subject.configured():
            account, region = accounts.get(entry.account), getattr(check, "region", "")
            if account is not None and isinstance(region, str) and region not in account.regions:
                guess = did_you_mean(region, account.regions)
                known = f"the account {account.name} has {', '.join(account.regions)}"
                message = f"{entry.id} looks at the region {region!r}{guess}: {known}"
                yield self.finding(_line(entry.settings, "option region", entry.origin), message)


class NoAccounts(RegistryRule):
    """A watch runs once for each account or region, but the environment names no accounts.

    Wrong:
        Watch(Acm(), per="region"),

    Right:
        Account("shop", id="123456789012", regions=("eu-west-1", "us-east-1")),
        Watch(Acm(), per="region"),
    """

    id = "R072"
    hint = "name them in the environment, aws=(Account(...),), or leave the role out of it"

    def find(self, subject: Subject) -> Iterator[Finding]:
        if subject.environment.aws:
            return
        roles = {role.name for role in subject.resolved.roles}
        for role in subject.registry.roles:
            for watch in role.watches if role.name in roles else ():
                if watch.per in PER_ACCOUNT:
                    message = f'{role.name}:{watch.name} has per="{watch.per}", and {subject.environment.name} names no'
                    yield self.finding(watch.origin, f"{message} accounts of AWS")


class AccountOnMachine(RegistryRule):
    """A watch names an account of AWS but runs on the machine that it watches.

    There it uses that machine's own credentials.

    Wrong:
        Watch(Acm(), account="shop"),

    Right:
        Account("shop", id="123456789012", regions=("eu-west-1",)),
        Watch(Acm(), per="role", account="shop"),
    """

    id = "R073"
    hint = 'remove account=, or let it run on the monitoring server or in a pool: per="role" or where='

    def find(self, subject: Subject) -> Iterator[Finding]:
        for entry, _, _ in subject.configured():
            if entry.where == "host" and any(setting.name == "account" for setting in entry.settings):
                origin = _line(entry.settings, "account", entry.origin)
                yield self.finding(origin, f"{entry.id} has account=, and runs on the machine that it watches")


class NoProofOfAccess(RegistryRule):
    """Watches run in an account of AWS, but no `aws_access` watches the access to it from there.

    Expired credentials then cause an alert for each watch. With `aws_access` they cause only one, because the others of
    the account depend on it. It must run where they run, on the monitoring server or in the same pool.

    Wrong:
        Account("shop", id="123456789012", regions=("eu-west-1",)),
        Watch(Acm(), per="role"),

    Right:
        Account("shop", id="123456789012", regions=("eu-west-1",)),
        Watch(AwsAccess(), per="account"),
        Watch(Acm(), per="role"),
    """

    id = "R074"
    severity = "warning"
    hint = 'add Watch(AwsAccess(), per="account") to a role of the environment'

    def find(self, subject: Subject) -> Iterator[Finding]:
        without: dict[tuple[str, str], list[str]] = {}
        for entry, _, check in subject.entries():
            if entry.account and not entry.needs and check is not None and not check.proves_access:
                without.setdefault((entry.account, entry.pool), []).append(entry.id)
        accounts = {account.name: account.origin for account in subject.environment.aws}
        for (account, pool), ids in without.items():
            if account in accounts:
                count = f"{ids[0]} and {len(ids) - 1} more" if len(ids) > 1 else ids[0]
                place = f"in the pool {pool}" if pool else "on the monitoring server"
                message = f"no aws_access {place} proves the access to the account {account}, where {count} run"
                yield self.finding(accounts[account], message if len(ids) > 1 else f"{message}s")


def _line(settings: tuple[Setting, ...], name: str, default: Origin) -> Origin:
    """Return the line that decided a setting."""
    return next((setting.origin for setting in settings if setting.name == name), default)
