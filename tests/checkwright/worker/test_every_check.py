"""Every check of the pack, as a process and through the worker: both print the same about the same things."""

import asyncio
import os
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from checkwright.core.catalog import all_checks
from checkwright.core.check import Check, uses
from checkwright.core.traits import traits_of
from checkwright.sources.statefile import StateFile
from checkwright.worker.job import Answer
from tests.support.aws import client, give_credentials, moto
from tests.support.dns_server import dns_server
from tests.support.ports import closed_port
from tests.support.running_master import CHECK, Running, with_master
from tests.support.servers import Authority, Page, raw_server, web_server

#: A busy machine must not change the outcome.
BUSY = " ".join(f"--{gauge}-{end} 101" for gauge in ("busy", "iowait", "steal") for end in ("warning", "critical"))
WAITING = " ".join(f"--{gauge}-{end} 101" for gauge in ("cpu", "io", "memory") for end in ("warning", "critical"))
#: By check, its command lines. A check that is not here is called without arguments, and with an option it has not.
CASES: dict[str, tuple[str, ...]] = {
    "combine": (
        "dummy --value 5 -- load -w 1000 -c 1000 -- nosuch",
        "dummy -- ",
        "disk -p /nowhere -- dummy --value 1 -v",
    ),
    "cpu": (f"-v {BUSY}", f"-w 0 -c 1000 {BUSY}"),
    "disk": ("-p / -p /nowhere -vv", "--type nothing --all", "-w 0 -c 0"),
    "dns": ("-H here.test --type A --server {dns} -v", "-H gone.test --type A --server {dns}"),
    "dummy": ("--value 85 -w 80", "--state critical --text 'it is | so' -vvv", "--value nan", "--output prometheus"),
    "file_age": ("-f '{folder}/*' -v", "-f {folder}/nothing", "-f relative", "-f {folder}/old -w 10"),
    "heartbeat": ("--job nightly -w 10 --folder {folder}", "--job nightly"),
    "http": (
        "-u http://127.0.0.1:{web}/ok -v",
        "-u http://127.0.0.1:{web}/gone",
        "-u http://127.0.0.1:{closed}/",
        "-u https://localhost:{tls}/ok --ca {folder}/ca.pem",
        "-u https://localhost:{tls}/ok",
        "-u http://127.0.0.1:{silent}/ -t 3:CRITICAL",
        "-u http://127.0.0.1:{web}/ok --token-env NOT_SET",
    ),
    "json_api": ("-u http://127.0.0.1:{web}/json", "-u http://127.0.0.1:{web}/ok"),
    "load": ("-w 1000 -c 1000 -vv", "--total -w 1000 -c 2000 --output influx"),
    "memory": ("-w 101 -c 101 -v",),
    "pressure": (f"-v {WAITING}",),
    "processes": ("--name python3 -v", "--name nothing-of-this-name -c 1:"),
    "sqs_backlog": (
        "--queue events --region eu-west-1 --endpoint-url {aws} -v",
        "--queue gone --region eu-west-1 --endpoint-url {aws}",
        "--queue events --endpoint-url http://127.0.0.1:{closed}",
    ),
    "swap": ("-v",),
    "systemd_unit": ("-u nothing.service", "--failed"),
    "tcp_port": (
        "-H 127.0.0.1 -p {web}",
        "-H 127.0.0.1 -p {closed}",
        "-H 127.0.0.1 -p {silent} -e hello -t 1",
        "-H localhost -p {tls} -S",
    ),
    "tls_certificate": ("-H localhost -p {tls} --ca {folder}/ca.pem -v", "-f {folder}/ca.pem", "-f {folder}/old"),
    # apt-get takes seconds, and longer than the deadline on a busy machine.
    "updates": ("--no-such-option",),
}
NUMBER = re.compile(r"\d+(\.\d+)?( ?(ms|s|min|h|days|B|KiB|MiB|GiB|TiB)\b)?")


def remembers(kind: type[Check]) -> bool:
    """Return True for a check whose output may depend on an earlier run."""
    declared = [value for base in kind.__mro__ for value in vars(base).values()]
    return any(isinstance(value, uses) and issubclass(value.kind, StateFile) for value in declared)


REMEMBERING = {found.name for found in all_checks() if remembers(found.load())}


def same(text: bytes, check: str) -> str:
    """Return an output without measured numbers and times.

    A check with memory compares this machine at two moments: a disk without a request has no time per request. Its
    state and its labels stay.
    """
    words = NUMBER.sub("N", text.decode())
    if check in REMEMBERING:
        summary, _, performance = words.partition(" | ")
        return f"{summary.partition(':')[0]} | {' '.join(label.partition('=')[0] for label in performance.split())}"
    return words


