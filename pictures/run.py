"""Runs a command of this checkout as a person does, and keeps what a terminal shows."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

#: Folder of `checkctl` and its neighbours: that of the Python that runs this.
BIN = Path(sys.executable).parent
_ROWS, _TIMEOUT = 200, 300


class Unexpected(Exception):
    """Error of a command that ended in another way than a picture needs: one sentence and its output."""


def in_terminal(words: Sequence[str], folder: Path, columns: int, expected: int) -> str:
    """Run a program in a terminal of `columns`, and return its output with the codes of colours.

    Remarks on standard error come after the result, without colours. expected: the exit code. Raises Unexpected.
    """
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))
    environment = _environment(folder) | {"TERM": "xterm-256color", "COLUMNS": str(columns)}
    with subprocess.Popen(words, cwd=folder, env=environment, stdout=terminal, stderr=subprocess.PIPE) as process:
        os.close(terminal)
        output = bytearray()
        with suppress(OSError):  # the end of the program is an error of the terminal
            while part := os.read(controller, 65_536):
                output += part
        os.close(controller)
        remarks = process.communicate(timeout=_TIMEOUT)[1]
    text = (bytes(output).replace(b"\r\n", b"\n") + remarks).decode()
    if process.returncode != expected:
        raise Unexpected(f"{' '.join(words)} ended with {process.returncode} instead of {expected}:\n{text}")
    return text


def silently(words: Sequence[str], folder: Path, expected: int = 0) -> str:
    """Run a program that a picture needs but does not show, and return its output. Raises Unexpected."""
    done = subprocess.run(
        words, cwd=folder, env=_environment(folder), capture_output=True, text=True, timeout=_TIMEOUT, check=False
    )
    if done.returncode != expected:
        raise Unexpected(
            f"{' '.join(words)} ended with {done.returncode} instead of {expected}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout


def _environment(folder: Path) -> dict[str, str]:
    """Return the variables of a run: none of the person who makes the pictures."""
    return {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8", "TZ": "UTC"}
