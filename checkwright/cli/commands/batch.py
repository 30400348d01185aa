"""`checkctl batch`: the program checkwright-batch."""

from __future__ import annotations

from checkwright.batch.batch_options import parser
from checkwright.batch.batch_program import run
from checkwright.cli.daemon_command import DaemonCommand

command = DaemonCommand(
    "batch", "Run all watches of a host in one process and deliver their results, from a built plan.", parser, run
)
