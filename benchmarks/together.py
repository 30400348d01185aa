"""Many checks in one process: `checkwright-batch` against one process per check, in processor time of all processes.

Once, as from cron: its start and that of its helpers count. As a service: the cost of a round of all watches, spread
over their interval; the C plugin is measured both ways too.
"""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.environments import PEERS
from benchmarks.processes import ENVIRONMENT, Spent, in_company, spend, tree_seconds
from benchmarks.table import table
from tests.checkwright.batch.plans import entry, plan, written
from tests.support.servers import web_server

PLUGINS = Path("/usr/lib/nagios/plugins")
#: Number of processes that run at once.
_AT_ONCE = 50
#: Seconds between rounds of the service, and number of measured rounds.
_INTERVAL, _ROUNDS = 5, 2
#: Number of Python processes that run; the cost of 200, half a minute, is extrapolated.
_SAMPLE = 40


def together(venv: Path, pairs: int) -> str:
    """Return the tables of 20 watches of one machine and of 200 endpoints, medians of at most three runs."""
    with web_server({"/": (200, {}, b"fine")}) as web:
        page = f"http://127.0.0.1:{web.port}/"
        machine = machine_watches(web.port, page)
        script = [str(venv / "bin/python"), str(PEERS / "check_load.py"), "-w", "900", "-c", "999"]
        twenty: dict[str, Callable[[], Spent]] = {
            "20 processes": lambda: in_company(_own(venv, machine), 1),
            "20 x nagiosplugin, its load example": lambda: in_company([script] * len(machine), 1),
            "batch --once": lambda: once(venv, machine),
            "batch as a service, a round": lambda: service_round(venv, machine),
        }
        first = _table("20 watches of one machine, one after another", twenty, min(3, pairs))
    return f"{first}\n\n{endpoints(venv, pairs)}"


@dataclass(frozen=True)
class Endpoints:
    """200 pages of one server: the command lines of our watches, and those of C check_http, () if it is missing."""

    watches: Sequence[Sequence[str]]
    plugin: Sequence[Sequence[str]]

    def with_plugin(self) -> Spent:
        """Return the cost of the C plugin for all pages."""
        return in_company(self.plugin, _AT_ONCE)

    def as_service(self, venv: Path) -> Spent:
        """Return the cost of a round of all pages in the batch."""
        return service_round(venv, self.watches)


@contextmanager
def endpoint_ways() -> Iterator[Endpoints]:
    """Serve 200 pages on this machine."""
    with web_server({"/": (200, {}, b"fine")}) as web:
        page = f"http://127.0.0.1:{web.port}/"
        watches = [["http", "-u", f"{page}?{number}", "-w", "60", "-c", "60"] for number in range(200)]
        web.pages.update({f"/?{number}": (200, {}, b"fine") for number in range(len(watches))})
        plugin = [str(PLUGINS / "check_http"), "-H", "127.0.0.1", "-p", str(web.port), "-u", "/"]
        yield Endpoints(watches, [plugin] * len(watches) if Path(plugin[0]).exists() else ())


def endpoints(venv: Path, pairs: int) -> str:
    """Return the table of 200 endpoints, medians of at most three runs."""
    with endpoint_ways() as endpoint:
        watches, many_c = endpoint.watches, endpoint.plugin
        ways: dict[str, Callable[[], Spent]] = {
            "200 x C check_http": endpoint.with_plugin,
            f"200 x C check_http, spread over {_INTERVAL} s": lambda: _spread(many_c, _INTERVAL),
            f"200 x check http (from {_SAMPLE})": lambda: _times(
                in_company(_own(venv, watches[:_SAMPLE]), _AT_ONCE), len(watches) / _SAMPLE
            ),
            "batch --once": lambda: once(venv, watches),
            "batch as a service, a round": lambda: endpoint.as_service(venv),
        }
        if not many_c:
            print("monitoring-plugins is not installed: check_http is left out", file=sys.stderr)
            ways = {how: run for how, run in ways.items() if "C check_http" not in how}
        return _table(f"200 HTTP endpoints on this machine, {_AT_ONCE} processes at once", ways, min(3, pairs))


