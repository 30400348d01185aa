"""Notifications to systemd for a unit of Type=notify: states, and keepalives for WatchdogSec=.

Without the variables that systemd sets they do nothing.
"""

from __future__ import annotations

import asyncio
import os
import socket


def notify(state: str) -> None:
    """Send one state such as READY=1."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.setblocking(False)  # a manager that does not read must not stop the worker
        try:
            client.connect("\0" + address[1:] if address.startswith("@") else address)
            client.send(state.encode())
        except OSError:
            return


async def keep_alive() -> None:
    """Send keepalives from the running loop, forever, if the unit has WatchdogSec=.

    A blocked loop sends none, so that systemd restarts the worker: Nagios would wait for it and run no check.
    """
    limit = _watchdog_seconds()
    while limit:
        notify("WATCHDOG=1")
        await asyncio.sleep(limit / 3)


def _watchdog_seconds() -> float:
    """Return the seconds within which systemd expects a keep-alive, 0 if it expects none of this process."""
    limit, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not (limit.isascii() and limit.isdigit()) or (pid and pid != str(os.getpid())):
        return 0.0
    return int(limit) / 1_000_000
