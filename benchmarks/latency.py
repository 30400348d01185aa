"""Percentiles of a day of access logs, next to GoAccess, polars and DuckDB, and the cost of one run of the check."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.environments import has, made, readable_peers
from benchmarks.processes import Cost, cost
from benchmarks.table import table
from checkwright.latency import counts_file, quantiles
from checkwright.latency.counts import merged
from tests.support.shop_traffic import FORMATS, KINDS, Traffic, Truth, write

#: The log's format in the words of GoAccess. It has one duration, the total.
_GOACCESS = '%h %^[%d:%t %^] "%r" %s %b "%R" "%u" rt=%T urt="%^"'
#: New bytes of a log in one run of the check.
_RUN = 4_000_000


def latency(venv: Path, rate: float = 18.0, *, with_peers: bool = True) -> str:
    """Count a day of requests (with the default rate 1.5 million, 270 MB) and return the tables."""
    with tempfile.TemporaryDirectory(prefix="checkwright-latency-") as name:
        folder = Path(name)
        truth = write(folder, Traffic(seed=3, rate=rate), ("nginx",))["nginx"]
        routes = folder / "shop.routes"
        routes.write_text(f"{FORMATS['nginx'][0]}\n" + "\n".join(kind.route for kind in KINDS) + "\n")
        return "\n\n".join((_days(venv, folder, routes, truth, with_peers=with_peers), _runs(venv, folder, routes)))


def _days(venv: Path, folder: Path, routes: Path, truth: Truth, *, with_peers: bool) -> str:
    log = folder / "nginx.log"
    size = log.stat().st_size
    count = [str(venv / "bin/checkctl"), "latency", "count", str(log)]
    declared = [*count, "--routes", str(routes)]
    found: list[tuple[str, Cost]] = [
        ("checkctl, declared routes", cost([*declared, "--processes", "1", "--out", "one"], folder)),
        ("checkctl, 2 processes", cost([*declared, "--processes", "2", "--out", "two"], folder)),
        ("checkctl, learned names", cost([*count, "--format", FORMATS["nginx"][0], "--processes", "1"], folder)),
    ]
    if program := shutil.which("goaccess"):
        words = [
            "--log-format",
            _GOACCESS,
            "--date-format",
            "%d/%b/%Y",
            "--time-format",
            "%H:%M:%S",
            "--no-global-config",
        ]
        found.append(("GoAccess", cost([program, str(log), *words, "-o", str(folder / "goaccess.json")], folder)))
    else:
        print("goaccess is not installed: it is left out", file=sys.stderr)
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
    wrong, error = _wrong_counts(folder / "one", truth), _error(folder / "one", truth)
    title = (
        f"A day of access logs: {requests:,} requests, {size / 1e6:,.0f} MB, {len(KINDS)} endpoints. "
        f"Counts wrong: {wrong}; p99 off by at most {error:.2f} %"
    )
    return table(title, ("", "CPU s", "CPU s/GB", "wall s", "MB"), rows)


def _libraries(log: Path, folder: Path) -> list[tuple[str, Cost]]:
    """Return the costs of libraries from PyPI, which is reached once to install them."""
    peers = made(folder / "peers", ("polars", "duckdb"))
    found = []
    for module in ("polars", "duckdb"):
        if has(peers, module):
            script = readable_peers() / f"latency_{module}.py"
            found.append((f"{module}, one regex", cost([str(peers / "bin/python"), str(script), str(log)], folder)))
    return found


def _wrong_counts(folder: Path, truth: Truth) -> int:
    whole = merged(counts_file.read(str(path)) for path in folder.glob("*[0-9].counts.gz"))
    found = {name: sum(kinds.values()) for name, kinds in whole.answers().items()}
    return sum(found.get(kind.route) != truth.requests.get(kind.route) for kind in KINDS)


def _error(folder: Path, truth: Truth) -> float:
    """Return the largest error of a p99 of the server's time, in percent."""
    whole = merged(counts_file.read(str(path)) for path in folder.glob("*[0-9].counts.gz"))
    times = whole.endpoints()
    worst = 0.0
    for route, exact in truth.server.items():
        if route in times:
            ordered = sorted(exact)
            p99 = ordered[max(0, -(-99 * len(ordered) // 100) - 1)]
            worst = max(worst, 100 * abs(quantiles.percentile(times[route], 0.99) - p99) / p99)
    return worst


def _runs(venv: Path, folder: Path, routes: Path) -> str:
    """Return the cost of runs of the check, cold: with 4 MB of new lines, and without any."""
    traffic = Traffic(seed=4, rate=330, hours=0.06, first_hour=12.5, workers=60)
    write(folder / "busy", traffic, ("nginx",))
    data = (folder / "busy/nginx.log").read_bytes()
    log, state = folder / "busy/access.log", folder / "state"
    state.mkdir(mode=0o700)
    command = ["/usr/bin/env", f"CHECKS_STATE_DIR={state}", str(venv / "bin/check"), "api_latency"]
    command += [
        "--log",
        str(log),
        "--routes",
        str(routes),
        "--counts",
        "",
        "--p99-warning",
        "~:",
        "--p99-critical",
        "~:",
    ]
    start = data.index(b"\n", 100_000) + 1
    log.write_bytes(data[:start])
    cost(command, folder)
    full, idle = [], []
    for _ in range(5):
        end = data.index(b"\n", min(start + _RUN, len(data) - 2)) + 1
        with log.open("ab") as file:
            file.write(data[start:end])
        full.append(cost(command, folder))
        idle.append(cost(command, folder))
        start = end if end + _RUN < len(data) else data.index(b"\n", 100_000) + 1
    rows = []
    for label, spent in (("4 MB of new lines", full), ("no new lines", idle)):
        least = min(spent, key=lambda one: one.user + one.system)
        rows.append((label, f"{(least.user + least.system) * 1_000:.0f}", f"{least.memory:.0f}"))
    return table("check api_latency, a cold run, least of 5", ("", "CPU ms", "MB"), rows)
