"""Answers of commands that print JSON. The command is run directly; no shell reads its words."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from checkwright.core.text import clean
from checkwright.inventory.records import Answer, CannotPull, IncompleteAnswer, Record, lookup, utc
from checkwright.registry.model.inventory_sources import JsonCommand
from checkwright.registry.model.inventory_values import Field

_LARGEST = 100_000_000


def command_answer(source: JsonCommand, now: datetime) -> Answer:
    """Run the command and return its hosts. Raises CannotPull, IncompleteAnswer."""
    name = clean(source.argv[0], 200)
    try:
        document = json.loads(_output(source, name))
    except (ValueError, RecursionError):
        raise IncompleteAnswer(f"{name} does not print one whole JSON document") from None
    listed = lookup(Record("", document, now), Field(source.hosts)) if source.hosts else document
    if not isinstance(listed, list):
        place = f"at {source.hosts}" if source.hosts else "as its document"
        raise CannotPull(f"{name} prints no list {place}: correct `hosts` of the source")
    records = []
    for number, host in enumerate(listed, 1):
        if not isinstance(host, Mapping):
            raise CannotPull(f"{name}: host {number} is not an object")
        record = Record("", host, now)
        id = lookup(record, source.id)
        if not isinstance(id, str | int) or isinstance(id, bool) or id == "":
            raise CannotPull(f"{name}: host {number} has no {source.id!r}")
        records.append(Record(str(id), host, _changed(source, record, now, f"{name}: host {number}")))
    twice = [id for id, count in Counter(record.id for record in records).items() if count > 1]
    if twice:
        raise CannotPull(f"{name}: two hosts have the id {clean(min(twice), 100)}")
    return Answer(tuple(records), now)


def _output(source: JsonCommand, name: str) -> bytes:
    """Return what the command prints. Files take its output, so that no pipe fills and none is held open."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                source.argv, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
            )
        except OSError as error:
            raise CannotPull(f"cannot run {name}: {error.strerror}") from None
        try:
            status = process.wait(source.timeout)
        except subprocess.TimeoutExpired:
            raise CannotPull(f"{name} did not end within {source.timeout} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if status:
            errors.seek(0)
            text = clean(" ".join(errors.read(2000).decode("utf-8", "replace").split()), 300)
            raise CannotPull(f"{name} failed with status {status}{f': {text}' if text else ''}")
        if output.seek(0, os.SEEK_END) > _LARGEST:
            raise CannotPull(f"{name} prints more than {_LARGEST // 1_000_000} MB")
        output.seek(0)
        return output.read()


def _changed(source: JsonCommand, record: Record, now: datetime, what: str) -> datetime:
    if source.changed is None:
        return now
    found: Any = lookup(record, source.changed)
    try:
        if isinstance(found, int | float) and not isinstance(found, bool):
            return utc(datetime.fromtimestamp(found, UTC))
        return utc(datetime.fromisoformat(str(found)))
    except (ValueError, OverflowError, OSError):
        raise CannotPull(f"{what}: {source.changed!r} is {clean(repr(found), 60)}, which is no time") from None
