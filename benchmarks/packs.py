"""Each check of the library cold and in a warm worker, next to the plugin that a shop would use today."""

import os
import shlex
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks.processes import ENVIRONMENT, spend
from benchmarks.table import table
from checkwright.core.catalog import LIBRARY, Found, all_checks, find
from checkwright.core.world import World
from checkwright.testing import run
from tests.support.sample import Sample, sample_of

_PLUGINS = Path("/usr/lib/nagios/plugins")
#: Arguments of plugins of Debian for the same target, from the sample of our check. Their packages are
#: monitoring-plugins-basic, -standard and -contrib, and nagios-plugins-rabbitmq. A check without one is shown alone.
Arguments = Callable[["Words"], list[str]]


class Words:
    """Options of a sample command line: `Words("--host 127.0.0.1:80").host == "127.0.0.1"`."""

    def __init__(self, sample: Sample) -> None:
        words = shlex.split(sample.words)
        self.options = {words[at]: words[at + 1] for at in range(len(words) - 1) if words[at].startswith("-")}
        self.url = self.options.get("--url", "")
        address = next((self.options[flag] for flag in ("--host", "--server") if flag in self.options), "")
        parts = urlsplit(self.url or f"//{address}")
        self.address = address
        self.host = parts.hostname or "127.0.0.1"
        self.port = str(parts.port or "")
        self.path = parts.path or "/"


PEERS: dict[str, tuple[str, Arguments]] = {
    "apache": ("check_httpd_status", lambda one: ["-u", f"{one.url}?auto", "-H", one.host]),
    "clock": ("check_clock", lambda one: ["-r", "0"]),
    "cpu": ("check_cpu", lambda one: []),
    "disk": ("check_disk", lambda one: ["-w", "10%", "-c", "5%", "-p", "/"]),
    "dns": ("check_dns", lambda one: ["-H", "shop.test", "-s", one.host]),
    "file_age": ("check_file_age", lambda one: ["-f", "/etc/hostname"]),
    "haproxy": ("check_haproxy_stats", lambda one: ["-s", one.address]),
    "http": ("check_http", lambda one: ["-I", one.host, "-p", one.port, "-u", one.path]),
    "load": ("check_load", lambda one: ["-w", "50,50,50", "-c", "90,90,90"]),
    "log_file": ("check_log", lambda one: ["-F", "/etc/hostname", "-O", "{folder}/seen", "-q", "ERROR"]),
    "memcached": ("check_memcached", lambda one: ["-H", one.host, "-p", one.port]),
    "memory": ("check_memory", lambda one: ["-w", "1%", "-c", "0%"]),
    "mysql": ("check_mysql", lambda one: ["-s", one.address, "-u", "nagios", "-p", "hush"]),
    "network": ("check_network", lambda one: []),
    "nginx": ("check_http", lambda one: ["-I", one.host, "-p", one.port, "-u", one.path]),
    "ping": ("check_icmp", lambda one: ["-H", one.host, "-n", "2"]),
    "postgresql": ("check_pgsql", lambda one: ["-H", one.address, "-l", "nagios", "-d", "postgres"]),
    "pressure": ("check_pressure", lambda one: ["--cpu"]),
    "processes": ("check_procs", lambda one: ["-w", "1:9000"]),
    "raid": ("check_raid", lambda one: []),
    "redis": ("check_redis", lambda one: ["-H", one.host, "-p", one.port]),
    "swap": ("check_swap", lambda one: ["-w", "1%", "-c", "0%"]),
    "tcp_port": ("check_tcp", lambda one: ["-H", one.host, "-p", one.options.get("--port", "")]),
    "tls_certificate": ("check_http", lambda one: ["-S", "-C", "1", "-I", one.host, "-p", one.port]),
}


def packs(venv: Path, pairs: int, only: tuple[str, ...] = ()) -> str:
    """Return processor time of each check: a cold start, a run in a warm process, and the plugin's start.

    pairs: runs of each. only: names of checks, all by default. A check whose server is not installed is left out.
    """
    rows = []
    for found in all_checks():
        if Path(found.file).is_relative_to(LIBRARY) and (not only or found.name in only):
            with _sample(found) as sample:
                if sample is not None:
                    rows.append(_row(venv, found.name, sample, pairs))
    heading = ["check", "cold cpu ms", "warm cpu ms", "plugin", "its cpu ms", "wall ms", "its wall ms"]
    return table(f"Checks next to plugins of Debian, medians of {pairs} runs", heading, rows)


@contextmanager
def _sample(found: Found) -> Iterator[Sample | None]:
    """Yield the sample of a check with its server, None if a component is missing here."""
    with tempfile.TemporaryDirectory(prefix="checkwright-packs-") as folder:
        context = sample_of(found, Path(folder))
        try:
            sample = context.__enter__()
        except pytest.skip.Exception:
            yield None
            return
        try:
            yield sample
        finally:
            context.__exit__(None, None, None)


def _row(venv: Path, name: str, sample: Sample, pairs: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="checkwright-packs-") as folder:
        env = {**ENVIRONMENT, **sample.env, "CHECKS_STATE_DIR": folder}
        ours = [str(venv / "bin/check"), name, *shlex.split(sample.words)]
        theirs = _peer(name, sample, folder)
        cold, other = [], []
        for number in range(pairs + 1):
            cold.append(spend(ours, env))
            if theirs:
                other.append(spend(theirs, env))
            if not number:  # the first run of each fills the page cache
                cold.clear()
                other.clear()
        return [
            name,
            _median(one.cpu for one in cold),
            _median(_warm(name, sample, env, pairs)),
            Path(theirs[0]).name if theirs else "",
            _median(one.cpu for one in other),
            _median(one.wall for one in cold),
            _median(one.wall for one in other),
        ]


def _peer(name: str, sample: Sample, folder: str) -> list[str]:
    """Return the command line of the plugin for the same target, empty without one or where it does not work here."""
    if name not in PEERS:
        return []
    plugin, arguments = PEERS[name]
    command = [str(_PLUGINS / plugin), *(word.format(folder=folder) for word in arguments(Words(sample)))]
    if not os.access(command[0], os.X_OK):
        return []
    works = subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=False).returncode == 0
    return command if works else []


def _warm(name: str, sample: Sample, env: Mapping[str, str], runs: int) -> Iterator[float]:
    """Yield the processor time of runs in this thread, after one that loads the modules.

    A server may run in a thread of this process, so the time of the whole process would include it.
    """
    kept = dict(os.environ)
    os.environ.update(env)
    try:
        kind, world = find(name), World()  # sources live as long as the worker, and with them clients and contexts
        for number in range(runs + 1):
            began = time.thread_time()
            run(kind, sample.words, world)
            if number:
                yield time.thread_time() - began
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _median(seconds: Iterator[float]) -> str:
    found = list(seconds)
    return f"{statistics.median(found) * 1000:.1f}" if found else ""
