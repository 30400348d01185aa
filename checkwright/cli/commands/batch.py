"""`checkctl batch`: run all of a host's watches in one process, and deliver what they found."""

from __future__ import annotations

import re
import sys
from dataclasses import asdict

import click

from checkwright.batch import startup as batch
from checkwright.batch import store_lock
from checkwright.batch.store import Bounds, Standing, standings_in
from checkwright.batch.tasks import Wanted
from checkwright.cli import console
from checkwright.core.errors import BadUsage
from checkwright.core.text import clean
from checkwright.registry.model import durations

_UNKNOWN = 3
_SIZE = re.compile(r"(\d{1,9})([KMG]?)", re.ASCII)
_FACTORS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_COLUMNS = ("delivery", "waiting", "oldest", "delivered", "refused", "dropped", "failures", "trouble")


class _Bytes(click.ParamType[int]):
    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = _SIZE.fullmatch(str(value))
        if not match or not int(match[1]):
            self.fail(f"{value!r} is no size: write 512K, 16M or 1G", param, ctx)
        return int(match[1]) * _FACTORS[match[2]]


class _Duration(click.ParamType[int]):
    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return durations.seconds(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command("batch")
@click.option("--plan", metavar="FILE", help="The plan, as checkctl plan ENV --out FILE wrote it.")
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="Whose watches run here; may be repeated.")
@click.option("--central", is_flag=True, help="What the plan leaves to the monitoring server, of all hosts.")
@click.option("--watch", "watches", multiple=True, metavar="PATTERN", help="Only watches of such names.")
@click.option("--passive", is_flag=True, help="Only those of which Nagios expects to be sent results.")
@click.option("--to", multiple=True, metavar="KIND[:PLACE]", help="Where results go; may be repeated.")
@click.option("--once", is_flag=True, help="Run each watch once, now; else each on its interval, until SIGTERM.")
@click.option("--store", default="", metavar="DIR", help="The folder for what could not be delivered yet.")
@click.option("--keep", type=_Bytes(), default="16M", show_default=True, help="Most bytes to keep for a delivery.")
@click.option("--keep-for", type=_Duration(), default="1h", show_default=True, help="How long to keep it.")
@click.option("--status", is_flag=True, help="Say how the deliveries of the store stand, and run nothing.")
@click.option("--json", "as_json", is_flag=True, help="With --status: print JSON, for a machine.")
def command(
    plan: str | None,
    hosts: tuple[str, ...],
    central: bool,
    watches: tuple[str, ...],
    passive: bool,
    to: tuple[str, ...],
    once: bool,
    store: str,
    keep: int,
    keep_for: int,
    status: bool,
    as_json: bool,
) -> int:
    """Run a host's watches in one process and deliver what they find, from a built plan: no registry is needed.

    \b
    KIND[:PLACE] is one of
      nagios-spool:/FOLDER      Nagios's check_result_path
      nagios-command:/FIFO      Nagios's external command file
      gearman:HOST[:PORT],key=/FILE  mod_gearman's queue of results
      sensu[:URL]               the events API of the Sensu agent here
      prometheus:/FILE.prom     for node_exporter's textfile collector
      prometheus:[ADDRESS:]PORT to be scraped
      json-lines[:/FILE]        a line of JSON each, appended or printed
      stdout                    as one plugin's output, with --once: for NRPE or Sensu
    """
    wanted = Wanted(hosts=hosts, central=central, watches=watches, passive=passive)
    if not hosts and not central and not (status and store):
        raise click.UsageError("Say whose watches: --host NAME, or --central on the monitoring server.")
    if status:
        _status(store, wanted, as_json)
        return 0
    if not plan:
        raise click.UsageError("Name the plan with --plan FILE.")
    if not to:
        raise click.UsageError("Say where results go: --to KIND[:PLACE].")
    settings = batch.Settings(
        plan=plan,
        wanted=wanted,
        to=to,
        once=once,
        store=store,
        bounds=Bounds(keep, keep_for),
        say=_say,
    )
    try:
        return batch.run(settings)
    except BadUsage as error:
        if not (once and "stdout" in to):
            raise
        print(f"BATCH UNKNOWN: {clean(error)}")
        return _UNKNOWN


def _say(text: str) -> None:
    print(f"checkctl batch: {' '.join(text.split())}", file=sys.stderr, flush=True)


def _status(store: str, wanted: Wanted, as_json: bool) -> None:
    folder = batch.store_folder(store, wanted)
    standings = standings_in(folder)
    holder = store_lock.holder(folder)
    if as_json:
        console.as_json({"store": str(folder), "running": holder, "deliveries": [asdict(one) for one in standings]})
        return
    console.say(f"{folder}: {f'in use by {holder}' if holder else 'no batch runs'}")
    if standings:
        console.table(_COLUMNS, [_row(one) for one in standings])


def _row(one: Standing) -> tuple[str, ...]:
    return (
        one.delivery,
        str(one.waiting),
        durations.shown(int(one.oldest)) if one.waiting else "",
        str(one.delivered),
        str(one.refused),
        str(one.dropped_full + one.dropped_old),
        str(one.failures),
        one.trouble,
    )
