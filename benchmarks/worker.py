"""Cost of a check in a real nagios4: forked C plugins, forked Python, and the warm worker, in one run.

Each variant is a burst of forced checks of many services. It counts the processor time of Nagios with everything that
it forks, and of the worker with its helpers, but not of the servers that checks query.
"""

import asyncio
import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environments import PEERS, has, made, readable_peers
from benchmarks.processes import tree_seconds
from benchmarks.table import table
from checkwright.worker.master import Master, MasterSettings
from checkwright.worker.worker_log import Log
from checkwright.worker.worker_status import read_status
from tests.support.aws import client, moto
from tests.support.nagios import Nagios, nagios, own, scratch
from tests.support.running_master import Running
from tests.support.servers import web_server
from tests.support.services import services
from tests.support.worker import Worker, worker

PLUGINS = Path("/usr/lib/nagios/plugins")
#: Credentials for moto's server on this machine.
_AWS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


#: Seconds between two checks of a service.
_EVERY = 10


@dataclass(frozen=True)
class Variant:
    """Variant of running a check. count: number of checks in a burst."""

    check: str
    how: str
    line: str
    count: int
    warm: bool = False


@dataclass(frozen=True)
class Cost:
    """Cost of one burst: milliseconds of processor time for each check, Nagios's part with everything that it forks,
    checks a second, seconds from job to result.
    """

    cpu: float
    nagios: float
    rate: float
    median: float
    slow: float


def bursts(venv: Path, pairs: int, only: str = "") -> str:
    """Run each variant `pairs` times (three at most), in turn. Return medians, and ratios to the worker's.

    only: the name of a check, all by default.
    """
    with ExitStack() as stack:
        variants = stack.enter_context(http_variants(venv) if only == "http" else _variants(venv))
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
            f"{cost.nagios:.2f}",
            f"{cost.cpu / warm[variant.check]:.1f} x",
            f"{cost.rate:.0f}",
            f"{cost.median * 1000:.0f} / {cost.slow * 1000:.0f}",
            _spread([one.cpu for one in found[variant]]),
        )
        for variant, cost in medians.items()
    ]
    return table(
        "A check in a real nagios4: CPU ms in all, its ratio to the worker's, checks a second in a burst, execution ms",
        ("check", "how", "CPU ms", "Nagios's", "ratio", "a second", "p50/p95 ms", "noise"),
        rows,
    )


def sustained(venv: Path, pairs: int) -> str:
    """Measure `load` on its schedule at several rates: throughput and latency of the worker.

    Nagios's clock has a resolution of a second, and checks that once started together stay together. The last rows
    therefore send evenly spaced jobs to the worker's master without Nagios, and to an echo process.
    """
    del pairs
    warm, forked = f"{venv}/bin/check load -w", f"{PLUGINS}/check_load -c 9999 -w"
    rows = [("checkwright, worker", *sustained_rate(f"{warm} {{}}", rate, warm=True)) for rate in (200, 2_000)]
    if Path(forked.split()[0]).exists():
        rows.append(("C check_load, forked", *sustained_rate(f"{forked} {{}}", 200, warm=False)))
    rows += evenly(f"{venv}/bin/check", 200)
    return table(
        "Sustained: load on its schedule; worker ms from job to answer, Nagios ms from start to end",
        ("how", "queried a second", "done a second", "CPU ms in all", "p50 ms", "p99 ms", "worker MB"),
        rows,
    )


def master(venv: Path, pairs: int) -> str:
    """Measure only the last rows of `sustained`, once for each pair, five times at most: 20 s each."""
    rows = [row for _ in range(min(5, pairs)) for row in evenly(f"{venv}/bin/check", 200)]
    return table(
        "The worker's master with evenly spaced jobs, without Nagios: milliseconds from job to answer",
        ("how", "a second", "p50 ms", "p99 ms"),
        [(how, rate, middle, slow) for how, rate, _, _, middle, slow, _ in rows],
    )


