"""One cold check: a process that starts, measures, says its line and ends."""

import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.environments import PEERS
from benchmarks.processes import Comparison, compare, in_turn, memory
from benchmarks.table import table

#: Name, command, and what is promised: at most, aim.
Rival = tuple[str, list[str], str, str]
#: Modules below this many microseconds are not worth a line.
_SMALL = 300


def cold(venv: Path, pairs: int) -> str:
    """Our `check load` against the same by nagiosplugin, against the bare interpreter, and against itself."""
    ours = [str(venv / "bin/check"), "load"]
    python = str(venv / "bin/python")
    thresholds = ["-w", "2", "-c", "4"]
    rivals: list[Rival] = [
        ("nagiosplugin, its example written anew", [python, str(PEERS / "check_load.py"), *thresholds], "1.15", "0.55"),
        ("the bare interpreter (python -c pass)", [python, "-c", "pass"], "4", "2"),
        ("itself (the noise of this machine)", ours, "", ""),
    ]
    shipped = sorted(venv.glob("lib/python3*/site-packages/nagiosplugin/examples/check_load.py"))
    if shipped:
        rivals.insert(0, ("nagiosplugin's own example", [python, str(shipped[0]), *thresholds], "1.15", "0.55"))
    return _compared("Cold local check", "check load against", ours, rivals, pairs)


def http(venv: Path, pairs: int) -> str:
    """Our `check http` against a script on nagiosplugin and requests; both ask a server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/"
        ours = [str(venv / "bin/check"), "http", "-u", url]
        script = [str(venv / "bin/python"), str(PEERS / "check_http.py"), "-u", url]
        rivals: list[Rival] = [("nagiosplugin and requests", script, "1.05", "0.6")]
        return _compared("Cold HTTP check", "check http against", ours, rivals, pairs)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Page(BaseHTTPRequestHandler):
    """Answers every request with the same small page, and tells nobody."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"<h1>up</h1>\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: stderr belongs to the tables' reader."""


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
    """What of a cold `check load` is the interpreter's, what nagiosplugin's domain model, and what ours."""
    python = str(venv / "bin/python")
    floor, model, whole = in_turn(
        [[python, "-c", "pass"], [python, "-c", "import checkwright.core.domain"], [str(venv / "bin/check"), "load"]],
        rounds,
    )
    rows = [
        ["the bare interpreter of a virtual environment", *_milliseconds(floor.wall, floor.cpu)],
        ["nagiosplugin, the parts that a run uses", *_milliseconds(model.wall - floor.wall, model.cpu - floor.cpu)],
        ["ours, the measurement included", *_milliseconds(whole.wall - model.wall, whole.cpu - model.cpu)],
        ["all", *_milliseconds(whole.wall, whole.cpu)],
    ]
    return table(f"Parts of a cold check load, medians of {rounds} runs of each", ["part", "ms", "cpu ms"], rows)


def _milliseconds(*seconds: float) -> list[str]:
    return [f"{value * 1000:.1f}" for value in seconds]


def imports(venv: Path) -> str:
    """Where the start of `check load` goes: the modules whose own import takes longest, as -X importtime says."""
    command = [str(venv / "bin/python"), "-X", "importtime", str(venv / "bin/check"), "load"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", done.stderr, flags=re.MULTILINE)
    if not found:
        raise RuntimeError(f"no import times in what `check load` said on stderr: {done.stderr[:200]}")
    times = sorted(((int(own), name) for own, name in found), reverse=True)
    rows = [[name, f"{own / 1000:.2f}"] for own, name in times if own >= _SMALL]
    rows.append([f"{len(times) - len(rows)} more", f"{sum(own for own, _ in times if own < _SMALL) / 1000:.2f}"])
    rows.append([f"all {len(times)}", f"{sum(own for own, _ in times) / 1000:.2f}"])
    return table("Imports of check load (the interpreter's own among them)", ["module", "own ms"], rows)
