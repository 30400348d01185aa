"""What a running worker says of itself, asked for and shown."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

from checkwright.core.errors import CannotDo
from checkwright.core.text import format_number, format_seconds

_SECONDS = 5.0


def asked(path: str) -> dict[str, Any]:
    """The status of the worker whose status socket this is. Raises CannotDo."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(_SECONDS)
            client.connect(path)
            data = b""
            while part := client.recv(262_144):
                data += part
        found: dict[str, Any] = json.loads(data)
        return found
    except FileNotFoundError:
        hint = "name the worker's --status-socket"
        raise CannotDo(f"No worker runs here: there is no {path}; {hint} where it is another.") from None
    except ConnectionRefusedError:
        raise CannotDo(f"No worker answers at {path}: it was killed, or does not run yet.") from None
    except PermissionError:
        raise CannotDo(f"You may not ask the worker at {path}: be its user, or in its group.") from None
    except TimeoutError:
        raise CannotDo(f"The worker at {path} does not answer within {_SECONDS:g} s.") from None
    except (OSError, ValueError) as error:
        raise CannotDo(f"{path} is not a worker's status socket: {error}.") from None


def shown(status: dict[str, Any]) -> Iterator[str]:
    """For people, line by line."""
    counts = status["counts"]
    yield f"worker {status['pid']}, up {format_seconds(status['up'])}, {format_number(status['memory'], 'B')} in all"
    took = ", ".join(f"{name} {format_seconds(status[name])}" for name in ("p50", "p99") if status[name] is not None)
    yield f"answers: {took or 'none yet'} (the last 5 to 10 minutes)"
    oldest = f", the oldest for {format_seconds(status['oldest'])}" if status["held"] else ""
    yield f"now: {status['held']} jobs held{oldest}, {status['waiting']} of them waiting"
    yield (
        f"since start: {counts['jobs']} jobs, {counts['threads']} in threads, {counts['processes']} in processes of "
        f"their own, {counts['timeouts']} timeouts"
    )
    yield (
        f"processes: {counts['ended']} ended by themselves or were killed, {counts['replaced']} were replaced, "
        f"all renewed {counts['renewed']} times, {status['apart']} commands kept apart"
    )
    for one in status["processes"]:
        stuck = f", {one['stuck']} threads stuck" if one["stuck"] else ""
        yield (
            f"  {one['kind']} {one['pid']}: {'ready' if one['ready'] else 'not ready'}, {one['held']} held, "
            f"{one['jobs']} jobs, {format_number(one['memory'], 'B')}{stuck}"
        )
    for door in status["doors"]:
        state = "connected" if door["connected"] else "NOT CONNECTED"
        yield f"door {door['name']}: {state}, {door['jobs']} jobs, {door['held']} held"
