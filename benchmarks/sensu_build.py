"""Build of a file for Sensu Go from a registry: whole processes of `checkctl sensu build`, with verification.

The yardstick for the machine is the time that Python's json takes to read and write such a file, without resolving,
judging or quoting anything.
"""

import sys
import tempfile
from pathlib import Path

from benchmarks.configuration import growth
from benchmarks.estate import WATCHES, Style, write_project
from benchmarks.processes import cost
from benchmarks.table import table

ROOT = Path(__file__).parents[1]
SIZES = (1_000, 3_000, 10_000)
STYLES: tuple[tuple[Style, str], ...] = (
    ("groups", "Watches of roles: one check for all hosts of a role"),
    ("hosts", "Every host its own override: one check for each watch of each host"),
)
_YARDSTICK = """
import json, sys
decode = json.JSONDecoder().raw_decode
text, at, found = open(sys.argv[1]).read(), 0, []
while at < len(text):
    document, at = decode(text, at)
    found.append(document)
    at += 1
with open(sys.argv[2], "w") as file:
    file.writelines(json.dumps(document, indent=2) + "\\n" for document in found)
"""


def sensu_build(sizes: tuple[int, ...] = SIZES) -> str:
    """Return a table for each style."""
    with tempfile.TemporaryDirectory() as scratch:
        return "\n\n".join(_table(Path(scratch), sizes, style, title) for style, title in STYLES)


def _table(scratch: Path, sizes: tuple[int, ...], style: Style, title: str) -> str:
    rows, seconds = [], []
    for hosts in sizes:
        work = scratch / f"{style}-{hosts}"
        work.mkdir()
        project = write_project(work, hosts, style, central=False)
        built = work / "sensu.json"
        command = [sys.executable, "-c", "from checkwright.cli.main import main; main()", "--project", str(project)]
        ours = cost([*command, "sensu", "build", "production", "--out", str(built)], ROOT)
        reference = cost([sys.executable, "-c", _YARDSTICK, str(built), str(work / "again.json")], ROOT)
        cpu, yardstick = ours.user + ours.system, reference.user + reference.system
        size = built.stat().st_size
        checks = built.read_bytes().count(b'\n  "type": "CheckConfig"')
        seconds.append(cpu)
        rows.append(
            [
                f"{hosts:,} x {WATCHES}",
                f"{checks:,}",
                f"{size / 1e6:.1f}",
                f"{cpu:.1f}",
                f"{ours.wall:.1f}",
                f"{cpu / checks * 1e6:.0f}",
                f"{cpu / yardstick:.1f}",
                f"{ours.memory:.0f}",
            ]
        )
        for file in (built, work / "again.json"):
            file.unlink()
    heading = ["hosts x watches", "checks", "MB", "CPU s", "wall s", "us a check", "x json", "memory, MB"]
    grown = f" (CPU grows with hosts to the power of {growth(sizes, seconds)})" if len(sizes) > 1 else ""
    return table(title + grown, heading, rows)