def sustained_rate(line: str, rate: int, *, warm: bool, every: int = _EVERY) -> tuple[str, ...]:
    """Run a number of services, each with its own threshold, once in `every` seconds, for two intervals.

    Return requested and completed checks a second, CPU milliseconds of a check, p50, p99, and the worker's memory.
    """
    lines = {f"load{number}": line.format(1000 + number) for number in range(rate * every)}
    settings = {"interval_length": "1", "service_inter_check_delay_method": "s"}
    with _watched(lines, every, warm, **settings) as (daemon, running, path):
        daemon.wait_until_checked(len(lines))
        time.sleep(every)  # Nagios starts with a burst
        before, jobs, began = _spent(daemon) + _spent(running), _jobs(path), time.monotonic()
        time.sleep(2 * every)
        spent = _spent(daemon) + _spent(running) - before
        # Nagios does not count checks that it forks: assume that it kept up with those.
        done = (_jobs(path) - jobs) / (time.monotonic() - began) if warm else rate
        times = sorted(float(one.raw["check_execution_time"]) for one in daemon.services().values())
        return (
            str(rate),
            f"{done:.0f}" if warm else "",
            f"{spent / (2 * every) / done * 1000:.2f}",
            f"{times[len(times) // 2] * 1000:.1f}",
            f"{times[int(len(times) * 0.99)] * 1000:.1f}",
            f"{_status(path)['memory'] / 1e6:.0f}" if warm else "",
        )


