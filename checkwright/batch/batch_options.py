"""Options of `checkwright-batch` and `checkctl batch`."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Sequence
from dataclasses import dataclass

from checkwright.batch.store import Bounds
from checkwright.batch.tasks import TaskFilter
from checkwright.registry.model import durations
from checkwright.worker.memory_limit import RUN_MEMORY
from checkwright.worker.option_parser import OptionError, OptionParser, run_memory, size

PROGRAM = "checkwright-batch"
_KEEP, _KEEP_FOR = "16M", "1h"
_DESCRIPTION = """\
Run all watches of a host in one process and deliver their results. This needs
a built plan, not the registry.

KIND[:PLACE] of --to is one of
  nagios-spool:/FOLDER      Nagios's check_result_path
  nagios-command:/FIFO      Nagios's external command file
  gearman:HOST[:PORT],key=/FILE  mod_gearman's queue of results
  influxdb:URL/DATABASE[,secret=/FILE]  points of InfluxDB
  graphite:HOST[:PORT]      lines of the plaintext protocol of carbon
  sensu[:URL]               the events API of the Sensu agent on this host
  prometheus:/FILE.prom     for node_exporter's textfile collector
  prometheus:[ADDRESS:]PORT a page for Prometheus to scrape
  json-lines[:/FILE]        one line of JSON for each result, appended or printed
  stdout                    output of one plugin, with --once: for NRPE or Sensu"""


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """Parsed options."""

    plans: tuple[str, ...]
    perfdata: str
    task_filter: TaskFilter
    to: tuple[str, ...]
    once: bool
    store: str
    bounds: Bounds
    run_memory: int
    status: bool
    as_json: bool


def parser(program: str = PROGRAM) -> OptionParser:
    """Return the parser of the batch's options. program: its name in messages, as the user typed it."""
    made = OptionParser(program, _DESCRIPTION)
    add = made.add_argument
    add(
        "--plan",
        dest="plans",
        action="append",
        default=[],
        metavar="FILE",
        help="The plan, from checkctl plan ENV --out FILE; may be repeated with --perfdata.",
    )
    add(
        "--perfdata",
        default="",
        metavar="DIR",
        help="Run nothing: deliver the performance data that Nagios writes to this folder.",
    )
    add(
        "--host",
        dest="hosts",
        action="append",
        default=[],
        metavar="NAME",
        help="Host whose watches run here; may be repeated.",
    )
    add("--central", action="store_true", help="Also run the watches of the monitoring server, for all hosts.")
    add(
        "--watch",
        dest="watches",
        action="append",
        default=[],
        metavar="PATTERN",
        help="Only watches whose names match; may be repeated.",
    )
    add("--passive", action="store_true", help="Only watches whose results Nagios expects to receive.")
    add("--to", action="append", default=[], metavar="KIND[:PLACE]", help="Destination of results; may be repeated.")
    add(
        "--once",
        action="store_true",
        help="Run each watch once, now, then exit. By default each runs at its interval until SIGTERM.",
    )
    add("--store", default="", metavar="DIR", help="Folder for results that have not been delivered yet.")
    add(
        "--keep",
        type=size,
        default=_KEEP,
        metavar="SIZE",
        help=f"Size to keep for each sink at most; default {_KEEP}.",
    )
    add(
        "--keep-for",
        type=_duration,
        default=_KEEP_FOR,
        metavar="TIME",
        help=f"Time to keep results; default {_KEEP_FOR}.",
    )
    add(
        "--run-memory",
        type=run_memory,
        default=RUN_MEMORY,
        metavar="SIZE",
        help="Memory limit of a run in a process of its own, such as a plugin; default 1G.",
    )
    add("--status", action="store_true", help="Print the status of the store's sinks and run nothing.")
    add("--json", dest="as_json", action="store_true", help="With --status: print JSON.")
    return made


def parse(words: Sequence[str], program: str = PROGRAM) -> BatchOptions:
    """Parse the words after the program's name. Raises OptionError."""
    found = parser(program).options(words)
    if found.perfdata and (found.hosts or found.central or found.watches or found.passive):
        raise OptionError("--perfdata delivers the data of all services: leave out --host, --central and --watch.")
    if not found.hosts and not found.central and not found.perfdata and not (found.status and found.store):
        raise OptionError("Say whose watches: --host NAME, or --central on the monitoring server.")
    if not found.status and not found.plans:
        raise OptionError("Name the plan with --plan FILE.")
    if len(found.plans) > 1 and not found.perfdata:
        raise OptionError("Name one plan: several are for --perfdata.")
    if not found.status and not found.to:
        raise OptionError("Say where results go: --to KIND[:PLACE].")
    return BatchOptions(
        plans=tuple(found.plans),
        perfdata=found.perfdata,
        task_filter=TaskFilter(
            hosts=tuple(found.hosts), central=found.central, watches=tuple(found.watches), passive=found.passive
        ),
        to=tuple(found.to),
        once=found.once,
        store=found.store,
        bounds=Bounds(found.keep, found.keep_for),
        run_memory=found.run_memory,
        status=found.status,
        as_json=found.as_json,
    )


def _duration(text: str) -> int:
    try:
        return durations.seconds(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
