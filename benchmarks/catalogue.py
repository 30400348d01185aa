"""Pages of the catalogue for many hosts, from a plan that is resolved already."""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.estate import WATCHES, write_project
from benchmarks.table import table

SIZES = (1_000, 10_000)
ROOT = Path(__file__).parents[1]
#: Prints the CPU seconds of resolving and of the pages, the number of files and their bytes, and those of the index.
_MEASURED = """\
import gc, sys, time
from checkwright.catalogue.site_files import files
from checkwright.registry.planning import plan
begin = time.process_time()
resolved = plan(sys.argv[1], "production").plan
between = time.process_time()
gc.disable()
made = files([resolved])
end = time.process_time()
texts = [text.encode() for text in made.values()]
print(between - begin, end - between, len(texts), sum(map(len, texts)), len(made["assets/index.js"]))
"""


def catalogue(sizes: tuple[int, ...] = SIZES) -> str:
    """Return the table."""
    rows = []
    for hosts in sizes:
        with tempfile.TemporaryDirectory(prefix="checkwright-catalogue-") as scratch:
            project = write_project(Path(scratch), hosts)
            rows.append((f"{hosts:,} hosts, {WATCHES} watches each", *_measured(project)))
    columns = ("CPU seconds of one environment", "resolve", "pages", "files", "size", "search index")
    return table("Pages of the catalogue", columns, rows)


def _measured(project: Path) -> tuple[str, ...]:
    command = [sys.executable, "-c", _MEASURED, str(project)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    resolve, pages, files, size, index = done.stdout.split()
    return (
        f"{float(resolve):.2f} s",
        f"{float(pages):.2f} s",
        f"{int(files):,}",
        f"{int(size) / 1e6:.0f} MB",
        f"{int(index) / 1e6:.1f} MB",
    )
