"""Tasks of a batch: the entries of a plan for the selected hosts, with all placeholders filled in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from checkwright.core.errors import BadUsage
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.plan import Entry, Host, Placeholder, Plan, Word, as_account

#: Names that an error lists.
_NAMED = 10


@dataclass(frozen=True, slots=True)
class Task:
    """One watch on one host, ready to run. argv: the command of Nagios. env: variables added to the environment."""

    host: str
    watch: str
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    entry: Entry = field(repr=False)
    plan: Plan = field(repr=False, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """Host and watch, which no other task of a plan shares."""
        return self.host, self.watch


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Selection of a plan's tasks.

    hosts: hosts whose own watches run here. The virtual host of a role has the watches of the whole role.
    central: also the watches that the plan leaves to the monitoring server, of all hosts; not those of a pool.
    watches: patterns of names, () for all.
    passive: only watches whose results Nagios expects to receive.
    """

    hosts: tuple[str, ...] = ()
    central: bool = False
    watches: tuple[str, ...] = ()
    passive: bool = False


def tasks_of(plan: Plan, selected: TaskFilter) -> tuple[Task, ...]:
    """Return the selected tasks by host and watch. Raises BadUsage for unknown names, and if there is no task."""
    hosts = {host.name: host for host in plan.hosts}
    for name in selected.hosts:
        if name not in hosts:
            raise BadUsage(f"{plan.environment} has no host {name!r}{did_you_mean(name, hosts)}; it has {_some(hosts)}")
    found = {task.key: task for task in _tasks(plan, hosts, selected)}
    for pattern in selected.watches:
        if not any(fnmatchcase(watch, pattern) for _, watch in found):
            raise BadUsage(f"nothing called {pattern!r} runs here{_near_watch(plan, hosts, selected, pattern)}")
    if not found:
        raise BadUsage(_nothing(plan, hosts, selected))
    return tuple(
        found[key]
        for key in sorted(found)
        if not selected.watches or any(fnmatchcase(key[1], p) for p in selected.watches)
    )


def _tasks(plan: Plan, hosts: dict[str, Host], selected: TaskFilter) -> Iterator[Task]:
    for entry in plan.entries:
        if entry.parts:
            continue  # only Nagios knows the states of its parts
        if selected.passive and entry.transport != "passive":
            continue
        for name in entry.hosts:
            if _runs_here(entry, hosts[name], selected):
                yield _task(plan, entry, hosts[name])


def _runs_here(entry: Entry, host: Host, selected: TaskFilter) -> bool:
    if entry.where == "central" and not entry.pool and selected.central:
        return True
    return host.name in selected.hosts and (entry.where == "host" or host.virtual)


def _task(plan: Plan, entry: Entry, host: Host) -> Task:
    command, env = (entry.command, entry.env) if _is_own_account(entry.run_as) else as_account(entry)
    return Task(
        host=host.name,
        watch=entry.name,
        argv=tuple(_text(word, plan, entry, host) for word in command),
        env=env,
        entry=entry,
        plan=plan,
    )


def _is_own_account(account: str) -> bool:
    """Return whether this process runs as that account."""
    import pwd

    try:
        return bool(account) and pwd.getpwuid(os.geteuid()).pw_name == account
    except KeyError:
        return False


def _text(word: Word, plan: Plan, entry: Entry, host: Host) -> str:
    known = {"host": host.name, "address": host.address, "environment": plan.environment, "role": entry.role}
    text = ""
    for part in word:
        if isinstance(part, str):
            text += part
            continue
        value = known.get(part.name)
        if value is None:
            value = host.labels.get(part.name.removeprefix("label."))
        if value is None:
            raise BadUsage(
                f"{entry.id} needs {_described(part)}, which {host.name} does not have: build the plan again"
            )
        text += value
    return text


def _described(part: Placeholder) -> str:
    label = part.name.removeprefix("label.")
    return f"the label {label}" if label != part.name else f"the value {{{part.name}}}"


def _nothing(plan: Plan, hosts: dict[str, Host], selected: TaskFilter) -> str:
    where = " and ".join((*selected.hosts, *(("the monitoring server",) if selected.central else ())))
    passive = " as passive" if selected.passive else ""
    own = {name for name in selected.hosts if not hosts[name].virtual}
    central = sum(entry.where == "central" and not own.isdisjoint(entry.hosts) for entry in plan.entries)
    hint = f"; {central} of its watches run centrally (--central)" if central and not selected.central else ""
    return f"nothing in this plan of {plan.environment} runs on {where}{passive}{hint}"


def _near_watch(plan: Plan, hosts: dict[str, Host], selected: TaskFilter, pattern: str) -> str:
    names = sorted({task.watch for task in _tasks(plan, hosts, selected)})
    return f"{did_you_mean(pattern, names)}; there is {_some(names)}" if names else ""


def _some(names: Sequence[str] | dict[str, Host]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return (", ".join(listed[:_NAMED]) or "nothing") + more
