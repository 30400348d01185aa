"""The systemd unit of a worker."""

from __future__ import annotations

from collections.abc import Sequence

_UNIT = """\
# Made by checkctl worker --systemd-unit. docs/worker.md says what each line is for.
[Unit]
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
# What a check may do it may do as without the worker, so only what no check needs is taken away.
LockPersonality=yes
ProtectClock=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
RestrictRealtime=yes

[Install]
WantedBy=multi-user.target
"""


def unit(words: Sequence[str], user: str = "nagios", before: str = "nagios4.service nagios.service") -> str:
    """The unit that runs this command line: full path of checkctl first."""
    return _UNIT.format(start=" ".join(_quoted(word) for word in words), user=user, before=before)


def _quoted(word: str) -> str:
    """A word as systemd reads it: specifiers and variables are doubled."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if not word or set(word) & set(" \t'\"\\;") else escaped
