"""Program `checkwright-batch`, also reached as `checkctl batch`: runs a host's watches and delivers their results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NoReturn

from checkwright.batch import perfdata_service, startup
from checkwright.batch.batch_options import PROGRAM, BatchOptions, parse
from checkwright.batch.batch_status import as_json, as_table
from checkwright.core.errors import BadUsage
from checkwright.core.text import clean
from checkwright.worker.daemon_program import end
from checkwright.worker.option_parser import OptionError

_UNKNOWN = 3


def main() -> NoReturn:
    """Run the console script `checkwright-batch`."""
    end(PROGRAM, run)


def run(words: Sequence[str], program: str = PROGRAM) -> int:
    """Run the batch, once or until it is stopped. Returns the exit code; raises BadUsage.

    words: the options. program: name of the program in messages, `checkwright-batch` or `checkctl batch`.
    """
    try:
        options = parse(words, program)
    except OptionError as error:
        if not _is_plugin(words):
            raise
        print(f"BATCH UNKNOWN: {clean(f'{error} See --help.')}")
        return _UNKNOWN
    if options.status:
        name = perfdata_service.STORE if options.perfdata else ""
        folder = startup.store_folder(options.store, options.task_filter, name)
        print("\n".join(as_json(folder) if options.as_json else as_table(folder)))
        return 0
    if options.perfdata:
        return perfdata_service.run(
            perfdata_service.PerfdataSettings(
                folder=options.perfdata,
                plans=options.plans,
                to=options.to,
                once=options.once,
                store=options.store,
                bounds=options.bounds,
                log=_log(program),
            )
        )
    try:
        return startup.run(_settings(options, program))
    except BadUsage as error:
        if not (options.once and "stdout" in options.to):
            raise
        print(f"BATCH UNKNOWN: {clean(error)}")
        return _UNKNOWN


def _is_plugin(words: Sequence[str]) -> bool:
    """Return whether words that may be wrong are those of a plugin, whose exit code 2 would mean CRITICAL."""
    to = [after for word, after in pairwise([*words, ""]) if word == "--to"]
    return "--once" in words and ("stdout" in to or "--to=stdout" in words)


def _settings(options: BatchOptions, program: str) -> startup.BatchSettings:
    return startup.BatchSettings(
        plan=options.plans[0],
        task_filter=options.task_filter,
        to=options.to,
        once=options.once,
        store=options.store,
        bounds=options.bounds,
        run_memory=options.run_memory,
        program=program,
        log=_log(program),
    )


def _log(program: str) -> Callable[[str], None]:
    def log(text: str) -> None:
        print(f"{program}: {' '.join(text.split())}", file=sys.stderr, flush=True)

    return log
