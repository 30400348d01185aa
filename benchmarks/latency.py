"""Percentiles of a day of access logs in five formats, next to GoAccess, polars and DuckDB, and the cost of one run."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.environments import has, made, readable_peers
from benchmarks.processes import Cost, cost
from benchmarks.table import table
from checkwright.latency import counts_file, quantiles
from checkwright.latency.counts import Counts, merged
from tests.support.shop_traffic import FORMATS, KINDS, MIDNIGHT, SLOWED, Traffic, Truth, write

#: The log's format in the words of GoAccess. It has one duration, the total.
_GOACCESS = '%h %^[%d:%t %^] "%r" %s %b "%R" "%u" rt=%T uct="%^" urt="%^"'
#: New bytes of a log in one run of the check.
_RUN = 4_000_000
#: Addresses of clients in the second log for GoAccess, which keeps each address.
_FEW_CLIENTS = 250
#: Routes of a large API.
_MANY = 500


def latency(venv: Path, rate: float = 18.8, *, with_peers: bool = True) -> str:
    """Count a day of requests (with the default rate 1.6 million, 325 MB for nginx) and return the tables."""
    with tempfile.TemporaryDirectory(prefix="checkwright-latency-") as name:
        folder = Path(name)
        truths = write(folder, Traffic(seed=3, rate=rate), tuple(FORMATS))
        for name, (directive, _) in FORMATS.items():
            lines = [directive, *(kind.route for kind in KINDS)]
            (folder / f"{name}.routes").write_text("\n".join(lines) + "\n")
        tables = (
            _days(venv, folder, truths["nginx"], with_peers=with_peers),
            _formats(venv, folder, truths),
            _runs(venv, folder),
        )
        return "\n\n".join(tables)


def _days(venv: Path, folder: Path, truth: Truth, *, with_peers: bool) -> str:
    log = folder / "nginx.log"
    size = log.stat().st_size
    count = [str(venv / "bin/checkctl"), "latency", "count", str(log)]
    declared = [*count, "--routes", str(folder / "nginx.routes")]
    found: list[tuple[str, Cost]] = [
        ("checkctl, declared routes", cost([*declared, "--processes", "1", "--out", "one"], folder)),
        ("checkctl, 2 processes", cost([*declared, "--processes", "2", "--out", "two"], folder)),
        (
            "checkctl, learned names",
            cost([*count, "--format", FORMATS["nginx"][0], "--processes", "1", "--out", "learned"], folder),
        ),
        *_goaccess(log, folder),
    ]
    if with_peers:
        found += _libraries(log, folder)
    rows = [
        (
            label,
            f"{spent.user + spent.system:.1f}",
            f"{(spent.user + spent.system) / size * 1e9:.1f}",
            f"{spent.wall:.1f}",
            f"{spent.memory:.0f}",
        )
        for label, spent in found
    ]
    requests = sum(truth.requests.values())
    title = f"A day of access logs: {requests:,} requests, {size / 1e6:,.0f} MB, {len(KINDS)} endpoints"
    return table(title, ("", "CPU s", "CPU s/GB", "wall s", "MB"), rows)


def count_next_to_goaccess(venv: Path, rate: float) -> tuple[Cost, Cost | None]:
    """Return the cost of counting a day in nginx's format, and GoAccess's for it, None if it is not installed."""
    with tempfile.TemporaryDirectory(prefix="checkwright-latency-") as name:
        folder = Path(name)
        write(folder, Traffic(seed=3, rate=rate), ("nginx",))
        log, routes = folder / "nginx.log", folder / "nginx.routes"
        routes.write_text("\n".join([FORMATS["nginx"][0], *(kind.route for kind in KINDS)]) + "\n")
        words = ["latency", "count", str(log), "--routes", str(routes), "--processes", "1", "--out", "one"]
        ours = cost([str(venv / "bin/checkctl"), *words], folder)
        return ours, next((spent for _, spent in _goaccess(log, folder)), None)


def _goaccess(log: Path, folder: Path) -> list[tuple[str, Cost]]:
    """Return the costs of GoAccess: of the log, and of the same requests from a few clients."""
    program = shutil.which("goaccess")
    if not program:
        print("goaccess is not installed: it is left out", file=sys.stderr)
        return []
    words = ["--log-format", _GOACCESS, "--date-format", "%d/%b/%Y", "--time-format", "%H:%M:%S", "--no-global-config"]
    few = folder / "few-clients.log"
    with log.open("rb") as lines, few.open("wb") as file:
        for number, line in enumerate(lines):
            file.write(re.sub(rb"^\S+", b"192.0.2.%d" % (number * 37 % _FEW_CLIENTS), line))
    found = []
    for label, path in (("GoAccess", log), (f"GoAccess, {_FEW_CLIENTS} clients", few)):
        found.append((label, cost([program, str(path), *words, "-o", str(folder / "goaccess.json")], folder)))
    few.unlink()
    return found


def _formats(venv: Path, folder: Path, truths: dict[str, Truth]) -> str:
    """Return the costs and the errors of a day in each format, and the slowed endpoint that the report names."""
    checkctl = str(venv / "bin/checkctl")
    rows = []
    for name, truth in truths.items():
        log, out = folder / f"{name}.log", folder / f"{name}-counts"
        routes = str(folder / f"{name}.routes")
        spent = cost([checkctl, "latency", "count", str(log), "--routes", routes, "--out", str(out)], folder)
        files = sorted(out.glob("*[0-9].counts.gz")) or sorted(out.glob("*.counts.gz"))  # Apache has the total only
        whole = merged(counts_file.read(str(path)) for path in files)
        rows.append(
            (
                name,
                f"{log.stat().st_size / 1e6:,.0f}",
                f"{spent.user + spent.system:.1f}",
                f"{spent.memory:.0f}",
                f"{_wrong_counts(whole, truth)}",
                f"{_error(whole, truth):.2f} %",
                _got_worse(checkctl, out, folder),
            )
        )
        log.unlink()
    heading = ("", "MB", "CPU s", "memory, MB", "counts wrong", "p99 off", "got worse first")
    return table(f"The day in each format; {SLOWED} is slower from 15:00 on", heading, rows)


def _got_worse(checkctl: str, counts: Path, folder: Path) -> str:
    """Return the first endpoint that the report calls slower, with its hour, "nothing" without one."""
    page = folder / "report.json"
    script = 'exec "$0" latency report --counts "$1" --json > "$2"'
    cost(["/bin/sh", "-c", script, checkctl, str(counts), str(page)], folder)
    changes = json.loads(page.read_text())["scopes"][0]["changes"]
    if not changes:
        return "nothing"
    return f"{changes[0]['endpoint']} at {(changes[0]['at'] - MIDNIGHT) / 3_600:.2f} h"


def _libraries(log: Path, folder: Path) -> list[tuple[str, Cost]]:
    """Return the costs of libraries from PyPI, which is reached once to install them."""
    peers = made(folder / "peers", ("polars", "duckdb"))
    found = []
    for module in ("polars", "duckdb"):
        if has(peers, module):
            script = readable_peers() / f"latency_{module}.py"
            found.append((f"{module}, one regex", cost([str(peers / "bin/python"), str(script), str(log)], folder)))
    return found


def _wrong_counts(whole: Counts, truth: Truth) -> int:
    found = {name: sum(kinds.values()) for name, kinds in whole.answers().items()}
    return sum(found.get(kind.route) != truth.requests.get(kind.route) for kind in KINDS)


def _error(whole: Counts, truth: Truth) -> float:
    """Return the largest error of a p99 of the time that the format has, in percent."""
    times = whole.endpoints()
    worst = 0.0
    for route, exact in truth.server.items():
        if route in times:
            ordered = sorted(exact)
            p99 = ordered[max(0, -(-99 * len(ordered) // 100) - 1)]
            worst = max(worst, 100 * abs(quantiles.percentile(times[route], 0.99) - p99) / p99)
    return worst


def _runs(venv: Path, folder: Path) -> str:
    """Return the cost of runs of the check, cold: with 4 MB of new lines, and without any."""
    traffic = Traffic(seed=4, rate=330, hours=0.06, first_hour=12.5, workers=60)
    write(folder / "busy", traffic, ("nginx",))
    data = (folder / "busy/nginx.log").read_bytes()
    declared = (folder / "nginx.routes").read_text()
    more = "".join(f"GET /api/part{number % 20}/thing{number}/{{id}}\n" for number in range(_MANY - len(KINDS)))
    (folder / "many.routes").write_text(declared + more)
    rows = []
    for label, routes in ((f"{len(KINDS)} routes", "nginx"), (f"{_MANY} routes", "many")):
        full, idle = _cold_runs(venv, folder / routes, data, folder / f"{routes}.routes")
        for what, spent in ((f"4 MB of new lines, {label}", full), (f"no new lines, {label}", idle)):
            least = min(spent, key=lambda one: one.user + one.system)
            rows.append((what, f"{(least.user + least.system) * 1_000:.0f}", f"{least.memory:.0f}"))
    return table("check api_latency, a cold run, least of 7", ("", "CPU ms", "MB"), rows)


def _cold_runs(venv: Path, folder: Path, data: bytes, routes: Path) -> tuple[list[Cost], list[Cost]]:
    """Return the costs of runs with new lines, and of those without."""
    state, log = folder / "state", folder / "access.log"
    state.mkdir(mode=0o700, parents=True)
    command = ["/usr/bin/env", f"CHECKS_STATE_DIR={state}", str(venv / "bin/check"), "api_latency"]
    command += ["--log", str(log), "--routes", str(routes), "--counts", ""]
    command += ["--p99-warning", "~:", "--p99-critical", "~:"]
    start = data.index(b"\n", 100_000) + 1
    log.write_bytes(data[:start])
    cost(command, folder)
    full, idle = [], []
    for _ in range(7):
        end = data.index(b"\n", min(start + _RUN, len(data) - 2)) + 1
        with log.open("ab") as file:
            file.write(data[start:end])
        full.append(cost(command, folder))
        idle.append(cost(command, folder))
        start = end if end + _RUN < len(data) else data.index(b"\n", 100_000) + 1
    return full, idle
