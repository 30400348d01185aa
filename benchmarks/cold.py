"""Cold checks: a process that starts, measures, prints its line and ends."""

import re
import statistics
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.environments import PEERS
from benchmarks.processes import Comparison, compare, in_turn, memory, spend
from benchmarks.table import table

#: Name, command, and the promised ratios: at most, aim.
Rival = tuple[str, list[str], str, str]
_C_PLUGIN = Path("/usr/lib/nagios/plugins/check_http")
#: Modules that load in fewer microseconds are summed up in one line.
_SMALL = 300


def cold(venv: Path, pairs: int) -> str:
    """Compare `check load` with the same check on nagiosplugin, with the bare interpreter, and with itself."""
    ours = [str(venv / "bin/check"), "load"]
    python = str(venv / "bin/python")
    thresholds = ["-w", "2", "-c", "4"]
    rivals: list[Rival] = [
        ("nagiosplugin's example, rewritten", [python, str(PEERS / "check_load.py"), *thresholds], "1.15", "0.55"),
        ("the bare interpreter (python -c pass)", [python, "-c", "pass"], "4", "2"),
        ("itself (the noise of this machine)", ours, "", ""),
    ]
    shipped = sorted(venv.glob("lib/python3*/site-packages/nagiosplugin/examples/check_load.py"))
    if shipped:
        rivals.insert(0, ("nagiosplugin's own example", [python, str(shipped[0]), *thresholds], "1.15", "0.55"))
    return _compared("Cold local check", "check load against", ours, rivals, pairs)


def http(venv: Path, pairs: int) -> str:
    """Compare `check http` with a script on nagiosplugin and requests. Both query a server on this machine."""
    with page_server() as url:
        ours = [str(venv / "bin/check"), "http", "-u", url]
        script = [str(venv / "bin/python"), str(PEERS / "check_http.py"), "-u", url]
        rivals: list[Rival] = [("nagiosplugin and requests", script, "0.45", "0.4")]
        if _C_PLUGIN.exists():
            port = url.rstrip("/").rpartition(":")[2]
            rivals.append(("C check_http", [str(_C_PLUGIN), "-I", "127.0.0.1", "-p", port], "", ""))
        return _compared("Cold HTTP check", "check http against", ours, rivals, pairs)


@contextmanager
def page_server() -> Iterator[str]:
    """Serve a small page on this machine. Yield its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def baseline(venv: Path, other: Path, pairs: int) -> str:
    """Compare the start of this library's checks with another installation of it, such as the last release.

    Processor time of processes in pairs: the other installation and this one take turns.
    """
    rows = []
    for check in ("load", "dummy"):
        ours: list[float] = []
        theirs: list[float] = []
        for number in range(pairs + 1):
            sides = [(ours, venv), (theirs, other)]
            for spent, installation in sides if number % 2 else reversed(sides):
                spent.append(spend([str(installation / "bin/check"), check]).cpu * 1000)
        del ours[0], theirs[0]  # the first pair fills the page cache
        least, median = (min(ours), min(theirs)), (statistics.median(ours), statistics.median(theirs))
        rows.append([f"check {check}", f"{median[0] / median[1]:.2f}", *(f"{one:.1f}" for one in (*median, *least))])
    heading = ["check", "ratio", "median cpu ms", "baseline", "least cpu ms", "baseline"]
    return table(f"Start compared with {other}, {pairs} pairs", heading, rows)


class _Page(BaseHTTPRequestHandler):
    """Handler that answers every request with the same small page, without a log."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"<h1>up</h1>\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Write nothing: stderr is for messages about the benchmark."""


def _compared(title: str, subject: str, ours: list[str], rivals: list[Rival], pairs: int) -> str:
    rows = [
        [*_row(name, compare(ours, command, pairs), most, aim), f"{memory(ours):.1f}", f"{memory(command):.1f}"]
        for name, command, most, aim in rivals
    ]
    heading = [subject, "ratio", "min-max", "at most", "aim", "ms", "ms theirs", "cpu ms", "MB", "MB theirs"]
    return table(f"{title}, medians of {pairs} pairs (ratio of wall time)", heading, rows)


def _row(name: str, found: Comparison, most: str, aim: str) -> list[str]:
    return [
        name,
        f"{found.ratio:.2f}",
        f"{found.least:.2f}-{found.most:.2f}",
        most,
        aim,
        f"{found.ours.wall * 1000:.1f}",
        f"{found.theirs.wall * 1000:.1f}",
        f"{found.ours.cpu * 1000:.1f}",
    ]


def stages(venv: Path, rounds: int) -> str:
    """Split the time of a cold `check load` into interpreter, nagiosplugin's domain model, and this library."""
    python = str(venv / "bin/python")
    floor, model, whole = in_turn(
        [[python, "-c", "pass"], [python, "-c", "import checkwright.core.domain"], [str(venv / "bin/check"), "load"]],
        rounds,
    )
    rows = [
        ["the bare interpreter of a virtual environment", *_milliseconds(floor.wall, floor.cpu)],
        ["nagiosplugin, the parts that a run uses", *_milliseconds(model.wall - floor.wall, model.cpu - floor.cpu)],
        ["this library, with the measurement", *_milliseconds(whole.wall - model.wall, whole.cpu - model.cpu)],
        ["all", *_milliseconds(whole.wall, whole.cpu)],
    ]
    return table(f"Parts of a cold check load, medians of {rounds} runs of each", ["part", "ms", "cpu ms"], rows)


def _milliseconds(*seconds: float) -> list[str]:
    return [f"{value * 1000:.1f}" for value in seconds]


def imports(venv: Path) -> str:
    """List the modules whose own import takes longest in `check load`, as -X importtime reports them."""
    command = [str(venv / "bin/python"), "-X", "importtime", str(venv / "bin/check"), "load"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", done.stderr, flags=re.MULTILINE)
    if not found:
        raise RuntimeError(f"no import times in the stderr of `check load`: {done.stderr[:200]}")
    times = sorted(((int(own), name) for own, name in found), reverse=True)
    rows = [[name, f"{own / 1000:.2f}"] for own, name in times if own >= _SMALL]
    rows.append([f"{len(times) - len(rows)} more", f"{sum(own for own, _ in times if own < _SMALL) / 1000:.2f}"])
    rows.append([f"all {len(times)}", f"{sum(own for own, _ in times) / 1000:.2f}"])
    return table("Imports of check load (the interpreter's own among them)", ["module", "own ms"], rows)
