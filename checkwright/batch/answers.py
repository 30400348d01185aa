"""Conversions between a batch and the master: a task becomes a job, its answer a result."""

from __future__ import annotations

import os

from checkwright.batch.results import Result
from checkwright.batch.tasks import Task
from checkwright.core.outcome import STATES
from checkwright.core.text import clean
from checkwright.worker.job import UNKNOWN, Answer, Job

#: Seconds beyond the check's own timeout, so that the check reports it first.
GRACE = 2


def job_for(task: Task) -> Job:
    """Return the job that runs a task."""
    return Job(task.argv, task.entry.deadline + GRACE, dict(task.env) or None)


def result_of(task: Task, answer: Answer) -> Result:
    """Return the result of a task. It always has a state and a text; without output the text says what happened."""
    code, output = _outcome(task, answer)
    return Result(task, code, output, answer.started, max(0.0, answer.stopped - answer.started))


def _outcome(task: Task, answer: Answer) -> tuple[int, str]:
    program = task.entry.check or os.path.basename(task.entry.plugin)
    output = answer.output.decode("utf-8", "replace").rstrip("\n")
    if answer.timed_out:
        return UNKNOWN, _line(program, f"did not end within {task.entry.deadline + GRACE} s and was killed")
    if answer.status & 0x7F:
        return UNKNOWN, _line(program, f"was ended by signal {answer.status & 0x7F}")
    if not 0 <= answer.code < len(STATES):
        text = f": {clean(output, 300)}" if output else ""
        return UNKNOWN, _line(program, f"ended with {answer.code}, which is no state of a plugin{text}")
    if not output.strip():
        errors = clean(answer.errors.decode("utf-8", "replace").strip().rpartition("\n")[2], 300)
        return UNKNOWN, _line(program, f"printed nothing on stdout{f', and on stderr: {errors}' if errors else ''}")
    return answer.code, output


def _line(program: str, what: str) -> str:
    return f"{clean(program, 100).upper()} UNKNOWN: {program} {what}"