def _table(title: str, ways: Mapping[str, Callable[[], Spent]], rounds: int) -> str:
    """Run all variants in turn; ratios refer to the first."""
    found: dict[str, list[Spent]] = {how: [] for how in ways}
    for _ in range(rounds):
        for how, run in ways.items():
            print(f"together: {how}", file=sys.stderr)
            found[how].append(run())
    medians = {how: [statistics.median(values) for values in zip(*spent, strict=True)] for how, spent in found.items()}
    first = next(iter(medians.values()))[1]
    rows = [
        (how, f"{cpu * 1000:.0f}", f"{cpu / first:.2f} x", f"{wall * 1000:.0f}" if wall else "")
        for how, (wall, cpu) in medians.items()
    ]
    return table(title, ("how", "CPU ms", "ratio", "ms"), rows)


def machine_watches(port: int, page: str) -> list[list[str]]:
    """Return 20 watches of a machine."""
    return [
        *[["load", "-w", "900", "-c", "999"], ["memory", "-w", "100", "-c", "100"]] * 3,
        *[["processes", "-w", "99999", "--zombies-warning", "99999", "--zombies-critical", "99999"]] * 3,
        *[["disk", "-p", "/", "-w", "100", "-c", "100", "--inodes-warning", "100", "--inodes-critical", "100"]] * 4,
        *[["file_age", "-f", "/etc/passwd"]] * 2,
        *[["tcp_port", "-H", "127.0.0.1", "-p", str(port), "-w", "60", "-c", "60"]] * 3,
        *[["http", "-u", page, "-w", "60", "-c", "60"]] * 2,
    ]


def _own(venv: Path, watches: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[str(venv / "bin/check"), *words] for words in watches]


def _times(spent: Spent, factor: float) -> Spent:
    return Spent(spent.wall * factor, spent.cpu * factor)


def _spread(commands: Sequence[Sequence[str]], seconds: float) -> Spent:
    """Run checks spread over time, as the service and Nagios do: such checks find the processor's caches cold."""
    began, cpu = time.monotonic(), 0.0
    for number, command in enumerate(commands):
        time.sleep(max(0.0, began + number * seconds / len(commands) - time.monotonic()))
        cpu += spend(command).cpu
    return Spent(0.0, cpu)


@contextmanager
def _planned(venv: Path, watches: Sequence[Sequence[str]], every: int = 60) -> Iterator[list[str]]:
    """Return the command line of a batch for these watches, without --once."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        entries = (
            entry(f"watch-{number}", *words, check=words[1], interval=every, retry=every)
            for number, words in enumerate(_own(venv, watches))
        )
        file = written(folder / "plan.json", plan(*entries))
        words = ["--plan", str(file), "--host", "web-1", "--store", str(folder / "store")]
        words += ["--to", f"json-lines:{folder}/results"]
        yield [str(venv / "bin/checkwright-batch"), *words]


def once(venv: Path, watches: Sequence[Sequence[str]]) -> Spent:
    with _planned(venv, watches) as words:
        spent = in_company([[*words, "--once"]], 1)
        _refuse_bad(words, len(watches))
        return spent


def service_round(venv: Path, watches: Sequence[Sequence[str]], every: int = _INTERVAL) -> Spent:
    """Return the processor time of a round of all watches. There is no wall time, since the service spreads them."""
    with _planned(venv, watches, every) as words:
        service = subprocess.Popen(words, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
        try:
            while _results(words) < len(watches):
                if service.poll() is not None:
                    raise RuntimeError(f"{' '.join(words)} ended with {service.returncode}")
                time.sleep(0.05)
            before, seen = tree_seconds(service.pid), _results(words)
            time.sleep(every * _ROUNDS)
            after, done = tree_seconds(service.pid), _results(words) - seen
            _refuse_bad(words, len(watches))
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(60)
    return Spent(0.0, (after - before) / done * len(watches))


def _results(words: Sequence[str]) -> int:
    file = words[-1].removeprefix("json-lines:")
    return Path(file).read_bytes().count(b"\n") if os.path.exists(file) else 0


def _refuse_bad(words: Sequence[str], count: int) -> None:
    """Raise RuntimeError for a result that is not OK, since its cost differs."""
    lines = Path(words[-1].removeprefix("json-lines:")).read_text().splitlines()
    bad = [line for line in lines if '"state": "OK"' not in line]
    if bad or len(lines) < count:
        raise RuntimeError(f"{len(lines)} results for {count} watches, {len(bad)} not OK: {(bad or [''])[0][:300]}")
