"""Small plans, tasks and results for tests of the batch."""

import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from checkwright.batch.results import Result
from checkwright.batch.tasks import Task, TaskFilter, tasks_of
from checkwright.registry.plan import Entry, Host, Placeholder, Plan, Role, Site, Team, Word
from checkwright.registry.plan_json import dumps
from tests.nagios_cfg.plans import PAYMENTS, at, words

TEAM: Team = PAYMENTS

#: Plugin whose arguments define its result: `plugin STATE TEXT [SECONDS]`.
PLUGIN = """#!/bin/sh
[ -z "$3" ] || sleep "$3"
printf '%b\\n' "$2"
exit "$1"
"""


def plugin(folder: Path, text: str = PLUGIN) -> str:
    """Make an executable that any user may run. Returns its path."""
    path = folder / "plugin"
    path.write_text(text)
    path.chmod(stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    return str(path)


def entry(name: str, *argv: str | Word, **fields: Any) -> Entry:
    """Return a watch of the role web on web-1: a foreign plugin, or the check in `check`."""
    given: dict[str, Any] = {
        "id": f"web:{name}",
        "name": name,
        "role": "web",
        "plugin": "" if fields.get("check") else str(argv[0]) if argv else "/bin/true",
        "command": words(*argv) if argv else words("/bin/true"),
        "transport": "passive",
        "owner": "payments",
        "origin": at(20),
        "hosts": ("web-1",),
    }
    return Entry(**given | fields)


def plan(*entries: Entry, labels: Mapping[str, str] | None = None, **fields: Any) -> Plan:
    """Return a plan: machines web-1 and web-2 of the role web, mon-1 without watches, and a role without machines."""
    given: dict[str, Any] = {
        "project": "shop",
        "environment": "test",
        "site": Site(),
        "teams": (TEAM,),
        "roles": (
            Role(name="queue", owner="payments", virtual_host="queue.test", origin=at(3)),
            Role(name="web", owner="payments", hosts=("web-1", "web-2"), origin=at(2)),
        ),
        "hosts": (
            Host(name="mon-1", address="127.0.0.1", origin=at(5)),
            Host(name="queue.test", address="", roles=("queue",), virtual=True, origin=at(3)),
            Host(name="web-1", address="127.0.0.1", roles=("web",), labels=labels or {"port": "80"}, origin=at(6)),
            Host(name="web-2", address="127.0.0.2", roles=("web",), labels={"port": "81"}, origin=at(7)),
        ),
        "entries": entries,
    }
    return Plan(**given | fields)


def written(path: Path, content: Plan) -> Path:
    """Write a plan to a file that replaces the previous one as a whole, as checkctl does."""
    draft = path.with_suffix(".new")
    draft.write_text(dumps(content))
    draft.replace(path)
    return path


def task(name: str = "disk", host: str = "web-1", **fields: Any) -> Task:
    made = plan(entry(name, **{"hosts": (host,)} | fields))
    if host not in {one.name for one in made.hosts}:
        extra = Host(name=host, address="127.0.0.1", roles=("web",), origin=at(8))
        made = replace(made, hosts=(*made.hosts, extra))
    (found,) = tasks_of(made, TaskFilter(hosts=(host,)))
    return found


def result(
    output: str = "fine",
    code: int = 0,
    *,
    of: Task | None = None,
    started: float = 1_800_000_000.25,
    seconds: float = 0.5,
) -> Result:
    return Result(of or task(), code, output, started, seconds)


__all__ = ["PLUGIN", "Placeholder", "entry", "plan", "plugin", "result", "task", "words", "written"]