@pytest.mark.daemon
@pytest.mark.filterwarnings("ignore")  # moto's
def test_worker_and_process_print_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)
    folder = tmp_path / "files"
    folder.mkdir()
    authority = Authority(folder)
    (folder / "old").write_text("not a certificate")
    os.utime(folder / "old", (1_000_000_000, 1_000_000_000))
    pages: dict[str, Page] = {
        "/ok": (200, {}, b"fine"),
        "/gone": (500, {}, b"broken"),
        "/json": (200, {}, b'{"value": 5}'),
    }

    def silent(connection: object) -> None:
        import time

        time.sleep(20)

    with (
        web_server(dict(pages)) as web,
        web_server(dict(pages), authority.context("localhost")) as tls,
        raw_server(silent) as silent_port,
        dns_server({"here.test A": ["here.test. A 10.0.0.1"], "gone.test A": "NXDOMAIN"}) as dns,
        moto() as aws,
    ):
        client("sqs", aws).create_queue(QueueName="events")
        places = {
            "folder": folder,
            "web": web.port,
            "tls": tls.port,
            "silent": silent_port,
            "dns": dns,
            "aws": aws,
            "closed": closed_port(),
        }
        calls = [
            f"{CHECK} {found.name} {words}".strip().format(**places)
            for found in all_checks()
            for words in CASES.get(found.name, ("", "--no-such-option"))
        ]
        monkeypatch.setenv("CHECKS_STATE_DIR", str(tmp_path / "worker"))

        async def play(running: Running) -> list[list[Answer]]:
            turns = []
            for _ in range(2):
                answers: list[Answer] = []
                for start in range(0, len(calls), 4):  # a few at once: sources are shared, and clocks are not late
                    answers += await asyncio.gather(*(running.run(call) for call in calls[start : start + 4]))
                turns.append(answers)
            assert running.master.counts["ended"] == 0
            assert running.master.counts["threads"] > running.master.counts["processes"]
            return turns

        def process(call: str) -> tuple[int, str]:
            environment = {**os.environ, "CHECKS_STATE_DIR": str(tmp_path / "process")}
            done = subprocess.run(shlex.split(call), capture_output=True, timeout=60, env=environment)
            return done.returncode, same(done.stdout, call.split()[1])

        # Twice: the second run finds the memory of the first one, and warm sources.
        turns = with_master(play)
        different = []
        with ThreadPoolExecutor(4) as pool:
            once = dict(zip(calls, pool.map(process, calls), strict=True))
            twice = once | {call: process(call) for call in calls if call.split()[1] in REMEMBERING}
            for answers, processes in zip(turns, (once, twice), strict=True):
                for call, answer in zip(calls, answers, strict=True):
                    expected = processes[call]
                    found = answer.code, same(answer.output, call.split()[1])
                    if found != expected or answer.errors or answer.timed_out:
                        different.append((call, found, expected, answer.errors))
    assert different == [], "\n".join(map(str, different))


def test_traits_equal_those_of_the_class() -> None:
    for found in all_checks():
        kind = found.load()
        traits = traits_of(found.name)
        assert (traits.thread_safe, traits.shared) == (kind.thread_safe, kind.shared), found.name
    assert traits_of("load").thread_safe
    assert not traits_of("heartbeat").thread_safe and not traits_of("combine").thread_safe
    assert traits_of("sqs_backlog").shared and not traits_of("load").shared
    assert not traits_of("nosuch").thread_safe and not traits_of("../core/run").thread_safe


def test_check_of_a_project_is_isolated_unless_it_is_thread_safe(tmp_path: Path) -> None:
    project = tmp_path / "planted"
    (project / "plugins" / "family").mkdir(parents=True)
    body = "from checkwright import Check\n\n\nclass {}(Check):\n    {}\n"
    (project / "plugins" / "usual.py").write_text(body.format("Usual", "pass"))
    (project / "plugins" / "family" / "light_one.py").write_text(body.format("LightOne", "thread_safe = True"))
    (project / "plugins" / "other.py").write_text(body.format("Another", "thread_safe = True"))
    (project / "plugins" / "broken.py").write_text("class Broken(Check\n    thread_safe = True\n")
    (project / "plugins" / "load.py").write_text(body.format("Load", "thread_safe = False"))
    found = {
        name: traits_of(name, str(project)).thread_safe for name in ("usual", "light_one", "other", "broken", "load")
    }
    # The pack's own `load` wins over the project's, as it does at run time.
    assert found == {"usual": False, "light_one": True, "other": False, "broken": False, "load": True}
