"""Run a Sensu check as an agent would, where no Sensu is: same tokens, shell, environment, metrics and event.

    event = run(check, entity)
    assert event.status == 0
    assert {point.name: point.value for point in event.points} == {"load1": 0.3}

`check` and `entity` are documents as in a file for `sensuctl create`. Not modelled: hooks, metric thresholds,
allow lists, and how a backend merges events into a history.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.kit.sensu_tokens import TokenError, substitute

#: The environment of an agent that systemd started.
AGENT_ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
}
#: The agent puts a new value of these in front of the old one.
_PREPENDED = ("PATH", "CPATH", "LD_LIBRARY_PATH")
#: What Go gives as exit status of a shell that a signal ended, -1, as the event stores it.
_SIGNALLED = 2**32 - 1
_NUMBER_CHARACTERS = frozenset("0123456789.-")


@dataclass(frozen=True, slots=True)
class Point:
    """One extracted metric; `timestamp` is the second in which the check started."""

    name: str
    value: float
    timestamp: int
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """What the agent sends: the check as configured, its result, and the entity that it is about."""

    entity: str
    check: Mapping[str, Any]
    status: int
    output: str
    executed: int
    duration: float
    points: tuple[Point, ...] = ()

    @property
    def stored_output(self) -> str:
        """The output that the backend keeps: cut at max_output_size bytes, even inside a character."""
        limit = self.check["spec"].get("max_output_size") or 0
        encoded = self.output.encode(errors="surrogateescape")
        return (encoded[:limit] if limit else encoded).decode(errors="replace")

    def document(self) -> dict[str, Any]:
        """The event as JSON data, check and metrics as Sensu's API shows them."""
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
        if self.check["spec"].get("output_metric_format"):
            points = [
                {
                    "name": point.name,
                    "value": point.value,
                    "timestamp": point.timestamp,
                    "tags": [{"name": name, "value": value} for name, value in point.tags],
                }
                for point in self.points
            ]
            event["metrics"] = {"points": points}
        return event


def run(
    check: Mapping[str, Any],
    entity: Mapping[str, Any],
    *,
    proxy: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    assets: Sequence[Path] = (),
    environment: Mapping[str, str] = AGENT_ENVIRONMENT,
) -> Event:
    """Run a CheckConfig on the agent whose entity is given, and return the event.

    `proxy` is the entity that a check with proxy_requests is about: the backend substitutes with it first.
    `secrets` are values by the name of the Secret resource; `assets` folders of unpacked assets.
    Runs a real shell and waits for it; without a timeout in the check, as long as it takes.
    """
    executed = int(time.time())
    started = time.monotonic()
    config: Mapping[str, Any] = check
    about = check["spec"].get("proxy_entity_name") or entity["metadata"]["name"]
    try:
        if proxy is not None:
            config = substitute(config, token_data(proxy, with_system=False))
            about = proxy["metadata"]["name"]
        config = substitute(config, token_data(entity))
        spec = config["spec"]
        _refuse_bad_variables(spec.get("env_vars") or ())
        status, output = _execute(
            str(spec.get("command") or ""),
            environment=_environment(spec, environment, secrets or {}, assets),
            stdin=_event_for_stdin(check, entity, executed) if spec.get("stdin") else b"",
            timeout=int(spec.get("timeout") or 0),
        )
    except TokenError as error:
        status, output = 3, str(error)
    tags = tuple((str(tag["name"]), str(tag["value"])) for tag in check["spec"].get("output_metric_tags") or ())
    wanted = check["spec"].get("output_metric_format") == "nagios_perfdata"
    return Event(
        entity=about,
        check=check,
        status=status,
        output=output,
        executed=executed,
        duration=time.monotonic() - started,
        points=perfdata_points(output, executed, tags) if wanted else (),
    )


def token_data(entity: Mapping[str, Any], *, with_system: bool = True) -> dict[str, Any]:
    """An entity as a token sees it: metadata beside the spec. The backend knows nothing of `system`."""
    data = {**entity.get("spec", {}), **entity.get("metadata", {})}
    if not with_system:
        data.pop("system", None)
    return data


def _refuse_bad_variables(env_vars: Sequence[str]) -> None:
    for pair in env_vars:
        name, _, value = pair.partition("=")
        if not name or not value:
            raise TokenError("given check is invalid: environment variables must be of the form FOO=BAR")


def _environment(
    spec: Mapping[str, Any], agent: Mapping[str, str], secrets: Mapping[str, str], assets: Sequence[Path]
) -> dict[str, str]:
    merged = dict(agent)
    layers: list[dict[str, str]] = [
        {"PATH": f"{folder}/bin", "LD_LIBRARY_PATH": f"{folder}/lib", "CPATH": f"{folder}/include"} for folder in assets
    ]
    layers.append(
        {one["name"]: secrets[one["secret"]] for one in spec.get("secrets") or () if one["secret"] in secrets}
    )
    layers.append(dict(pair.split("=", 1) for pair in spec.get("env_vars") or ()))
    for layer in layers:
        for name, value in layer.items():
            merged[name] = f"{value}:{merged.get(name, '')}" if name in _PREPENDED else value
    return merged


def _event_for_stdin(check: Mapping[str, Any], entity: Mapping[str, Any], executed: int) -> bytes:
    event = Event(entity=entity["metadata"]["name"], check=check, status=0, output="", executed=executed, duration=0)
    return json.dumps(event.document()).encode()


def _execute(command: str, *, environment: Mapping[str, str], stdin: bytes, timeout: int) -> tuple[int, str]:
    """Exit status and output of `sh -c COMMAND`, both streams in one."""
    try:
        process = subprocess.Popen(
            ["sh", "-c", command],
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            process_group=0 if timeout else None,
        )
    except (OSError, ValueError) as error:
        return 3, str(error)
    timed_out = False
    try:
        written, _ = process.communicate(stdin or None, timeout=timeout or None)
    except subprocess.TimeoutExpired:
        timed_out = True
        os.killpg(process.pid, signal.SIGKILL)
        written = _rest(process)
    output = written.decode(errors="surrogateescape")
    if timed_out:
        return 2, "Execution timed out\n" + output
    return (_SIGNALLED if process.returncode < 0 else process.returncode), output


def _rest(process: subprocess.Popen[bytes]) -> bytes:
    """What was written before the kill. A daemon that left the process group may hold the pipe for ever."""
    try:
        return process.communicate(timeout=1)[0]
    except subprocess.TimeoutExpired as late:
        if process.stdout:
            process.stdout.close()
        process.wait()
        return late.output or b""


def perfdata_points(output: str, timestamp: int, tags: tuple[tuple[str, str], ...] = ()) -> tuple[Point, ...]:
    """Metrics of output_metric_format nagios_perfdata, by the agent's own grammar and not Nagios's.

    The whole output must hold exactly one bar. Labels keep their quotes, units are not scaled.
    """
    parts = output.split("|")
    if len(parts) != 2:
        return ()
    points = []
    for token in parts[1].strip().split(" "):
        label_and_value = token.strip().split(";")[0].split("=")
        if len(label_and_value) != 2:
            continue
        label, text = label_and_value
        try:
            value = float("".join(char for char in text if char in _NUMBER_CHARACTERS))
        except ValueError:
            continue
        points.append(Point(label, value, timestamp, tags))
    return tuple(points)
