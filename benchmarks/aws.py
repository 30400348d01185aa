"""Metrics of CloudWatch for many watches: calls, billed metrics and processor time, in one process each and together.

Watches of the worker and of the batch share a request where they start within a second. AWS bills each metric of a
request, so that fewer calls save time and throttling, and no money.
"""

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from benchmarks.environments import PEERS
from benchmarks.processes import ENVIRONMENT, spend, tree_seconds
from benchmarks.table import table
from checkwright.worker.master import Master, MasterSettings
from checkwright.worker.worker_log import Log
from tests.checkwright.batch.plans import entry, plan, written
from tests.support.running_master import Running

#: Watches, each of one series, and the seconds that their starts are spread over.
SERIES, SPREAD = 200, 20.0
#: Processes that run; the processor time of all is extrapolated.
_SAMPLE = 20
_AWS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


@dataclass(frozen=True)
class Round:
    """One run of each watch: calls, billed metrics, processor seconds, and median seconds from start to answer.

    median: None if it is not known.
    """

    calls: int
    metrics: int
    cpu: float
    median: float | None = None


class CloudWatch:
    """CloudWatch in a process of its own. `counts` returns calls and billed metrics since the last time."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self.address = address
        self.pid = process.pid

    def counts(self) -> tuple[int, int]:
        with urlopen(f"{self.address}/counts") as answer:
            found = json.load(answer)
        return int(found["calls"]), int(found["metrics"])


def aws(venv: Path, pairs: int) -> str:
    """Return the table of all ways; medians of at most three rounds where the round is a warm one."""
    rounds = min(3, pairs)
    with cloudwatch() as server:
        print("aws: one process each", file=sys.stderr)
        found = {f"{SERIES} processes (from {_SAMPLE})": apart(venv, server)}
        for how, spread in (("spread over 20 s", SPREAD), ("at once", 0.0)):
            print(f"aws: worker, {how}", file=sys.stderr)
            cold, *warm = worker_rounds(venv, server, 1 + rounds, spread=spread)
            found |= {f"worker, {how}, first round": cold, f"worker, {how}": _median(warm)}
        print("aws: batch", file=sys.stderr)
        cold, *warm = batch_rounds(venv, server, 1 + rounds)
        found |= {"batch, spread over 20 s, first round": cold, "batch, spread over 20 s": _median(warm)}
    first = next(iter(found.values()))
    return table(
        f"{SERIES} watches of one CloudWatch metric each: calls, metrics that AWS bills, CPU ms, ms to the answer",
        ("how", "calls", "metrics", "CPU ms", "ratio", "p50 ms"),
        [
            (
                how,
                str(one.calls),
                str(one.metrics),
                f"{one.cpu * 1000:.0f}",
                f"{one.cpu / first.cpu:.3f} x",
                "" if one.median is None else f"{one.median * 1000:.0f}",
            )
            for how, one in found.items()
        ],
    )


@contextmanager
def cloudwatch() -> Iterator[CloudWatch]:
    """Run the server of metrics."""
    words = [sys.executable, str(PEERS / "cloudwatch.py")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield CloudWatch(process, process.stdout.readline().strip())
        finally:
            process.kill()


def watch(number: int, address: str) -> list[str]:
    """Return the words of one watch, a series of its own."""
    series = f"orders=Shop:Orders{{Number={number}}}:Sum"
    return ["cloudwatch", "--series", series, "--endpoint-url", address, "-t", "50"]


def apart(venv: Path, server: CloudWatch) -> Round:
    """Run each watch in a process of its own. All numbers are those of all watches, from a sample of them."""
    server.counts()
    env = {**ENVIRONMENT, **_AWS}
    spent = [spend([str(venv / "bin/check"), *watch(number, server.address)], env) for number in range(_SAMPLE)]
    factor = SERIES // _SAMPLE
    calls, metrics = server.counts()
    cpu, wall = (sum(one.cpu for one in spent), statistics.median(one.wall for one in spent))
    return Round(calls * factor, metrics * factor, cpu * factor, wall)


def worker_rounds(
    venv: Path, server: CloudWatch, rounds: int, count: int = SERIES, spread: float = SPREAD
) -> list[Round]:
    """Run all watches on the worker's master in this process, `rounds` times, at evenly spaced moments."""
    check = str(venv / "bin/check")
    lines = [[check, *watch(number, server.address)] for number in range(count)]

    async def one_round(running: Running) -> Round:
        server.counts()
        before, began, runs = _spent(server), time.monotonic(), []
        for number, line in enumerate(lines):
            await asyncio.sleep(max(0.0, began + number * spread / count - time.monotonic()))
            runs.append(asyncio.ensure_future(running.run(line)))
        answers = await asyncio.gather(*runs)
        bad = [one for one in answers if one.status]
        if bad:
            raise RuntimeError(f"{len(bad)} watches are not OK, such as {bad[0].output.decode()[:300]}")
        calls, metrics = server.counts()
        median = statistics.median(one.stopped - one.started for one in answers)
        return Round(calls, metrics, _spent(server) - before, median)

    async def play() -> list[Round]:
        master = Master(MasterSettings([check]), Log())
        await master.start()
        try:
            running = Running(master)
            return [await one_round(running) for _ in range(rounds)]
        finally:
            await master.close()

    with _environment(_AWS):
        return asyncio.run(play())


