"""Run commands as Sensu's agent runs checks and hooks: shell, environment, one pipe, timeout."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

#: Variables whose new value the agent puts in front of the old one.
_PREPENDED = ("PATH", "CPATH", "LD_LIBRARY_PATH")
#: Exit status that Go reports for a shell ended by a signal, -1, as the event stores it.
_SIGNALLED = 2**32 - 1


def environment(agent: Mapping[str, str], assets: Sequence[Path], *layers: Mapping[str, str]) -> dict[str, str]:
    """Return the agent's environment with the folders of unpacked assets and then each layer; the last one wins.

    The agent puts its own value of the prepended variables in front of itself, with or without assets: PATH is there
    twice, and a variable that is not set becomes `:`. Not modelled: the variable NAME_PATH of each asset.
    """
    merged = dict(agent)
    parts = {"PATH": "bin", "LD_LIBRARY_PATH": "lib", "CPATH": "include"}
    own = {
        name: "".join(f"{folder}/{part}:" for folder in assets) + agent.get(name, "") for name, part in parts.items()
    }
    for layer in (own, *layers):
        for name, value in layer.items():
            merged[name] = f"{value}:{merged.get(name, '')}" if name in _PREPENDED else value
    return merged


def execute(command: str, *, environment: Mapping[str, str], stdin: bytes, timeout: int) -> tuple[int, str]:
    """Run `sh -c COMMAND`. Returns its exit status and its output, both streams in one."""
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
    """Return the output before the kill. A daemon that left the process group may hold the pipe open forever."""
    try:
        return process.communicate(timeout=1)[0]
    except subprocess.TimeoutExpired as late:
        if process.stdout:
            process.stdout.close()
        process.wait()
        return late.output or b""
