"""systemd unit of a worker: `checkwright-worker --systemd-unit` prints it, and a build holds one for each pool."""

from __future__ import annotations

from collections.abc import Sequence

_UNIT = """\
{heading}[Unit]
Description=Warm worker for the checks of Nagios
# Before, so that Nagios finds the worker there and starts no check by itself.
Before={before}
After=network.target

[Service]
Type=notify
NotifyAccess=main
ExecStart={start}
ExecReload=/bin/kill -HUP $MAINPID
User={user}
Group={user}
RuntimeDirectory=checkwright
RuntimeDirectoryMode=0750
Restart=always
RestartSec=1
# It answers all that it holds first, which takes 15 s at most.
TimeoutStopSec=30
KillMode=mixed
LimitNOFILE=65536
TasksMax=4096
OOMPolicy=continue
# Nothing of systemd's sandbox: most of it implies NoNewPrivileges for a unit with User=, and ping, sudo and
# plugins with the setuid bit would no longer work.

[Install]
WantedBy=multi-user.target
"""


_HEADING = ("Made by checkwright-worker --systemd-unit. docs/worker.md describes the worker.",)


def unit(
    words: Sequence[str],
    user: str = "nagios",
    before: str = "nagios4.service nagios.service",
    heading: Sequence[str] = _HEADING,
) -> str:
    """Return the unit that runs a command line, full path of the program first. heading: comment lines at its top."""
    comment = "".join(f"# {line}\n" for line in heading)
    start = " ".join(_quoted(word) for word in words)
    return _UNIT.format(heading=comment, start=start, user=user, before=before)


def _quoted(word: str) -> str:
    """A word as systemd reads it: specifiers and variables are doubled."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if not word or set(word) & set(" \t'\"\\;") else escaped
