"""Notifications to systemd, for a unit of Type=notify. Without NOTIFY_SOCKET they do nothing."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Send one state such as READY=1."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        try:
            client.connect("\0" + address[1:] if address.startswith("@") else address)
            client.send(state.encode())
        except OSError:
            return
