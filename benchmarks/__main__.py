"""`python -m benchmarks [--pairs N] [cold|http|imports|fleet ...]`; `make bench` for short."""

import argparse
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.cold import cold, http, imports
from benchmarks.fleet import fleet

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Print the tables that are asked for, all unless named."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure what docs/performance.md promises."
    )
    parser.add_argument("--pairs", type=int, default=41, help="how often each of two commands runs (default 41)")
    parser.add_argument("what", nargs="*", metavar="cold|http|imports|fleet", help="what to measure (default all)")
    said = parser.parse_args()
    measurements: dict[str, Callable[[], str]] = {
        "cold": lambda: cold(installed(), said.pairs),
        "http": lambda: http(installed(), said.pairs),
        "imports": lambda: imports(installed()),
        "fleet": fleet,
    }
    for name in said.what:
        if name not in measurements:
            parser.error(f"{name!r} is none of {', '.join(measurements)}")
    if said.pairs < 1:
        parser.error("--pairs must be 1 or more")
    print("\n\n".join(measurements[name]() for name in said.what or measurements))


def installed() -> Path:
    """The environment that Nagios runs, where the project is installed as users have it."""
    named = os.environ.get("CHECKWRIGHT_VENV")
    if named:
        return Path(named)
    made = subprocess.run([ROOT / "scripts/runtime"], stdout=subprocess.PIPE, text=True, check=True)
    return Path(made.stdout.strip())


if __name__ == "__main__":
    main()