def evenly(check: str, rate: int, seconds: float = _EVERY) -> list[tuple[str, ...]]:
    """Run `load` on the worker's master in this process at evenly spaced moments. Return rows like `sustained`.

    First as a normal process, next to an unrelated echo process. Then, where permitted, with real-time scheduling, as
    on a machine without other load: any remaining delay is the worker's.
    """

    async def run_evenly() -> list[float]:
        master = Master(MasterSettings([check]), Log())
        await master.start()
        try:
            running = Running(master)
            await asyncio.gather(*(running.run(f"{check} load -w 900 -c 999") for _ in range(rate)))
            began, runs = time.monotonic(), []
            for number in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
                runs.append(asyncio.ensure_future(running.run(f"{check} load -w {1000 + number} -c 9999")))
            return [one.stopped - one.started for one in await asyncio.gather(*runs)]
        finally:
            await master.close()

    def row(how: str, times: list[float]) -> tuple[str, ...]:
        middle, slow = (sorted(times)[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
        return how, str(rate), str(rate), "", f"{middle:.1f}", f"{slow:.1f}", ""

    echo = [sys.executable, str(PEERS / "echo.py"), str(rate), str(seconds)]
    with subprocess.Popen(echo, stdout=subprocess.PIPE, text=True) as machine:
        rows = [row("ours, its master evenly", asyncio.run(run_evenly()))]
        rows.append(row("(a byte to another process)", [float(one) for one in machine.communicate()[0].split()]))
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        return rows
    try:
        return [*rows, row("ours, its master before all others", asyncio.run(run_evenly()))]
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@contextmanager
def _variants(venv: Path) -> Iterator[list[Variant]]:
    check, python = f"{venv}/bin/check", f"{venv}/bin/python"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # moto's server logs each request
    with web_server({"/": (200, {}, b"fine")}) as web, moto() as aws, scratch() as folder:
        client("sqs", aws).create_queue(QueueName="events")
        page = f"http://127.0.0.1:{web.port}/"
        queue = f"sqs_backlog --queue events --region eu-west-1 --endpoint-url {aws} -t 50 --oldest-warning 9999999"
        peers = made(folder / "peers", ["linuxfabrik-lib"])
        scripts = readable_peers()
        fabric = f"{peers}/bin/python {scripts}/check_linuxfabrik.py"
        found = [
            Variant("load", "C check_dummy", f"{PLUGINS}/check_dummy 0", 300),
            Variant("load", "C check_load", f"{PLUGINS}/check_load -w 900,900,900 -c 999,999,999", 300),
            Variant("load", "nagiosplugin example", f"{python} {scripts}/check_load.py -w 900 -c 999", 60),
            Variant("load", "on linuxfabrik-lib", f"{fabric} load -w 900 -c 999", 60),
            Variant("load", "checkwright, forked", f"{check} load -w 900 -c 999", 60),
            Variant("load", "checkwright, worker", f"{check} load -w 900 -c 999", 2000, warm=True),
            Variant("disk", "C check_disk", f"{PLUGINS}/check_disk -w 1% -c 0% -p /", 300),
            Variant("disk", "on linuxfabrik-lib", f"{fabric} disk -w 99 -c 100", 60),
            Variant("disk", "checkwright, forked", f"{check} disk -p / -w 99 -c 100", 60),
            Variant("disk", "checkwright, worker", f"{check} disk -p / -w 99 -c 100", 500, warm=True),
            *_on_page(venv, page, web.port),
            Variant("http", "on linuxfabrik-lib", f"{fabric} page --url {page}", 40),
            Variant("sqs_backlog", "checkwright, forked", f"{check} {queue}", 16),
            Variant("sqs_backlog", "checkwright, worker", f"{check} {queue}", 60, warm=True),
        ]
        if not has(peers, "lib.base"):
            found = [one for one in found if fabric not in one.line]
        yield [one for one in found if Path(one.line.split()[0]).exists()]


@contextmanager
def http_variants(venv: Path) -> Iterator[list[Variant]]:
    """Yield the variants of `http` against a server on this machine; those that are not installed are left out."""
    with web_server({"/": (200, {}, b"fine")}) as web:
        found = _on_page(venv, f"http://127.0.0.1:{web.port}/", web.port)
        yield [one for one in found if Path(one.line.split()[0]).exists()]


def _on_page(venv: Path, page: str, port: int) -> list[Variant]:
    ours, script = f"{venv}/bin/check http", f"{venv}/bin/python {readable_peers()}/check_http.py"
    return [
        Variant("http", "C check_http", f"{PLUGINS}/check_http -H 127.0.0.1 -p {port} -u /", 200),
        Variant("http", "nagiosplugin and requests", f"{script} -u {page} -w 60 -c 60", 40),
        Variant("http", "checkwright, forked", f"{ours} -u {page} -w 60 -c 60", 40),
        Variant("http", "checkwright, worker", f"{ours} -u {page} -w 60 -c 60", 1_000, warm=True),
    ]


def burst(variant: Variant) -> Cost:
    """Run all services once to warm up, then measure a second run."""
    lines = {f"s{number}": variant.line for number in range(variant.count)}
    with _watched(lines, minutes=10_000, warm=variant.warm) as (daemon, running, _):
        daemon.wait_until_checked(variant.count)
        before, began = (_spent(daemon), _spent(running)), time.monotonic()
        found = daemon.check_all_now([("here", name) for name in lines])
        # check_all_now waits for the next second, and status.dat is written once a second: rates are lower bounds.
        took = time.monotonic() - began
        nagios_spent, worker_spent = _spent(daemon) - before[0], _spent(running) - before[1]
    bad = [status.output for status in found.values() if status.state != "OK"]
    if bad:
        raise RuntimeError(f"{variant.how} of {variant.check}: {len(bad)} are not OK, such as {bad[0]}")
    times = sorted(float(status.raw["check_execution_time"]) for status in found.values())
    return Cost(
        (nagios_spent + (worker_spent if variant.warm else 0)) / variant.count * 1000,
        nagios_spent / variant.count * 1000,
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
        # Without it, the worker has no connection: both measure the same Nagios.
        query_socket = socket if warm else str(folder / "none.qh")
        words = ("--socket", query_socket, "--status-socket", str(status))
        running = stack.enter_context(worker(folder, *words, env=_AWS))
        running.wait_for("ready:")
        before = dict(os.environ)
        os.environ.update(_AWS)  # for children of Nagios
        try:
            daemon = stack.enter_context(nagios(services(lines, minutes), query_socket=socket, **settings))
        finally:
            os.environ.clear()
            os.environ.update(before)
        if warm:
            running.wait_for("registered with Nagios")
        yield daemon, running, status


def _spent(running: Nagios | Worker) -> float:
    return tree_seconds(running.pid)


def _jobs(path: Path) -> int:
    """Return the number of jobs that the worker has taken."""
    count: int = _status(path)["counts"]["jobs"]
    return count


def _status(path: Path) -> dict[str, Any]:
    return read_status(str(path))


def _spread(values: list[float]) -> str:
    middle = statistics.median(values)
    return f"{min(values) / middle:.2f} to {max(values) / middle:.2f}" if middle else ""
