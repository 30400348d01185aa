"""What a check costs in a real nagios4: forked C plugins, forked Python, and through the warm worker, in one run.

A burst of forced checks, each variant a service of its own many times over. Counted is the processor time of Nagios
with all that it forks, and of the worker with its helpers; not that of the servers which are asked.
"""

import os
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.table import table
from checks.ctl.worker_status import asked
from tests.support.aws import client, moto
from tests.support.nagios import Nagios, nagios, own, scratch
from tests.support.servers import web_server
from tests.support.services import services
from tests.support.worker import Worker, worker

PLUGINS = Path("/usr/lib/nagios/plugins")
PEERS = Path(__file__).parent / "peers"
#: Made-up credentials, for moto's server on this machine.
_AWS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Variant:
    """One way to run a check. count: how many of it a burst holds."""

    check: str
    how: str
    line: str
    count: int
    warm: bool = False


@dataclass(frozen=True)
class Cost:
    """Of one burst: milliseconds of processor time a check, checks a second, seconds from job to result."""

    cpu: float
    rate: float
    median: float
    slow: float


def bursts(venv: Path, pairs: int) -> str:
    """Each variant `pairs` times (three at most), the variants in turn; medians, and ratios to the worker's."""
    with ExitStack() as stack:
        variants = stack.enter_context(_variants(venv))
        found: dict[Variant, list[Cost]] = {variant: [] for variant in variants}
        for _ in range(min(3, pairs)):
            for variant in variants:
                print(f"worker: {variant.check}, {variant.how}", file=sys.stderr)
                found[variant].append(burst(variant))
    medians = {
        variant: Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in Cost.__annotations__))
        for variant, costs in found.items()
    }
    warm = {variant.check: cost.cpu for variant, cost in medians.items() if variant.warm}
    rows = [
        (
            variant.check,
            variant.how,
            f"{cost.cpu:.2f}",
            f"{cost.cpu / warm[variant.check]:.1f} x",
            f"{cost.rate:.0f}",
            f"{cost.median * 1000:.0f} / {cost.slow * 1000:.0f}",
            _spread([one.cpu for one in found[variant]]),
        )
        for variant, cost in medians.items()
    ]
    return table(
        "A check in a real nagios4: CPU ms in all, its ratio to the worker's, checks a second in a burst, execution ms",
        ("check", "how", "CPU ms", "ratio", "a second", "p50/p95 ms", "noise"),
        rows,
    )


def sustained(venv: Path, pairs: int) -> str:
    """`load` by its schedule, at several rates: what the worker keeps up with, and how long its answers take."""
    del pairs
    rows = [_rate(venv, rate) for rate in (200, 2_000)]
    return table(
        "Sustained: load by its schedule",
        ("asked a second", "done a second", "worker CPU ms", "p50 ms", "p99 ms", "worker MB"),
        rows,
    )


def _rate(venv: Path, rate: int) -> tuple[str, ...]:
    lines = {f"load{number}": f"{venv}/bin/check load -w {1000 + number}" for number in range(rate * 10)}
    settings = {"interval_length": "1", "service_inter_check_delay_method": "s"}
    with _watched(lines, 10, True, **settings) as (daemon, running, path):
        running.wait(lambda: _status(path)["counts"]["jobs"] > rate * 10, "every service to be checked once")
        before, jobs, began = _spent(running), _status(path)["counts"]["jobs"], time.monotonic()
        time.sleep(20)
        status, took = _status(path), time.monotonic() - began
        done = status["counts"]["jobs"] - jobs
        # The worker's own percentiles still hold its first seconds, in which Nagios asks for everything at once.
        times = sorted(float(one.raw["check_execution_time"]) for one in daemon.services().values())
        return (
            str(rate),
            f"{done / took:.0f}",
            f"{(_spent(running) - before) / done * 1000:.2f}",
            f"{times[len(times) // 2] * 1000:.0f}",
            f"{times[int(len(times) * 0.99)] * 1000:.0f}",
            f"{status['memory'] / 1e6:.0f}",
        )


