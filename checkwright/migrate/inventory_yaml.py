"""Inventory in YAML from the hosts of a draft: one line for each host where it fits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from checkwright.migrate.draft import DraftEnvironment, DraftHost
from checkwright.migrate.python_source import WIDTH

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*|\d{1,3}(\.\d{1,3}){3}")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))


def written(environment: DraftEnvironment) -> str:
    """Return the text of inventory/ENVIRONMENT.yaml."""
    lines = [f"# The hosts of {environment.name}, and what each of them is.", "hosts:"]
    for host in environment.hosts:
        pairs = list(_pairs(host))
        line = f"  - {{{', '.join(f'{name}: {value}' for name, value in pairs)}}}"
        if len(line) <= WIDTH:
            lines.append(line)
        else:
            lines += (f"  {'- ' if not number else '  '}{name}: {value}" for number, (name, value) in enumerate(pairs))
    if not environment.hosts:
        lines[-1] = "hosts: []"
    return "\n".join(lines) + "\n"


def _pairs(host: DraftHost) -> Iterator[tuple[str, str]]:
    yield "name", _scalar(host.name)
    yield "address", _scalar(host.address)
    if host.roles:
        yield "roles", f"[{', '.join(map(_scalar, host.roles))}]"
    if host.labels:
        yield "labels", "{" + ", ".join(f"{_scalar(name)}: {_scalar(value)}" for name, value in host.labels) + "}"
    if host.parents:
        yield "parents", f"[{', '.join(map(_scalar, host.parents))}]"


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())
