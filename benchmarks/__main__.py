"""`python -m benchmarks [--pairs N] [--json FILE] [--against REV] [WHAT ...]`; `make bench` for short."""

import argparse
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.against import UnknownRevision, against, installed_revision
from benchmarks.aws import aws
from benchmarks.catalogue import catalogue
from benchmarks.cold import baseline, cold, http, imports, stages
from benchmarks.configuration import configuration
from benchmarks.fleet import fleet
from benchmarks.gearman import gearman
from benchmarks.latency import latency
from benchmarks.metrics import metrics
from benchmarks.packs import packs
from benchmarks.promises import promises
from benchmarks.sensu_build import sensu_build
from benchmarks.status import status_of_nagios
from benchmarks.table import recorded
from benchmarks.together import endpoints, together
from benchmarks.worker import bursts, master, sustained

ROOT = Path(__file__).parents[1]


#: Benchmarks in the order of the report: each takes the number of pairs and returns its tables.
MEASUREMENTS: dict[str, Callable[[int], str]] = {
    "promises": lambda pairs: promises(installed(), min(pairs, 15)),
    "cold": lambda pairs: cold(installed(), pairs),
    "stages": lambda pairs: stages(installed(), pairs),
    "http": lambda pairs: "\n\n".join(
        [http(installed(), pairs), bursts(installed(), pairs, "http"), endpoints(installed(), pairs)]
    ),
    "metrics": lambda _pairs: metrics(),
    "packs": lambda pairs: packs(installed(), min(pairs, 11)),
    "imports": lambda _pairs: imports(installed()),
    "fleet": lambda _pairs: fleet(),
    "configuration": lambda _pairs: configuration(),
    "sensu": lambda _pairs: sensu_build(),
    "catalogue": lambda _pairs: catalogue(),
    "worker": lambda pairs: bursts(installed(), pairs),
    "sustained": lambda pairs: sustained(installed(), pairs),
    "master": lambda pairs: master(installed(), pairs),
    "together": lambda pairs: together(installed(), pairs),
    "aws": lambda pairs: aws(installed(), pairs),
    "gearman": lambda _pairs: gearman(installed()),
    "latency": lambda _pairs: latency(installed()),
    "status": lambda _pairs: status_of_nagios(),
}


def main() -> None:
    """Print the named tables, by default that of the promises."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the promises of docs/background/performance.md."
    )
    parser.add_argument("--pairs", type=int, default=41, help="how often each of two commands runs (default 41)")
    parser.add_argument(
        "--baseline", type=Path, metavar="VENV", help="compare the start of checks with this installation"
    )
    parser.add_argument("--against", metavar="REV", help="compare this revision with an older one, such as HEAD~20")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the tables as JSON")
    parser.add_argument(
        "what",
        nargs="*",
        metavar="WHAT",
        help=f"{', '.join(MEASUREMENTS)}, or all, which takes an hour (default promises: ten minutes)",
    )
    args = parser.parse_args()
    for name in args.what:
        if name not in (*MEASUREMENTS, "all"):
            parser.error(f"{name!r} is not one of {', '.join(MEASUREMENTS)}, all")
    if args.pairs < 1:
        parser.error("--pairs must be 1 or more")
    with recorded() as tables:
        try:
            _measure(args)
        except UnknownRevision as error:
            parser.error(str(error))
        finally:
            if args.json and tables:
                args.json.write_text(json.dumps(tables, indent=2) + "\n", encoding="utf-8")


def _measure(args: argparse.Namespace) -> None:
    if args.baseline:
        print(baseline(installed(), args.baseline, args.pairs), end="\n\n", flush=True)
    if args.against:
        with installed_revision(args.against) as other:
            print(against(installed(), other, args.against, min(args.pairs, 21)), end="\n\n", flush=True)
    default = [] if args.baseline or args.against else ["promises"]
    for name in MEASUREMENTS if "all" in args.what else args.what or default:
        print(MEASUREMENTS[name](args.pairs), end="\n\n", flush=True)


def installed() -> Path:
    """Return the environment that Nagios runs: the project as installed by users."""
    named = os.environ.get("CHECKWRIGHT_VENV")
    if named:
        return Path(named)
    made = subprocess.run([ROOT / "scripts/runtime"], stdout=subprocess.PIPE, text=True, check=True)
    return Path(made.stdout.strip())


if __name__ == "__main__":
    main()