@contextmanager
def _variants(venv: Path) -> Iterator[list[Variant]]:
    check, python = f"{venv}/bin/check", f"{venv}/bin/python"
    with web_server({"/": (200, {}, b"fine")}) as web, moto() as aws:
        client("sqs", aws).create_queue(QueueName="events")
        page = f"http://127.0.0.1:{web.port}/"
        queue = f"sqs_backlog --queue events --endpoint-url {aws} -t 50 --oldest-warning 9999999"
        found = [
            Variant("load", "C check_dummy", f"{PLUGINS}/check_dummy 0", 300),
            Variant("load", "C check_load", f"{PLUGINS}/check_load -w 900,900,900 -c 999,999,999", 300),
            Variant("load", "nagiosplugin example", f"{python} {PEERS}/check_load.py -w 900 -c 999", 60),
            Variant("load", "ours, forked", f"{check} load -w 900 -c 999", 60),
            Variant("load", "ours, worker", f"{check} load -w 900 -c 999", 2000, warm=True),
            Variant("disk", "C check_disk", f"{PLUGINS}/check_disk -w 1% -c 0% -p /", 300),
            Variant("disk", "ours, forked", f"{check} disk -p / -w 99 -c 100", 60),
            Variant("disk", "ours, worker", f"{check} disk -p / -w 99 -c 100", 500, warm=True),
            Variant("http", "C check_http", f"{PLUGINS}/check_http -H 127.0.0.1 -p {web.port} -u /", 200),
            Variant("http", "nagiosplugin and requests", f"{python} {PEERS}/check_http.py -u {page} -w 60 -c 60", 40),
            Variant("http", "ours, forked", f"{check} http -u {page} -w 60 -c 60", 40),
            Variant("http", "ours, worker", f"{check} http -u {page} -w 60 -c 60", 300, warm=True),
            Variant("sqs_backlog", "ours, forked", f"{check} {queue}", 16),
            Variant("sqs_backlog", "ours, worker", f"{check} {queue}", 60, warm=True),
        ]
        yield [one for one in found if not one.line.startswith(str(PLUGINS)) or Path(one.line.split()[0]).exists()]


def burst(variant: Variant) -> Cost:
    """All services once to warm up, then once more, measured."""
    lines = {f"s{number}": variant.line for number in range(variant.count)}
    with _watched(lines, minutes=10_000, warm=variant.warm) as (daemon, running, _):
        daemon.wait_until_checked(variant.count)
        counted: list[Nagios | Worker] = [daemon, running] if variant.warm else [daemon]
        before, began = sum(map(_spent, counted)), time.monotonic()
        found = daemon.check_all_now([("here", name) for name in lines])
        # check_all_now waits for the next second first, and status.dat is written each second: rates are lower bounds.
        took, after = time.monotonic() - began, sum(map(_spent, counted))
    bad = [status.output for status in found.values() if status.state != "OK"]
    if bad:
        raise RuntimeError(f"{variant.how} of {variant.check}: {len(bad)} are not OK, such as {bad[0]}")
    times = sorted(float(status.raw["check_execution_time"]) for status in found.values())
    return Cost(
        (after - before) / variant.count * 1000,
        variant.count / took,
        times[len(times) // 2],
        times[int(len(times) * 0.95)],
    )


@contextmanager
def _watched(
    lines: Mapping[str, str], minutes: int, warm: bool = True, **settings: str
) -> Iterator[tuple[Nagios, Worker, Path]]:
    with scratch() as folder, ExitStack() as stack:
        own(folder)
        socket, status = str(folder / "nagios.qh"), folder / "status.sock"
        # Without it, the worker registers with nobody: both measure the same Nagios.
        wanted = socket if warm else str(folder / "none.qh")
        words = ("--socket", wanted, "--status-socket", str(status))
        running = stack.enter_context(worker(folder, *words, env=_AWS))
        running.wait_for("ready:")
        before = dict(os.environ)
        os.environ.update(_AWS)  # for what Nagios forks
        try:
            daemon = stack.enter_context(nagios(services(lines, minutes), query_socket=socket, **settings))
        finally:
            os.environ.clear()
            os.environ.update(before)
        if warm:
            running.wait_for("registered with Nagios")
        yield daemon, running, status


def _spent(running: Nagios | Worker) -> float:
    """Processor seconds of a daemon and of all that it has started and collected."""
    root = running.pid
    total = 0
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry)] = int(fields[1])
            spent[int(entry)] = sum(int(field) for field in fields[11:15])
    for pid, ticks in spent.items():
        above: int | None = pid
        while above and above != root:
            above = parents.get(above)
        if above == root:
            total += ticks
    return total / _TICKS


def _status(path: Path) -> dict[str, Any]:
    return asked(str(path))


def _spread(values: list[float]) -> str:
    middle = statistics.median(values)
    return f"{min(values) / middle:.2f} to {max(values) / middle:.2f}" if middle else ""
