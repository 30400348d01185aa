"""Checks through gearmand: processor time and latency for each check, by worker."""

import os
import pwd
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from benchmarks.environments import readable_peers
from benchmarks.table import table
from checkwright.worker.gearman.gearman_client import NotAccepted, submit
from checkwright.worker.gearman.packets import Kind, PacketReader, request
from checkwright.worker.gearman.payload import Codec

PLUGINS = Path("/usr/lib/nagios/plugins")
#: Folder of other workers, which are in no Debian package: mod_gearman's in C and the one in Go, by these names.
OTHERS = os.environ.get("CHECKWRIGHT_GEARMAN_WORKERS", "")
C_WORKER, GO_WORKER = "mod_gearman_worker", "mod_gearman_worker_go"
RATES = (50, 200, 1_000)
#: Seconds of load for each row, and seconds to wait for the remaining answers.
SECONDS, AFTERWARDS = 8.0, 4.0
#: Jobs at once for each worker, and seconds of idleness.
AT_ONCE, IDLE = 2_000, 10.0
#: Workers on one machine, and jobs for them, all at once.
WORKERS, JOBS = (1, 2, 4), 8_000
#: Load of a fleet for the estimate: checks on each host, and their interval in seconds.
HOSTS, WATCHES, INTERVAL = (10_000, 100_000), 20, 60
_KEY = b"a key for benchmarks"
_QUEUE = "service"
_RESULTS = "check_results"
_CODEC = Codec(_KEY)


class Rival(NamedTuple):
    """Worker and its workload. folder: the key and other files. `started` returns its command."""

    name: str
    worker: str
    command: str
    #: Maximum rate: a worker that forks Python cannot keep up with more.
    most: int = 10_000


class Row(NamedTuple):
    """Row of the table. cpu: microseconds for each check of the worker with all its processes; server: of gearmand.
    p50, p95: seconds."""

    answered: int
    sent: int
    cpu: float
    server: float
    p50: float
    p95: float


def gearman(
    venv: Path,
    rates: Sequence[int] = RATES,
    seconds: float = SECONDS,
    workers: Sequence[int] = WORKERS,
    jobs: int = JOBS,
) -> str:
    """Compare the worker with one that forks the same plugins, and with the workers in OTHERS."""
    ours = f"{venv / 'bin/check'} load -w 900 -c 1000"
    theirs = f"{venv / 'bin/python'} {readable_peers() / 'check_load.py'} -w 900 -c 1000"
    in_c = f"{PLUGINS / 'check_load'} -w 900,900,900 -c 1000,1000,1000"
    rivals = [
        Rival("checkwright-worker, check load in it", "ours", ours),
        Rival("checkwright-worker, C check_load", "ours", in_c),
        Rival("plain worker, forks C check_load", "plain", in_c),
        Rival("plain worker, forks check load", "plain", ours, 50),
        Rival("plain worker, forks nagiosplugin", "plain", theirs, 50),
    ]
    absent = []
    for name, file in (("mod_gearman's worker", C_WORKER), ("Go worker", GO_WORKER)):
        if OTHERS and Path(OTHERS, file).exists():
            rivals.append(Rival(f"{name}, forks C check_load", file, in_c))
            rivals.append(Rival(f"{name}, forks check load", file, ours, 50))
        else:
            absent.append(file)
    rows = []
    measured: dict[str, Row] = {}
    rivals = [one for one in rivals if one.command != in_c or (PLUGINS / "check_load").exists()]
    for rival in rivals:
        for rate in rates:
            if rate <= rival.most:
                measured[rival.name] = _measured(rival, rate, seconds, venv)
                rows.append(_shown(rival, rate, measured[rival.name]))
    heading = ("worker", "checks/s", "answered", "worker us", "gearmand us", "p50 ms", "p95 ms")
    title = f"Through gearmand: {seconds:g} s each, encrypted, processor time a check with all processes of the worker"
    left_out = f"\n  left out: {' and '.join(absent)}, not in CHECKWRIGHT_GEARMAN_WORKERS" if absent else ""
    alone = _alone([one for one in rivals if one.most > rates[-1]], min(AT_ONCE, jobs), min(IDLE, seconds), venv)
    grown = _growth(ours, workers, jobs, venv) if workers else ""
    return "\n\n".join(
        part for part in (table(title, heading, rows) + left_out, alone, grown, _on_paper(measured)) if part
    )


def _alone(rivals: Sequence[Rival], jobs: int, seconds: float, venv: Path) -> str:
    """Return the table of each worker with many jobs at once, and without any."""
    rows = []
    for rival in rivals:
        with _scene(rival, 1, venv) as (asker, spent):
            before = _idle(asker.worker)
            time.sleep(seconds)
            idle = [(after - one) / seconds for one, after in zip(before, _idle(asker.worker), strict=True)]
            before_jobs = spent()[0]
            began = time.monotonic()
            asker.ask(rival.command, jobs, 1_000_000)
            asker.wait(120)
            took = time.monotonic() - began
            cpu = (spent()[0] - before_jobs) / max(1, len(asker.latencies))
            rate = len(asker.latencies) / took
        rows.append([rival.name, f"{rate:,.0f}", f"{cpu * 1e6:,.0f}", f"{idle[0] * 1e3:.1f}", f"{idle[1]:.1f}"])
    title = f"{jobs:,} jobs at once for one worker, and {seconds:g} s without a job"
    return table(title, ("worker", "checks/s", "worker us", "idle CPU ms/s", "idle wakes/s"), rows)


