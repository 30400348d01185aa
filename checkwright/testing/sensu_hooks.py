"""Run hooks after a check as Sensu's agent does."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkwright.testing.sensu_command import environment, execute
from checkwright.testing.sensu_tokens import TokenError, substitute


@dataclass(frozen=True, slots=True)
class HookResult:
    """Result of one hook; `command` is as configured."""

    name: str
    command: str
    status: int
    output: str


def run_hooks(
    spec: Mapping[str, Any],
    status: int,
    hooks: Mapping[str, Mapping[str, Any]],
    *,
    data: Mapping[str, Any],
    event: bytes,
    agent: Mapping[str, str],
    assets: Sequence[Path] = (),
) -> tuple[HookResult, ...]:
    """Run the hooks of a check with this status in their order, each name once.

    hooks: HookConfigs by name. data: the agent's entity as tokens see it, also if the check is about another.
    """
    results: dict[str, HookResult] = {}
    for name in _names(spec.get("check_hooks") or (), status):
        if name not in results:
            results[name] = _run(name, hooks.get(name), data, event, environment(agent, assets))
    return tuple(results.values())


def _names(check_hooks: Sequence[Mapping[str, Sequence[str]]], status: int) -> Iterator[str]:
    severities = {0: "ok", 1: "warning", 2: "critical"}
    kinds = {str(status), severities.get(status, "unknown"), *(("non-zero",) if status else ())}
    for item in check_hooks:
        for kind, names in item.items():
            if kind in kinds:
                yield from names


def _run(
    name: str,
    config: Mapping[str, Any] | None,
    data: Mapping[str, Any],
    event: bytes,
    environment: Mapping[str, str],
) -> HookResult:
    spec = config["spec"] if config else {}
    command = str(spec.get("command") or "")
    timeout = int(spec.get("timeout") or 0)
    try:
        if config is None:
            raise TokenError("missing hook config")
        if not command or not timeout:
            raise TokenError("the hook is invalid")
        executed = str(substitute(command, data, "command"))
    except TokenError as error:
        # The agent runs a command that prints the error instead.
        executed, timeout, command = f"echo {shlex.quote(f'hook {name}: {error}')}; exit 2", 5, command
    stdin = event if spec.get("stdin") else b""
    status, output = execute(executed, environment=environment, stdin=stdin, timeout=timeout)
    return HookResult(name, command, status, output)
