"""Run the commands of a plan directly: the reference for their results through Nagios and Sensu."""

import os
import pwd
import re
import subprocess
from dataclasses import dataclass

from checkwright.registry import plan_json
from checkwright.registry.plan import Entry, Placeholder, Plan, Word
from tests.end_to_end.installed_tools import ENVIRONMENT, checkctl
from tests.end_to_end.local_shop import LocalShop
from tests.support.nagios import STATES, own, scratch

#: A number with its unit, which depends on its size.
_NUMBER = re.compile(r"\d+(\.\d+)?( ([KMGTP]i)?B\b| (ms|s|min|h|days)\b)?")


@dataclass(frozen=True)
class PluginResult:
    """State, first line and metrics of a plugin, without values that differ from one moment to the next.

    Numbers in the text are `#`. A metric has label, unit, thresholds, minimum and maximum, but no value.
    """

    state: str
    text: str
    metrics: tuple[str, ...]


def plugin_result(state: str, text: str, perfdata: str) -> PluginResult:
    without_values = (re.sub(r"=[-\d.]+", "=", token) for token in perfdata.split())
    return PluginResult(state, _NUMBER.sub("#", text.strip()), tuple(without_values))


def for_agent(result: PluginResult) -> PluginResult:
    """Return a result as Sensu's agent gets it: without the metrics that have no value."""
    return PluginResult(result.state, result.text, tuple(metric for metric in result.metrics if has_value(metric)))


def has_value(metric: str) -> bool:
    """Return True for a metric with a value. One without, U, is not a metric for Sensu."""
    return not metric.partition("=")[2].startswith("U")


def split(output: str) -> tuple[str, str]:
    """Return the first line and the performance data of a plugin's output."""
    text, _, perfdata = output.partition("|")
    return text.strip().partition("\n")[0].strip(), perfdata.strip()


def run_directly(plan: Plan, entry: Entry, host: str) -> PluginResult:
    """Run an entry's command on a host as the user of Nagios, with no memory of earlier runs."""
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
    return plugin_result(STATES[done.returncode], *split(done.stdout))


def argv_of(plan: Plan, entry: Entry, host: str) -> list[str]:
    """Return an entry's command on a host, with its placeholders replaced."""
    machine = next(one for one in plan.hosts if one.name == host)
    values = {
        "host": host,
        "address": machine.address,
        "environment": plan.environment,
        "role": entry.role,
        **{f"label.{name}": value for name, value in machine.labels.items()},
    }

    def replaced(word: Word) -> str:
        return "".join(values[part.name] if isinstance(part, Placeholder) else part for part in word)

    return [replaced(word) for word in entry.command]


def plan_of(local: LocalShop) -> Plan:
    """Return the plan of the environment `here`, as `checkctl plan` writes it."""
    file = local.folder / "plan.json"
    checkctl(local.project, "plan", "here", "--out", file)
    return plan_json.loads(file.read_text())


def services_of(plan: Plan) -> dict[tuple[str, str], Entry]:
    """Return the plan's entries by host and service."""
    return {(host, entry.name): entry for entry in plan.entries for host in entry.hosts}
