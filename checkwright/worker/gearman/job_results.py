"""What Nagios is told of a job: from the core's answer, or without one."""

from __future__ import annotations

import signal
import time

from checkwright.core.text import format_seconds
from checkwright.worker.gearman.messages import Job, Result
from checkwright.worker.job import UNKNOWN, Answer

#: Bytes of output that are sent on. Nagios keeps 8 to 64 KiB, as it was built; the module takes a little more.
LARGEST = 65_536


def found(job: Job, answer: Answer, timeout: float, source: str) -> Result:
    """The result of a job that was run."""
    output = _text(answer.output)
    code = answer.code
    if answer.timed_out and not output:
        output = f"UNKNOWN: no answer within {format_seconds(timeout)}"
    elif answer.status & 0x7F:
        output = output or f"UNKNOWN: the plugin was ended by {_signal(answer.status & 0x7F)}"
    elif code > UNKNOWN:
        said = output or _text(answer.errors)
        output = f"UNKNOWN: the plugin ended with {code}, which is no state{': ' + said if said else ''}"
        code = UNKNOWN
    elif not output:
        output = _text(answer.errors) or "(the plugin said nothing)"
    return Result(job.host, job.service, job.core_time, answer.started, answer.stopped, code, output, source)


def said(job: Job, text: str, source: str) -> Result:
    """The result of a job that was not run: UNKNOWN, in one sentence."""
    now = time.time()
    return Result(job.host, job.service, job.core_time, now, now, UNKNOWN, text, source)


def _text(data: bytes) -> str:
    return data[:LARGEST].decode("utf-8", "surrogateescape").strip("\r\n")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
