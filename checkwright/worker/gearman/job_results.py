"""Result of a job for Nagios: made from the master's answer, or of a job that did not run."""

from __future__ import annotations

import signal
import time

from checkwright.core.text import format_seconds
from checkwright.worker.gearman.messages import Job, Result
from checkwright.worker.job import UNKNOWN, Answer

#: Bytes of output that are sent on. Nagios keeps 8 to 64 KiB, as it was built; the module takes a little more.
LARGEST = 65_536


def result_of(job: Job, answer: Answer, timeout: float, source: str) -> Result:
    """Return the result of a job that has run."""
    output = _text(answer.output)
    code = answer.code
    if answer.timed_out and not output:
        output = f"UNKNOWN: no answer within {format_seconds(timeout)}"
    elif answer.status & 0x7F:
        output = output or f"UNKNOWN: the plugin was ended by {_signal(answer.status & 0x7F)}"
    elif code > UNKNOWN:
        text = output or _text(answer.errors)
        output = f"UNKNOWN: the plugin ended with {code}, which is no state{': ' + text if text else ''}"
        code = UNKNOWN
    elif not output:
        output = _text(answer.errors) or "(no output)"
    return Result(job.host, job.service, job.core_time, answer.started, answer.stopped, code, output, source)


def unknown(job: Job, text: str, source: str) -> Result:
    """Return the result of a job that did not run: UNKNOWN, with one sentence."""
    now = time.time()
    return Result(job.host, job.service, job.core_time, now, now, UNKNOWN, text, source)


def _text(data: bytes) -> str:
    return data[:LARGEST].decode("utf-8", "surrogateescape").strip("\r\n")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
