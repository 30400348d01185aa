"""What the commands of a plan say when a person runs them: the measure for what Nagios and Sensu make of them."""

import os
import pwd
import re
import subprocess
from dataclasses import dataclass

from checkwright.registry import plan_json
from checkwright.registry.plan import Entry, Placeholder, Plan, Word
from tests.end_to_end.here import Here
from tests.end_to_end.installed_tools import ENVIRONMENT, checkctl
from tests.support.nagios import STATES, own, scratch

#: A number, with the unit that changes with its size.
_NUMBER = re.compile(r"\d+(\.\d+)?( ([KMGTP]i)?B\b| (ms|s|min|h|days)\b)?")


@dataclass(frozen=True)
class Said:
    """A state, a first line, and metrics, without what differs from one moment to the next.

    Numbers in the text are `#`; a metric has its label, unit, thresholds, least and greatest, but no value.
    """

    state: str
    text: str
    metrics: tuple[str, ...]


def said(state: str, text: str, perfdata: str) -> Said:
    without_values = (re.sub(r"=[-\d.]+", "=", token) for token in perfdata.split())
    return Said(state, _NUMBER.sub("#", text.strip()), tuple(without_values))


def split(output: str) -> tuple[str, str]:
    """The first line and the performance data of what a plugin printed."""
    text, _, perfdata = output.partition("|")
    return text.strip().partition("\n")[0].strip(), perfdata.strip()


def by_hand(plan: Plan, entry: Entry, host: str) -> Said:
    """Run an entry's command on a host as the user that Nagios is, for the first time: nothing is remembered."""
    user = pwd.getpwnam("nagios") if os.geteuid() == 0 else None
    with scratch() as memory:
        own(memory)
        done = subprocess.run(
            argv_of(plan, entry, host),
            env=ENVIRONMENT | dict(entry.env) | {"CHECKS_STATE_DIR": str(memory)},
            cwd=os.sep,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )
    return said(STATES[done.returncode], *split(done.stdout))


def argv_of(plan: Plan, entry: Entry, host: str) -> list[str]:
    """An entry's command on a host, as a person would type it."""
    machine = next(one for one in plan.hosts if one.name == host)
    values = {
        "host": host,
        "address": machine.address,
        "environment": plan.environment,
        "role": entry.role,
        **{f"label.{name}": value for name, value in machine.labels.items()},
    }

    def typed(word: Word) -> str:
        return "".join(values[part.name] if isinstance(part, Placeholder) else part for part in word)

    return [typed(word) for word in entry.command]


def plan_of(here: Here) -> Plan:
    """The plan of the environment `here`, as `checkctl plan` writes it."""
    file = here.folder / "plan.json"
    checkctl(here.project, "plan", "here", "--out", file)
    return plan_json.loads(file.read_text())


def services_of(plan: Plan) -> dict[tuple[str, str], Entry]:
    """The plan's entries by host and service."""
    return {(host, entry.name): entry for entry in plan.entries for host in entry.hosts}
