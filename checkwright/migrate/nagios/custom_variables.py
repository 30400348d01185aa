"""Custom variables: those of hosts as labels, and remarks about the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checkwright.migrate.nagios.command_macros import label_name
from checkwright.registry.rules.written_secrets import is_secret_label
from nagios_cfg.quote import label_fault
from nagios_cfg.reader import LiveHost, LiveService


def labels_of(host: LiveHost) -> tuple[dict[str, str], list[str]]:
    """Return the labels for a host's custom variables, and a sentence for each that cannot be one."""
    labels: dict[str, str] = {}
    left: list[str] = []
    for name, value in host.settings.items():
        if not name.startswith("_"):
            continue
        label = label_name(name[1:])
        if is_secret_label(label, value):
            left.append(f"the custom variable {name} looks like a secret, and is not a label")
        elif fault := label_fault(value):
            left.append(f"the custom variable {name} is not carried over: its value {fault}")
        else:
            labels[label] = value
    return labels, left


def unused_of(service: LiveService, commands: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence about the custom variables of a service that its command does not use."""
    command = service.settings.get("check_command", "")
    text = command + commands.get(command.partition("!")[0].strip(), "")
    unused = [name for name in service.settings if name.startswith("_") and f"$_SERVICE{name[1:]}$" not in text]
    if unused:
        yield f"its custom variables {', '.join(unused)} are not carried over: watches have none"
