"""Commands that a broker module in Nagios sends to queues, read from Nagios's own expansion of built files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.support.broker import Service

_MACRO = re.compile(r"\$(HOSTNAME|HOSTADDRESS|_HOST[A-Z0-9_]+)\$")


@dataclass(frozen=True)
class QueuedCommand:
    """Command of a host or service. queue: "" if Nagios runs it. command: the whole line with expanded macros."""

    queue: str
    command: str


def queued_commands(precached: str, broker: Mapping[str, str]) -> dict[Service, QueuedCommand]:
    """Return the command of each service, and of each host under the name "", by the module's rules for queues.

    precached: Nagios's expansion of the objects. broker: settings of the module.
    """
    assert (broker["services"], broker["hosts"], broker["do_hostchecks"]) == ("no", "no", "yes")
    variable = f"_{broker['queue_custom_variable']}"
    found = _definitions(precached)
    commands = {one["command_name"]: one["command_line"] for kind, one in found if kind == "command"}
    hosts = {one["host_name"]: one for kind, one in found if kind == "host"}
    handed = {}
    for kind, one in found:
        if kind in ("host", "service"):
            host = hosts[one["host_name"]]
            queue = one.get(variable, host.get(variable, "local"))
            line = _expanded(commands[one["check_command"]], host)
            handed[one["host_name"], one.get("service_description", "")] = QueuedCommand(
                "" if queue == "local" else queue, line
            )
    return handed


def settings(text: str) -> dict[str, str]:
    """Return the settings in the module's configuration file."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def _expanded(command: str, host: Mapping[str, str]) -> str:
    values = {"HOSTNAME": host["host_name"], "HOSTADDRESS": host["address"]}
    values |= {f"_HOST{name.removeprefix('_')}": value for name, value in host.items() if name.startswith("_")}
    return _MACRO.sub(lambda match: values[match[1]], command).replace("$$", "$")


def _definitions(text: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    for line in text.splitlines():
        if line.startswith("define "):
            found.append((line.split()[1], {}))
        elif line.startswith("\t") and line.strip() != "}":
            name, _, value = line.strip().partition("\t")
            found[-1][1][name] = value
    return found
