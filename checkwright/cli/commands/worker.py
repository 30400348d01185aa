"""`checkctl worker`: the program checkwright-worker."""

from __future__ import annotations

from checkwright.cli.daemon_command import DaemonCommand
from checkwright.worker.worker_options import parser
from checkwright.worker.worker_program import run

command = DaemonCommand(
    "worker", "Run checks for Nagios in warm processes instead of starting a process for each.", parser, run
)
