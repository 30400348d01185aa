"""Run a Sensu check as an agent does, without Sensu: same tokens, shell, environment, metrics and event.

    event = run(check, entity)
    assert event.status == 0
    assert {point.name: point.value for point in event.points} == {"load1": 0.3}

`check`, `entity` and hooks are documents as in a file for `sensuctl create`. Tests compare tokens, metrics, commands
and events with those of a real agent. Not modelled: allow lists, metric formats other than nagios_perfdata, the
backend's rules for events other than that for environment variables, and requests that never reach an agent, since the
backend cannot substitute the tokens of a proxy request. Nor are events that no command makes (keepalives, an expired
ttl), and the fields of events that the backend's memory or the agent's machine decides: history, state, occurrences,
issued, scheduler, sequence, id, system, and everything of the entity but its name.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from checkwright.testing.sensu_command import environment as merged
from checkwright.testing.sensu_command import execute
from checkwright.testing.sensu_hooks import HookResult, run_hooks
from checkwright.testing.sensu_metrics import Point, perfdata_errors, perfdata_points, threshold_status
from checkwright.testing.sensu_tokens import TokenError, substitute

#: Environment of an agent that systemd started.
AGENT_ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Event that the agent sends: the check, its result, and the name of its entity.

    check: with the values of its tokens, except in the command. discarded: the backend's reason to discard the event,
    "" if it keeps it. errors: messages in the agent's log about metrics that it cannot read.
    """

    entity: str
    check: Mapping[str, Any]
    status: int
    output: str
    executed: int
    duration: float
    points: tuple[Point, ...] = ()
    hooks: tuple[HookResult, ...] = ()
    discarded: str = ""
    errors: tuple[str, ...] = ()

    @property
    def stored_output(self) -> str:
        """Output that the backend stores: cut at max_output_size bytes, even inside a character."""
        limit = self.check["spec"].get("max_output_size") or 0
        encoded = self.output.encode(errors="surrogateescape")
        return (encoded[:limit] if limit else encoded).decode(errors="replace")

    def document(self) -> dict[str, Any]:
        """Return the event as JSON data, as Sensu's API shows it."""
        result = {
            "status": self.status,
            "output": self.stored_output,
            "executed": self.executed,
            "duration": self.duration,
        }
        event: dict[str, Any] = {
            "timestamp": int(self.executed + self.duration),
            "entity": {"metadata": {"name": self.entity}},
            "check": {"metadata": self.check["metadata"], **self.check["spec"], **result},
        }
        spec = self.check["spec"]
        if spec.get("pipelines"):
            event["pipelines"] = spec["pipelines"]
        if spec.get("output_metric_format") or spec.get("output_metric_handlers"):
            points = [
                {
                    "name": point.name,
                    "value": point.value,
                    "timestamp": point.timestamp,
                    "tags": [{"name": name, "value": value} for name, value in point.tags],
                }
                for point in self.points
            ]
            event["metrics"] = {"handlers": spec.get("output_metric_handlers") or [], "points": points}
        if self.hooks:
            event["check"]["hooks"] = [asdict(hook) for hook in self.hooks]
        return event


def run(
    check: Mapping[str, Any],
    entity: Mapping[str, Any],
    *,
    proxy: Mapping[str, Any] | None = None,
    hooks: Mapping[str, Mapping[str, Any]] | None = None,
    secrets: Mapping[str, str] | None = None,
    assets: Sequence[Path] = (),
    environment: Mapping[str, str] = AGENT_ENVIRONMENT,
) -> Event:
    """Run a CheckConfig on the agent with this entity, and return the event.

    proxy: entity of a check with proxy_requests; the backend substitutes its tokens first. hooks: HookConfigs by name.
    secrets: values by the name of the Secret resource. assets: folders of unpacked assets. Runs a real shell and waits
    until it ends; only a timeout in the check limits that.
    """
    executed = int(time.time())
    started = time.monotonic()
    config: Mapping[str, Any] = check
    about = check["spec"].get("proxy_entity_name") or entity["metadata"]["name"]
    if proxy is not None:
        about = proxy["metadata"]["name"]
    event = Event(entity=about, check=check, status=3, output="", executed=executed, duration=0)
    try:
        if proxy is not None:
            config = substitute(config, token_data(proxy, with_system=False))
        command = config["spec"].get("command")
        config = substitute(config, token_data(entity))
    except TokenError as error:
        return replace(event, output=f"error while substituting check tokens: {error}")
    spec = config["spec"]
    # The values of tokens in the command stay secret.
    shown = {**config, "spec": {**spec, **({"command": command} if command is not None else {})}}
    event = replace(event, check=shown, discarded=_bad_variables(spec.get("env_vars") or ()))
    status, output = execute(
        str(spec.get("command") or ""),
        environment=merged(environment, assets, _secrets(spec, secrets or {}), _variables(spec)),
        stdin=_as_input(replace(event, status=0), entity) if spec.get("stdin") else b"",
        timeout=int(spec.get("timeout") or 0),
    )
    tags = tuple((str(tag["name"]), str(tag["value"])) for tag in spec.get("output_metric_tags") or ())
    has_metrics = spec.get("output_metric_format") == "nagios_perfdata"
    points = perfdata_points(output, executed, tags) if has_metrics else ()
    errors = perfdata_errors(output) if has_metrics else ()
    if status == 0 and points:
        status = threshold_status(points, spec.get("output_metric_thresholds") or ())
    duration = time.monotonic() - started
    event = replace(event, status=status, output=output, duration=duration, points=points, errors=errors)
    ran = run_hooks(
        spec,
        status,
        hooks or {},
        data=token_data(entity),
        event=_as_input(event, entity),
        agent=environment,
        assets=assets,
    )
    return replace(event, hooks=ran, output="" if spec.get("discard_output") else output)


def token_data(entity: Mapping[str, Any], *, with_system: bool = True) -> dict[str, Any]:
    """Return the data of an entity that tokens can use: metadata and spec in one. The backend lacks `system`."""
    data = {**entity.get("spec", {}), **entity.get("metadata", {})}
    if not with_system:
        data.pop("system", None)
    return data


def _bad_variables(env_vars: Sequence[str]) -> str:
    """Return the backend's reason to discard an event with these variables, "" for none."""
    for pair in env_vars:
        name, _, value = pair.partition("=")
        if not name or not value:
            return "environment variables must be of the form FOO=BAR"
    return ""


def _secrets(spec: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
    return {one["name"]: known[one["secret"]] for one in spec.get("secrets") or () if one["secret"] in known}


def _variables(spec: Mapping[str, Any]) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in spec.get("env_vars") or ())


def _as_input(event: Event, agent: Mapping[str, Any]) -> bytes:
    """Return the event that a command reads on stdin. It has the agent's entity, also if the check is about another."""
    return json.dumps(replace(event, entity=agent["metadata"]["name"]).document()).encode()
