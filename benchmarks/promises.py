"""Ratio of each promise of docs/background/performance.md, in one run of at most ten minutes.

A promise whose alternative is not installed is left out, with one line on stderr.
"""

import math
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cold import page_server
from benchmarks.configuration import ROOT, nagios_verifies
from benchmarks.environments import PEERS
from benchmarks.estate import Style, write_project
from benchmarks.latency import count_next_to_goaccess
from benchmarks.processes import Cost, compare, cost
from benchmarks.table import table
from benchmarks.together import endpoint_ways
from benchmarks.worker import PLUGINS, Variant, burst, http_variants

#: Numbers of hosts of the registries that are built.
_FEW, _MANY = 1_000, 10_000
#: Requests a second in the day of access logs, 325 MB. With fewer, GoAccess takes less for each line.
_REQUESTS = 18.8


@dataclass(frozen=True)
class Promise:
    """One promise, and what was reached. `most` and `aim` are upper bounds in the unit of `reached`, None for none."""

    part: str
    work: str
    reached: float
    most: float | None
    aim: float | None
    unit: str = "x"

    def verdict(self) -> str:
        """Return "aim", "kept" or "not kept"."""
        if self.aim is not None and self.reached <= self.aim:
            return "aim"
        return "kept" if self.most is None or self.reached <= self.most else "not kept"


def promises(venv: Path, pairs: int) -> str:
    """Return the table of all promises. pairs: of cold checks; the other measurements run once or twice."""
    found: list[Promise] = []
    parts: dict[str, Callable[[], Iterable[Promise]]] = {
        "cold": lambda: _cold(venv, pairs),
        "http": lambda: _http(venv, pairs),
        "worker": lambda: _worker(venv),
        "endpoints": lambda: _endpoints(venv),
        "configuration": _configuration,
        "latency": lambda: _latency(venv),
    }
    for part, measure in parts.items():
        print(f"promises: {part}", file=sys.stderr, flush=True)
        found += measure()
    return promise_table(found)


def promise_table(found: Sequence[Promise]) -> str:
    """Return the table of these promises."""
    rows = [
        (one.work, _text(one.reached, one.unit), _text(one.most, one.unit), _text(one.aim, one.unit), one.verdict())
        for one in found
    ]
    title = "Promises: at most, the aim, and what this run reached; differences of 5 % mean nothing"
    return table(title, ("work", "reached", "at most", "aim", "result"), rows)


def _text(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "x" and 0 < value <= 0.2:
        return f"1/{1 / value:.3g} x"
    return f"{value:.3g} {unit}".rstrip()


def _left_out(what: str, missing: str) -> None:
    print(f"promises: {what} is left out, since {missing} is not installed", file=sys.stderr)


def _cold(venv: Path, pairs: int) -> Iterator[Promise]:
    ours, python = [str(venv / "bin/check"), "load"], str(venv / "bin/python")
    for example in sorted(venv.glob("lib/python3*/site-packages/nagiosplugin/examples/check_load.py")):
        ratio = compare(ours, [python, str(example), "-w", "2", "-c", "4"], pairs).ratio
        yield Promise("cold", "cold load, against nagiosplugin's own example", ratio, 0.55, 0.4)
    ratio = compare(ours, [python, "-c", "pass"], pairs).ratio
    yield Promise("cold", "cold load, against the bare interpreter", ratio, 2, 1.6)


def _http(venv: Path, pairs: int) -> Iterator[Promise]:
    with page_server() as url:
        ours = [str(venv / "bin/check"), "http", "-u", url]
        script = [str(venv / "bin/python"), str(PEERS / "check_http.py"), "-u", url]
        ratio = compare(ours, script, max(1, pairs // 2)).ratio
        yield Promise("http", "cold http, against a script on requests", ratio, 0.45, 0.4)


def _worker(venv: Path) -> Iterator[Promise]:
    check, load = f"{venv}/bin/check load -w 900 -c 999", PLUGINS / "check_load"
    warm = burst(Variant("load", "checkwright, worker", check, 2_000, warm=True)).cpu
    forked = burst(Variant("load", "checkwright, forked", check, 60)).cpu
    yield Promise("worker", "load through the worker, against forking the same", warm / forked, 1 / 100, 1 / 150)
    if load.exists():
        plugin = burst(Variant("load", "C check_load", f"{load} -w 900,900,900 -c 999,999,999", 300)).cpu
        yield Promise("worker", "load through the worker, against Nagios forking C", warm / plugin, 1 / 10, 1 / 20)
    else:
        _left_out("load against C check_load", str(load))
    with http_variants(venv) as variants:
        by_how = {one.how: one for one in variants}
        if "C check_http" in by_how:
            plugin, warm = (burst(by_how[how]).cpu for how in ("C check_http", "checkwright, worker"))
            yield Promise("worker", "http through the worker, against Nagios forking C", warm / plugin, 1 / 2, 1 / 4)
        else:
            _left_out("http against C check_http", "check_http")


def _endpoints(venv: Path) -> Iterator[Promise]:
    with endpoint_ways() as ways:
        if not ways.plugin:
            _left_out("200 endpoints", "check_http")
            return
        plugin, service = [], []
        for _ in range(2):
            plugin.append(ways.with_plugin().cpu)
            service.append(ways.as_service(venv).cpu)
    ratio = statistics.median(service) / statistics.median(plugin)
    yield Promise("endpoints", "200 endpoints in one process, against 200 C check_http", ratio, 1, 0.6)


def _configuration() -> Iterator[Promise]:
    shared = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=shared) as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)  # Nagios, started by root, changes to its own user before it reads
        few, _ = build(folder / "few", _FEW, "groups")
        many, objects = build(folder / "many", _MANY, "groups")
        verified = nagios_verifies(objects)
        if verified:
            ratio = (many.user + many.system + verified.user + verified.system) / (verified.user + verified.system)
            yield Promise("configuration", "200,000 services, built and verified, against nagios4 -v", ratio, 2, 1)
        else:
            _left_out("configuration against nagios4 -v", "nagios4")
        grown = math.log(max(1.0, many.user / few.user)) / math.log(_MANY / _FEW)
        yield Promise("configuration", "growth from 1,000 to 10,000 hosts", grown, 1.05, 1, "exponent")
        shutil.rmtree(folder / "many")
        each, _ = build(folder / "each", _MANY, "hosts")
        yield Promise("configuration", "an override for each of 10,000 hosts, CPU", each.user + each.system, 6, 4, "s")
        yield Promise("configuration", "an override for each of 10,000 hosts, memory", each.memory, 300, 250, "MB")


def build(folder: Path, hosts: int, style: Style, python: str = sys.executable, root: Path = ROOT) -> tuple[Cost, Path]:
    """Build the Nagios files of a registry of that many hosts. Return the cost, and the folder of object files."""
    folder.mkdir()
    project = write_project(folder, hosts, style, watched=False)
    words = ["--project", str(project), "nagios", "build", "production", "--without-nagios", "--out"]
    start = "from checkwright.cli.main import main; main()"
    return cost([python, "-c", start, *words, str(folder / "out")], root), folder / "out" / "nagios"


def _latency(venv: Path) -> Iterator[Promise]:
    ours, other = count_next_to_goaccess(venv, _REQUESTS)
    if other is None:
        _left_out("access logs against GoAccess", "goaccess")
        return
    ratio = (ours.user + ours.system) / (other.user + other.system)
    yield Promise("latency", "access logs, against GoAccess, CPU", ratio, 1 / 10, None)
    yield Promise("latency", "access logs, against GoAccess, memory", ours.memory / other.memory, 1 / 5, None)