def _idle(root: int) -> tuple[float, float]:
    """Return the processor seconds, and how often they woke up, of a process and its descendants."""
    seconds = wakes = 0.0
    todo = [root]
    while todo:
        for task in Path("/proc", str(todo.pop()), "task").iterdir():
            with suppress(OSError):
                seconds += int((task / "schedstat").read_text().split()[0]) / 1e9
                lines = (task / "status").read_text().splitlines()
                wakes += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
                todo += map(int, (task / "children").read_text().split())
    return seconds, wakes


def _growth(command: str, workers: Sequence[int], jobs: int, venv: Path) -> str:
    rows = []
    for count in workers:
        with _scene(Rival("", "ours", command), count, venv) as (asker, spent):
            began = time.monotonic()
            asker.ask(command, jobs, 1_000_000)
            asker.wait(120)
            took = time.monotonic() - began
            ours, servers = spent()
            answered = max(1, len(asker.latencies))
        rows.append(
            [str(count), f"{answered / took:,.0f}", f"{ours / answered * 1e6:,.0f}", f"{servers / answered * 1e6:,.0f}"]
        )
    title = (
        f"{jobs:,} jobs at once for several workers; workers, gearmand and the client share "
        f"{os.cpu_count()} cores: what they share, so it says little of machines of their own"
    )
    return table(title, ("workers", "checks/s", "workers us", "gearmand us"), rows)


def _on_paper(measured: dict[str, Row]) -> str:
    """Return the number of cores that fleets need, calculated from the last row of each worker."""
    rows = []
    for hosts in HOSTS:
        rate = hosts * WATCHES / INTERVAL
        for name, row in measured.items():
            cores = [f"{rate * one / 1e6:,.1f}" for one in (row.cpu, row.server)]
            rows.append([f"{hosts:,}", f"{rate:,.0f}", name, *cores])
    title = f"On paper: cores for {WATCHES} checks a host every {INTERVAL} s, calculated from the rows above"
    return table(title, ("hosts", "checks/s", "worker", "for workers", "for gearmand"), rows)


def _shown(rival: Rival, rate: int, row: Row) -> list[str]:
    share = "all" if row.answered == row.sent else f"{row.answered / row.sent:.0%}"
    times = [f"{seconds * 1000:.1f}" for seconds in (row.p50, row.p95)]
    return [rival.name, str(rate), share, f"{row.cpu:,.0f}", f"{row.server:,.0f}", *times]


def _measured(rival: Rival, rate: int, seconds: float, venv: Path) -> Row:
    with _scene(rival, 1, venv) as (asker, spent):
        asker.ask(rival.command, round(rate * seconds), rate)
        asker.wait(AFTERWARDS)
        used = spent()
        answered = len(asker.latencies)
        times = sorted(asker.latencies) or [0.0]
        ours, servers = (one / max(1, answered) * 1e6 for one in used)
        middle, late = statistics.median(times), times[int(len(times) * 0.95)]
        return Row(answered, round(rate * seconds), ours, servers, middle, late)