def batch_rounds(
    venv: Path, server: CloudWatch, rounds: int, count: int = SERIES, spread: int = int(SPREAD)
) -> list[Round]:
    """Run all watches in the batch as a service, whose interval is the time that their starts are spread over."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        results = folder / "results"
        entries = [
            entry(f"watch-{n}", str(venv / "bin/check"), *watch(n, server.address), check="cloudwatch", interval=spread)
            for n in range(count)
        ]
        words = ["--plan", str(written(folder / "plan.json", plan(*entries))), "--host", "web-1"]
        words += ["--store", str(folder / "store"), "--to", f"json-lines:{results}"]
        server.counts()
        command = [str(venv / "bin/checkwright-batch"), *words]
        service = subprocess.Popen(command, env={**ENVIRONMENT, **_AWS}, stderr=subprocess.DEVNULL)
        try:
            return list(_batch_rounds(service, server, results, rounds, count, spread))
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(60)


def _batch_rounds(
    service: "subprocess.Popen[bytes]", server: CloudWatch, results: Path, rounds: int, count: int, spread: int
) -> Iterator[Round]:
    began, before = time.monotonic(), 0.0
    for number in range(1, rounds + 1):
        # A round is an interval, so that each watch starts once in it.
        while time.monotonic() < began + number * spread or (number == 1 and _results(results) < count):
            if service.poll() is not None:
                raise RuntimeError(f"checkwright-batch ended with {service.returncode}")
            time.sleep(0.05)
        if number == 1:
            began = time.monotonic() - spread
        after = tree_seconds(service.pid)
        calls, metrics = server.counts()
        yield Round(calls, metrics, after - before)
        before = after
    lines = results.read_text().splitlines()
    bad = [line for line in lines if '"state": "OK"' not in line]
    if bad or len(lines) < count:
        raise RuntimeError(f"{len(lines)} results for {count} watches, {len(bad)} not OK: {(bad or [''])[0][:300]}")


def _results(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


def _spent(server: CloudWatch) -> float:
    """Return the processor seconds of this process and its children, without the server."""
    return tree_seconds(os.getpid()) - tree_seconds(server.pid)


def _median(rounds: Sequence[Round]) -> Round:
    return Round(
        round(statistics.median(one.calls for one in rounds)),
        round(statistics.median(one.metrics for one in rounds)),
        statistics.median(one.cpu for one in rounds),
        None if rounds[0].median is None else statistics.median(one.median or 0 for one in rounds),
    )


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
