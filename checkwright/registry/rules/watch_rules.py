"""Rules about single watches: names, options, secrets, times and accounts."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.core.check import Check
from checkwright.core.errors import BadUsage
from checkwright.registry.findings import Finding
from checkwright.registry.model.durations import format_seconds
from checkwright.registry.plan import Origin
from checkwright.registry.rules.subject import RegistryRule, Subject

#: Words in the name of a variable that holds a secret, and the last words of one that only says where to find it.
_SECRET_WORDS = frozenset(["SECRET", "PASSWORD", "PASSWD", "TOKEN", "CREDENTIAL", "CREDENTIALS", "APIKEY"])
_PLACE_WORDS = frozenset(["FILE", "PATH", "DIR", "URL"])


class DuplicateWatch(RegistryRule):
    """Two watches on one host have the same name.

    A watch is named after its check by default. Names count across all roles of a host.

    Wrong:
        Watch(TcpPort(host="{address}", port=22)),
        Watch(TcpPort(host="{address}", port=443)),

    Right:
        Watch(TcpPort(host="{address}", port=22), name="ssh"),
        Watch(TcpPort(host="{address}", port=443), name="https"),
    """

    id = "R013"
    hint = 'give one of them a name="..."'

    def find(self, subject: Subject) -> Iterator[Finding]:
        relative = subject.registry.relative
        roles = {role.name: role for role in subject.resolved.roles}
        hosts: dict[tuple[str, ...], str] = {(role,): "" for role in roles}
        for machine in subject.resolved.machines:
            hosts.setdefault(tuple(sorted({name for name in machine.roles if name in roles})), machine.name)
        for names, host in hosts.items():
            seen: dict[tuple[str, str], tuple[str, Origin]] = {}
            for role in names:
                for watch in roles[role].watches:
                    # A watch per role is on the role's own virtual host.
                    key = (watch.name, role if watch.per == "role" else "")
                    other, origin = seen.setdefault(key, (role, watch.origin))
                    if origin is not watch.origin and (other != role or not host):
                        both = f"{role}:{watch.name} and {other}:{watch.name} ({relative(origin)})"
                        problem = f"are both on host {host!r}" if host else "have the same name"
                        yield self.finding(watch.origin, f"{both} {problem}")


class InconsistentOptions(RegistryRule):
    """A check refuses the combination of its options.

    Wrong:
        Watch(SystemdUnit()),

    Right:
        Watch(SystemdUnit(failed=True)),
    """

    id = "R021"
    hint = "see check NAME --help"

    def find(self, subject: Subject) -> Iterator[Finding]:
        problems: dict[Check, str] = {}
        for entry, _, check in subject.entries():
            if check is None:
                continue
            if check not in problems:
                has_placeholders = any(len(word) > 1 or not isinstance(word[0], str) for word in entry.command)
                problems[check] = "" if has_placeholders else _problem(check)
            if problems[check]:
                yield self.finding(entry.origin, f"{entry.id}: {problems[check]}")


class ShadowedCheck(RegistryRule):
    """The command of a watch would run a different check of the same name, or none.

    `check NAME` searches the built-in checks first, then the project, then installed packages. So a project cannot have
    a check with the name of a built-in one.

    Wrong:
        # plugins/disk.py of the project defines `class Disk(Check)`
        from shop.plugins.disk import Disk as ShopDisk
        Watch(ShopDisk()),

    Right:
        # plugins/shop_disk.py defines `class ShopDisk(Check)`
        from shop.plugins.shop_disk import ShopDisk
        Watch(ShopDisk()),
    """

    id = "R022"
    hint = "rename the check"

    def find(self, subject: Subject) -> Iterator[Finding]:
        kinds = {type(check): entry for entry, _, check in reversed(list(subject.entries())) if check is not None}
        if not kinds:
            return
        first: dict[str, tuple[str, str]] = {}
        for found in subject.registry.checks:
            first.setdefault(found.name, (found.module, found.file))
        for kind, entry in kinds.items():
            module, file = first.get(kind.title(), ("", ""))
            if module != kind.__module__:
                other = f"the one in {file}" if file else f"none: checks are not looked for in {kind.__module__}"
                message = f"{entry.id} uses {kind.__name__} of {kind.__module__}, and `check {kind.title()}` finds"
                yield self.finding(entry.origin, f"{message} {other}")


class SecretInEnvironment(RegistryRule):
    """A watch sets an environment variable that looks like a secret.

    Everybody who may read the generated files would see its value.

    Wrong:
        Watch(Http(url="https://{address}/"), env={"API_TOKEN": "hunter2"}),

    Right:
        Watch(Http(url="https://{address}/"), env={"API_TOKEN_FILE": "/etc/checkwright/secrets/api"}),
    """

    id = "R023"
    hint = "set a variable that names a file, or give the option a Secret(file=...)"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for entry in subject.resolved.plan.entries:
            for name, _ in entry.env:
                words = name.upper().split("_")
                if _SECRET_WORDS & set(words) and not _PLACE_WORDS & set(words[-1:]):
                    message = f"{entry.id} sets {name}, and everybody who reads the generated files would see its value"
                    yield self.finding(entry.origin, message)


class DeadlineBeyondInterval(RegistryRule):
    """A check may take longer than the time until its next run.

    Wrong:
        Watch(Disk(), every="30s", deadline="1m"),

    Right:
        Watch(Disk(), every="5m", deadline="1m"),
    """

    id = "R025"
    severity = "warning"
    hint = "increase every=, or decrease deadline="

    def find(self, subject: Subject) -> Iterator[Finding]:
        for entry in subject.resolved.plan.entries:
            if entry.deadline > entry.interval:
                interval, deadline = map(format_seconds, (entry.interval, entry.deadline))
                yield self.finding(entry.origin, f"{entry.id} runs every {interval} and may take {deadline}")


class AccountWithoutMachine(RegistryRule):
    """A watch has `run_as`, and does not run on its machine.

    sudo changes the account on the machine that is watched. The monitoring server and pools run all_checks as one
    account.

    Wrong:
        Watch(TcpPort(host="{address}", port=22), where="central", run_as="root"),

    Right:
        Watch(TcpPort(host="{address}", port=22), where="central"),
    """

    id = "R031"
    hint = 'leave run_as out, or let it run on its machine: where="host"'

    def find(self, subject: Subject) -> Iterator[Finding]:
        for entry in subject.resolved.plan.entries:
            if entry.run_as and entry.where != "host":
                origin = next(one.origin for one in entry.settings if one.name == "run_as")
                message = f"{entry.id} has run_as={entry.run_as!r} and does not run on the machine that it watches"
                yield self.finding(origin, message)


def _problem(check: Check) -> str:
    try:
        check.validate()
    except BadUsage as error:
        return str(error)
    except Exception as error:
        return f"{type(check).__name__}.validate() failed: {type(error).__name__}: {error}"
    return ""