@contextmanager
def _scene(rival: Rival, count: int, venv: Path) -> Iterator[tuple["Asker", Callable[[], tuple[float, float]]]]:
    """Start a gearmand, a number of workers, and a client.

    Yields a function that returns the seconds of processor time of workers and gearmand since the start.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="checkwright-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        port = _free_port()
        words = ["--listen", "127.0.0.1", "--port", str(port), "--log-file", str(folder / "gearmand.log")]
        server = stack.enter_context(_process(["/usr/sbin/gearmand", *words], folder))
        _wait_for_port(port)
        words = _command(rival.worker, port, folder, venv)
        named = [[*words, "--name", f"w{number}"] if rival.worker == "ours" else words for number in range(count)]
        workers = [stack.enter_context(_process(one, folder, as_nagios=True)) for one in named]
        asker = stack.enter_context(Asker(port, workers[0].pid))
        _wait_for_workers(port, count)
        asker.ask(rival.command, 20 * count, 50)  # warm-up
        asker.wait(60)
        asker.forget()

        def used() -> tuple[float, float]:
            return sum(_cpu(worker.pid) for worker in workers), _cpu(server.pid)

        before = used()

        def spent() -> tuple[float, float]:
            time.sleep(0.3)  # for children that are not reaped yet
            after = used()
            return after[0] - before[0], after[1] - before[1]

        yield asker, spent


def _command(worker: str, port: int, folder: Path, venv: Path) -> list[str]:
    key = folder / "key"
    key.write_bytes(_KEY)
    key.chmod(0o640)
    if os.geteuid() == 0:
        shutil.chown(key, "root", "nagios")
    if worker == "ours":
        words = ["--gearman", f"127.0.0.1:{port}", "--queue", _QUEUE, "--key-file", str(key)]
        words += ["--plugins", str(PLUGINS), "--allow-plugin", "check_load"]
        return [str(venv / "bin/checkwright-worker"), *words]
    if worker == "plain":
        return [
            str(venv / "bin/python"),
            str(readable_peers() / "gearman_worker.py"),
            str(port),
            _QUEUE,
            str(key),
            "16",
        ]
    settings = (
        f"server=127.0.0.1:{port}\nservices=yes\nencryption=yes\nkeyfile={key}\nmin-worker=16\nmax-worker=16\n"
        f"logfile={folder / 'worker.log'}\nidle-timeout=300\n"
    )
    config = folder / "worker.conf"
    config.write_text(settings)
    (folder / "worker.log").touch(mode=0o666)
    (folder / "worker.log").chmod(0o666)
    return [str(Path(OTHERS, worker)), f"--config={config}"]


class Asker:
    """Client in place of the broker module: submits jobs at a rate and records the time from the due moment to each
    result. worker: process id of the first worker."""

    def __init__(self, port: int, worker: int) -> None:
        self.worker = worker
        self.latencies: list[float] = []
        self._port = port
        self._due: dict[bytes, float] = {}
        self._number = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._collect)

    def __enter__(self) -> "Asker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def ask(self, command: str, count: int, rate: int) -> None:
        """Submit a number of jobs, in steps of 20 ms."""
        began = time.monotonic()
        sent = 0
        while sent < count:
            due = min(count, int((time.monotonic() - began) * rate) + 1)
            payloads = []
            for position in range(sent, due):
                self._number += 1
                name = f"service {self._number}"
                self._due[name.encode()] = began + position / rate
                payloads.append(_job(name, command))
            if payloads:
                submit("127.0.0.1", self._port, _QUEUE, payloads, 30)
            sent = due
            time.sleep(0.02)

    def wait(self, seconds: float) -> None:
        """Wait until every job is answered, or for a number of seconds."""
        end = time.monotonic() + seconds
        while self._due and time.monotonic() < end:
            time.sleep(0.01)

    def forget(self) -> None:
        if self._due:
            raise RuntimeError(f"{len(self._due)} of the first 20 jobs are not answered: the worker does not work")
        self.latencies.clear()

    def _collect(self) -> None:
        reader = PacketReader()
        with socket.create_connection(("127.0.0.1", self._port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(0.2)
            connection.sendall(request(Kind.CAN_DO, _RESULTS.encode()) + request(Kind.GRAB_JOB))
            while not self._ended.is_set():
                try:
                    data = connection.recv(65_536)
                except TimeoutError:
                    continue
                for packet in reader.feed(data):
                    if packet.kind is Kind.JOB_ASSIGN:
                        self._note(packet.arguments[2])
                        done = request(Kind.WORK_COMPLETE, packet.arguments[0], b"")
                        connection.sendall(done + request(Kind.GRAB_JOB))
                    else:
                        connection.sendall(request(Kind.PRE_SLEEP if packet.kind is Kind.NO_JOB else Kind.GRAB_JOB))

    def _note(self, payload: bytes) -> None:
        text = _CODEC.read(payload)
        result = dict(line.split("=", 1) for line in text.split("\n") if "=" in line)
        if result["return_code"] != "0":
            raise RuntimeError(f"the worker answered {result['output']}")
        due = self._due.pop(result["service_description"].encode(), None)
        if due is not None:
            self.latencies.append(time.monotonic() - due)


def _job(name: str, command: str) -> bytes:
    now = time.time()
    return _CODEC.write(
        f"type=service\nresult_queue={_RESULTS}\nhost_name=host\nservice_description={name}\nstart_time={now:.1f}\n"
        f"next_check={now:.1f}\ncore_time={now:.6f}\ntimeout=60\ncommand_line={command}\n\n\n"
    )


@contextmanager
def _process(words: Sequence[str], folder: Path, *, as_nagios: bool = False) -> Iterator["subprocess.Popen[bytes]"]:
    user = pwd.getpwnam("nagios") if os.geteuid() == 0 and as_nagios else None
    process = subprocess.Popen(
        words,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _cpu(pid: int) -> float:
    """Return the seconds of processor time of a process, its descendants, and their reaped children."""
    below: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError):
                fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
                below.setdefault(int(fields[1]), []).append(int(entry))
                spent[int(entry)] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    todo, total = [pid], 0.0
    while todo:
        one = todo.pop()
        total += spent.get(one, 0.0)
        todo += below.get(one, [])
    return total


def _wait_for_port(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            submit("127.0.0.1", port, _RESULTS, [], 1)
            return
        except NotAccepted:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def _wait_for_workers(port: int, count: int) -> None:
    """Wait until gearmand knows a number of workers: a late one would leave its share of the work to the others."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.create_connection(("127.0.0.1", port), 5) as admin:
            admin.sendall(b"status\n")
            lines = admin.makefile("rb")
            rows = [line.split(b"\t") for line in iter(lines.readline, b".\n")]
        if any(row[0] == _QUEUE.encode() and int(row[3]) >= count for row in rows):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{count} workers did not register with gearmand within a minute")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
