"""Ports of the loopback interface, reserved against all other tests on this machine."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

#: Below the ports that the kernel gives to connections and to servers that bind port 0.
_PORTS = range(20_000, 32_768)
_LOCKS = Path(tempfile.gettempdir(), "checkwright-test-ports")
#: Locks of this process, each the file of one port. They end with the process.
_held: list[int] = []


def free_port() -> int:
    """Return a port for a server that cannot bind port 0. It belongs to this process until it ends."""
    _LOCKS.mkdir(exist_ok=True)
    if os.stat(_LOCKS).st_uid == os.geteuid():
        _LOCKS.chmod(0o1777)
    for port in random.sample(_PORTS, len(_PORTS)):
        if _lock(port) and _is_free(port):
            return port
    raise AssertionError(f"all ports from {_PORTS.start} to {_PORTS.stop - 1} are taken")


def closed_port() -> int:
    """Return a port without a server."""
    return free_port()


def _lock(port: int) -> bool:
    try:
        lock = os.open(_LOCKS / str(port), os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:
        return False  # another user's
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    _held.append(lock)
    return True


def _is_free(port: int) -> bool:
    """Return True if neither TCP nor UDP uses the port."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that have ended do not count
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
