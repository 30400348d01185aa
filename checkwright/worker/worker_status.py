"""Status of a running worker: read from its status socket, and written for people."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

from checkwright.core.errors import CannotDo
from checkwright.core.text import format_number, format_seconds

_SECONDS = 5.0
#: Bytes, many times the status of the largest worker.
_LARGEST = 10_000_000


def read_status(path: str) -> dict[str, Any]:
    """Return the status of the worker that serves this status socket. Raises CannotDo."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(_SECONDS)
            client.connect(path)
            data = b""
            while len(data) < _LARGEST and (part := client.recv(262_144)):
                data += part
        found: dict[str, Any] = json.loads(data)
        return found
    except FileNotFoundError:
        raise CannotDo(
            f"No worker runs here: there is no {path}; name another path with --status-socket if it has one."
        ) from None
    except ConnectionRefusedError:
        raise CannotDo(f"No worker answers at {path}: it was killed, or does not run yet.") from None
    except PermissionError:
        raise CannotDo(
            f"You may not ask the worker at {path}: run this as its user or as a member of its group."
        ) from None
    except TimeoutError:
        raise CannotDo(f"The worker at {path} does not answer within {_SECONDS:g} s.") from None
    except (OSError, ValueError) as error:
        raise CannotDo(f"{path} is not a worker's status socket: {error}.") from None


def status_lines(status: dict[str, Any]) -> Iterator[str]:
    """Return the status for people, line by line."""
    counts = status["counts"]
    yield f"worker {status['pid']}, up {format_seconds(status['up'])}, {format_number(status['memory'], 'B')} in all"
    took = ", ".join(f"{name} {format_seconds(status[name])}" for name in ("p50", "p99") if status[name] is not None)
    yield f"latency: {took or 'no answers yet'} (last 5 to 10 minutes)"
    oldest = f", the oldest for {format_seconds(status['oldest'])}" if status["held"] else ""
    yield f"now: {status['held']} jobs held{oldest}, {status['waiting']} of them waiting"
    yield (
        f"since start: {counts['jobs']} jobs, {counts['threads']} in threads, {counts['processes']} in processes of "
        f"their own, {counts['timeouts']} timeouts"
    )
    yield (
        f"processes: {counts['ended']} ended or were killed, {counts['replaced']} replaced, all renewed "
        f"{counts['renewed']} times, {status['isolated']} commands isolated"
    )
    for one in status["processes"]:
        stuck = f", {one['stuck']} threads stuck" if one["stuck"] else ""
        yield (
            f"  {one['kind'].replace('_', ' ')} {one['pid']}: {'ready' if one['ready'] else 'not ready'}, "
            f"{one['held']} held, {one['jobs']} jobs, {format_number(one['memory'], 'B')}{stuck}"
        )
    for one in status["frontends"]:
        state = "connected" if one["connected"] else "NOT CONNECTED"
        yield f"frontend {one['name']}: {state}, {one['jobs']} jobs, {one['held']} held"
