"""Frontend to mod_gearman, against the real gearmand, with the model of the broker module on its other side."""

import asyncio
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checkwright.worker.frontend import JobExecutor
from checkwright.worker.gearman.allow_list import AllowList
from checkwright.worker.gearman.gearman_frontend import GearmanFrontend, GearmanSettings
from checkwright.worker.gearman.payload import Codec
from checkwright.worker.job import Answer, Done, Job
from checkwright.worker.worker_log import Log
from tests.support.broker import RESULTS, Broker, Connection, Service, encrypted, job_text, results_on, submit
from tests.support.gearmand import Gearmand, gearmand
from tests.support.real import require
from tests.support.servers import raw_server
from tests.support.stalling import stalling

pytestmark = pytest.mark.daemon

KEY = "a key of ours"
#: Its programs must exist, and are never started here.
FOLDER = "/usr/lib/nagios/plugins"
SERVICES: dict[Service, str] = {
    **{(f"h{number % 20}", f"s{number}"): f"{FOLDER}/check_dummy '{number}'" for number in range(300)},
    ("h1", ""): f"{FOLDER}/check_dummy host",
}


def _none(_: object) -> None:
    """Return nothing."""


class EchoExecutor(JobExecutor):
    """Executor that answers each job with its command, after `pause` seconds or on release."""

    def __init__(self, pause: float = 0.0) -> None:
        self.jobs: list[Job] = []
        self.pause = pause
        self.held: list[Callable[[], None]] = []
        self.most = 0
        self._now = 0

    def submit(self, job: Job, done: Done) -> None:
        self.jobs.append(job)
        self._now += 1
        self.most = max(self.most, self._now)
        loop = asyncio.get_running_loop()
        began = time.time()

        def answer() -> None:
            self._now -= 1
            output = " ".join(job.command).encode()
            done(Answer(1 << 8, b"ran " + output + b"\nlong\n", started=began, stopped=time.time()))

        if self.pause < 0:
            self.held.append(lambda: _none(loop.call_soon_threadsafe(answer)))
        else:
            loop.call_later(self.pause, answer)

    def is_own_program(self, program: str) -> bool:
        return program == "/ours/check"


class Running:
    """A frontend in a thread of its own."""

    def __init__(self, frontend: GearmanFrontend, executor: EchoExecutor, log: Callable[[], str]) -> None:
        self.frontend = frontend
        self.executor = executor
        self.log = log
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._loop.call_soon_threadsafe(frontend.open, executor)

    def drain(self) -> None:
        asyncio.run_coroutine_threadsafe(self.frontend.drain(), self._loop).result(60)

    def close(self) -> None:
        async def all_ended() -> None:
            self.frontend.close()
            await asyncio.sleep(0.05)

        asyncio.run_coroutine_threadsafe(all_ended(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def wait_for(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)


Start = Callable[..., Running]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Gearmand]:
    with gearmand(tmp_path) as running:
        yield running


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a frontend; all are closed at the end."""
    require("check_dummy", package="monitoring-plugins-basic")
    started: list[Running] = []

    def run(*ports: int, key: str | None = KEY, pause: float = 0.0, **more: object) -> Running:
        path = tmp_path / f"log{len(started)}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        log = Log(descriptor)
        settings = GearmanSettings(
            servers=[("127.0.0.1", port) for port in ports],
            **{  # type: ignore[arg-type]
                "queues": ["service", "host"],
                "codec": Codec(key.encode() if key else None),
                "allowed": AllowList([FOLDER], ["check_dummy", "check_none"], ["/projects/ours"]),
                "name": f"w{len(started)}",
                "version": "1.0",
                **more,
            },
        )
        started.append(Running(GearmanFrontend(settings, log), EchoExecutor(pause), path.read_text))
        return started[-1]

    yield run
    for one in started:
        one.close()


def run_one(
    server: Gearmand, command: str, *, text: str = "", key: str | None = KEY, payload: bytes | None = None
) -> str:
    """Submit one job and return the text of its result."""
    job = text or job_text("h", "s", command, core_time=time.time())
    submit(server.port, "service", encrypted(job, key) if payload is None else payload)
    (found,) = results_on(server.port, key, 1)
    return found


def output(result: str) -> str:
    return result.partition("\noutput=")[2].rstrip("\n")


@pytest.mark.parametrize("key", [KEY, None])
def test_each_service_gets_its_own_result(server: Gearmand, start: Start, key: str | None) -> None:
    with Broker(server.port, SERVICES, key=key) as broker:
        worker = start(server.port, key=key)
        for _ in range(2):
            broker.request()
            broker.wait()
    assert (broker.lost(), broker.answered_twice(), broker.unexpected) == ([], [], [])
    for service, command in SERVICES.items():
        for found in broker.answers(service):
            assert found.output == f"ran {command.replace(chr(39), '')}\nlong"
            assert (found.code, found.source) == (1, "w0")
    status = worker.frontend.status()
    assert (status["connected"], status["jobs"], status["held"], status["undelivered"]) == (True, 602, 0, 0)
    assert ("no key for gearman" in worker.log()) == (key is None)
    assert all(job.command == tuple(job.command) and job.timeout == 60 for job in worker.executor.jobs)


def test_no_more_jobs_are_held_than_there_are_slots(server: Gearmand, start: Start) -> None:
    with Broker(server.port, SERVICES, key=KEY, orphan_after=60) as broker:
        worker = start(server.port, slots=7, pause=0.02)
        broker.request()
        broker.wait()
    assert worker.executor.most == 7
    assert broker.answered_twice() == []


def test_two_workers_share_the_jobs_of_two_gearmands(tmp_path: Path, start: Start) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    half = len(SERVICES) // 2
    first, second = dict(list(SERVICES.items())[:half]), dict(list(SERVICES.items())[half:])
    with gearmand(tmp_path / "a") as a, gearmand(tmp_path / "b") as b:
        workers = [start(a.port, b.port, slots=5, pause=0.01) for _ in range(2)]
        with Broker(a.port, first, key=KEY) as one, Broker(b.port, second, key=KEY) as other:
            for broker in (one, other):
                broker.request()
            for broker in (one, other):
                broker.wait()
                assert (broker.lost(), broker.answered_twice(), broker.unexpected) == ([], [], [])
    assert all(worker.executor.jobs for worker in workers)


REFUSED = {
    "no command": ("", "the job has no command"),
    "another folder": ("/bin/sh -c true", "/bin/sh is not a plugin that this worker runs for jobs"),
    "no folder": ("check_x", "check_x is not a plugin that this worker runs"),
    "a way out": ("/usr/lib/nagios/plugins/../bin/sh", "is not a plugin that this worker runs"),
    "a pipe": ("/usr/lib/nagios/plugins/check_dummy | /bin/sh", "only a shell would understand this command"),
    "a substitution": ('/usr/lib/nagios/plugins/check_dummy "$(id)"', "only a shell would understand this command"),
    "an assignment": (
        "LD_PRELOAD=/tmp/x.so /usr/lib/nagios/plugins/check_dummy",
        "only a shell would understand this command",
    ),
    "no such plugin": (
        "/usr/lib/nagios/plugins/check_none",
        "there is no program /usr/lib/nagios/plugins/check_none on",
    ),
    "a plugin that runs others": (
        "/usr/lib/nagios/plugins/negate /bin/sh",
        "/usr/lib/nagios/plugins/negate is not a plugin that this worker runs",
    ),
    "a plugin that hands its arguments on": (
        "/usr/lib/nagios/plugins/check_apt '-u-o APT::Update::Pre-Invoke::=/bin/id'",
        "/usr/lib/nagios/plugins/check_apt is not a plugin that this worker runs",
    ),
    "a project": ("/ours/check --project /tmp/evil disk", "the project /tmp/evil is not one whose checks"),
    "a project, joined": ("/ours/check --project=/tmp/evil disk", "the project /tmp/evil is not one"),
    "a project after the name": ("/ours/check disk -p / --project /tmp/evil", "the project /tmp/evil is not one"),
    "a project after the name, joined": ("/ours/check disk --project=/tmp/evil", "the project /tmp/evil is not one"),
    "a second project": (
        "/ours/check --project /projects/ours disk --project /tmp/evil",
        "the project /tmp/evil is not one",
    ),
    "a project before one that is allowed": (
        "/ours/check --project /tmp/evil --project /projects/ours disk",
        "the project /tmp/evil is not one",
    ),
}


@pytest.mark.parametrize(("command", "why"), REFUSED.values(), ids=REFUSED)
def test_job_is_refused(server: Gearmand, start: Start, command: str, why: str) -> None:
    worker = start(server.port)
    result = run_one(server, command)
    assert "return_code=3\n" in result
    assert output(result).startswith("CHECK UNKNOWN: ") and why in output(result)
    assert worker.executor.jobs == []
    worker.wait_for(lambda: "not run, for h s: " in worker.log())


ALLOWED = {
    "a plugin": (
        "/usr/lib/nagios/plugins/check_dummy -w '$(id) | x'",
        ("/usr/lib/nagios/plugins/check_dummy", "-w", "$(id) | x"),
    ),
    "ours": ("/ours/check disk -p /", ("/ours/check", "disk", "-p", "/")),
    "ours, of our project": (
        "/ours/check --project /projects/ours disk",
        ("/ours/check", "--project", "/projects/ours", "disk"),
    ),
    "ours, of our project after the name": (
        "/ours/check disk --project /projects/ours",
        ("/ours/check", "disk", "--project", "/projects/ours"),
    ),
}


@pytest.mark.parametrize(("command", "words"), ALLOWED.values(), ids=ALLOWED)
def test_job_is_run(server: Gearmand, start: Start, command: str, words: tuple[str, ...]) -> None:
    worker = start(server.port)
    assert output(run_one(server, command)) == "ran " + " ".join(words) + "\\nlong"
    assert [job.command for job in worker.executor.jobs] == [words]
    assert [job.restricted for job in worker.executor.jobs] == [True]


PAYLOADS = {
    "another key": (encrypted("type=service\n", "another"), "it decrypts to noise: the key here is not the sender's"),
    "in clear": (encrypted("type=service\n", None), "it is not encrypted, and a key is set here"),
    "no base64": (b"{}", "it is not base64"),
    "nothing": (b"", "it is 0 bytes long"),
    "no type": (encrypted("host_name=h\n", KEY), "it has no type"),
    "ten megabytes of noise": (b"A" * 10_000_000, "it is larger than 262144 bytes, and it decrypts to noise"),
}


def test_foreign_text_makes_no_new_kind_of_log_line(server: Gearmand, start: Start) -> None:
    worker = start(server.port)
    for number in range(20):
        submit(server.port, "service", encrypted(f"type=kind{number}\n", KEY))
        run_one(server, f"/tmp/program{number} x")
    assert worker.log().count("cannot be understood and is dropped") == 1
    assert worker.log().count("not run, for h s:") == 1


@pytest.mark.parametrize(("payload", "why"), PAYLOADS.values(), ids=PAYLOADS)
def test_invalid_payloads_are_dropped_with_one_log_line(
    server: Gearmand, start: Start, payload: bytes, why: str
) -> None:
    worker = start(server.port)
    for _ in range(3):
        submit(server.port, "service", payload)
    assert (
        output(run_one(server, "/usr/lib/nagios/plugins/check_dummy"))
        == "ran /usr/lib/nagios/plugins/check_dummy\\nlong"
    )
    worker.wait_for(lambda: why in worker.log())
    assert worker.log().count("a job on service of") == 1
    worker.wait_for(lambda: server.status()["service"][0] == 0)


def test_job_of_ten_megabytes_is_answered(server: Gearmand, start: Start) -> None:
    start(server.port)
    text = job_text("h", "s", "/usr/lib/nagios/plugins/check_dummy " + "x" * 10_000_000, core_time=5.0)
    result = run_one(server, "", text=text)
    assert result.startswith("host_name=h\ncore_start_time=5.000000\n")
    assert output(result) == "CHECK UNKNOWN: the job is larger than 262144 bytes"


def test_old_job_is_not_run(server: Gearmand, start: Start) -> None:
    worker = start(server.port, max_age=30.0)
    result = run_one(
        server, "", text=job_text("h", "s", "/usr/lib/nagios/plugins/check_dummy", core_time=time.time() - 60)
    )
    assert output(result) == "(Could Not Start Check In Time)"
    assert "return_code=3\n" in result
    assert worker.executor.jobs == []
    assert output(run_one(server, "/usr/lib/nagios/plugins/check_dummy")).startswith("ran ")


def test_job_has_a_day_at_most(server: Gearmand, start: Start) -> None:
    worker = start(server.port)
    text = job_text("h", "s", f"{FOLDER}/check_dummy", core_time=7.0).replace("timeout=60", "timeout=1e308")
    assert output(run_one(server, "", text=text)).startswith("ran ")
    assert [job.timeout for job in worker.executor.jobs] == [86_400]


def test_second_copy_is_not_run_again(server: Gearmand, start: Start) -> None:
    worker = start(server.port, pause=-1)
    text = job_text("h", "s", "/usr/lib/nagios/plugins/check_dummy", core_time=7.0)
    results = []
    reader = threading.Thread(target=lambda: results.append(run_one(server, "", text=text)))
    reader.start()
    worker.wait_for(lambda: worker.executor.held)
    submit(server.port, "service", encrypted(text, KEY))
    worker.wait_for(lambda: server.status()["service"] == (2, 2, 1))
    worker.executor.held[0]()
    reader.join()
    worker.wait_for(lambda: server.status()["service"][0] == 0)
    submit(server.port, "service", encrypted(text, KEY))
    worker.wait_for(lambda: worker.frontend.status()["jobs"] == 3 and server.status()["service"][0] == 0)
    assert len(worker.executor.jobs) == 1
    assert server.status()[RESULTS][0] == 0
    assert len(results) == 1


def test_event_handlers_run_without_an_answer_if_their_queue_is_served(server: Gearmand, start: Start) -> None:
    text = job_text("h", "", "/usr/lib/nagios/plugins/check_dummy it", core_time=7.0, kind="eventhandler")
    first = start(server.port)
    submit(server.port, "service", encrypted(text, KEY))
    first.wait_for(lambda: "this worker does not run jobs of type eventhandler" in first.log())
    second = start(server.port, queues=["eventhandler"])
    submit(server.port, "eventhandler", encrypted(text, KEY))
    second.wait_for(
        lambda: [job.command for job in second.executor.jobs] == [("/usr/lib/nagios/plugins/check_dummy", "it")]
    )
    second.wait_for(lambda: server.status()["eventhandler"][0] == 0)
    assert first.executor.jobs == []
    assert RESULTS not in server.status()


def test_status_query_is_answered_while_all_slots_are_full(server: Gearmand, start: Start) -> None:
    worker = start(server.port, slots=2, pause=-1)
    for number in range(3):
        text = job_text("h", f"s{number}", "/usr/lib/nagios/plugins/check_dummy", core_time=7.0)
        submit(server.port, "service", encrypted(text, KEY))
    worker.wait_for(lambda: len(worker.executor.held) == 2)
    with Connection(server.port) as line:
        line.send((7, (b"worker_w0", b"", b"check")))
        assert line.receive()[0] == 8
        kind, body = line.receive()
    assert kind == 13
    assert body.partition(b"\0")[2].decode() == (
        "w0 has 2 worker and is working on 2 jobs. Version: 1.0|worker=2;;;1;2 jobs=2c"
    )


def test_results_wait_for_a_killed_gearmand(server: Gearmand, start: Start) -> None:
    services = dict(list(SERVICES.items())[:40])
    worker = start(server.port, slots=20, pause=-1)
    with Broker(server.port, services, key=KEY, orphan_after=3) as broker:
        broker.request()
        worker.wait_for(lambda: len(worker.executor.held) == 20)
        held = [job.command[1] for job in worker.executor.jobs]
        server.kill()
        worker.wait_for(lambda: worker.frontend.status()["connected"] is False)
        for let_go in worker.executor.held:
            let_go()
        worker.wait_for(lambda: worker.frontend.status()["undelivered"] == 20)
        worker.executor.pause = 0
        server.start()
        broker.wait()
    assert (broker.lost(), broker.unexpected) == ([], [])
    assert len([job for job in worker.executor.jobs if job.command[1] in held]) == 20
    assert f"gearmand {server.address}: " in worker.log()
    assert worker.log().count("connected to") == 2


def test_results_of_a_killed_gearmand_go_through_another(tmp_path: Path, start: Start) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with gearmand(tmp_path / "a") as a, gearmand(tmp_path / "b") as b:
        worker = start(a.port, b.port, pause=-1)
        worker.wait_for(lambda: worker.frontend.status()["connected"])
        for number in range(5):
            text = job_text("h", f"s{number}", f"{FOLDER}/check_dummy {number}", core_time=7.0)
            submit(a.port, "service", encrypted(text, KEY))
        worker.wait_for(lambda: len(worker.executor.held) == 5)
        a.kill()
        worker.wait_for(lambda: worker.frontend.status()["connected"] is False)
        for let_go in worker.executor.held:
            let_go()
        found = results_on(b.port, KEY, 5)
        worker.wait_for(lambda: worker.frontend.status()["undelivered"] == 0)
    for number in range(5):
        (one,) = [text for text in found if f"service_description=s{number}\n" in text]
        assert output(one).startswith(f"ran {FOLDER}/check_dummy {number}")


def test_draining_finishes_held_jobs_and_takes_no_more(server: Gearmand, start: Start) -> None:
    worker = start(server.port, slots=10, pause=0.3)
    with Broker(server.port, SERVICES, key=KEY, orphan_after=60) as broker:
        broker.request()
        worker.wait_for(lambda: worker.executor.jobs)
        worker.drain()
        taken = len(worker.executor.jobs)
        assert taken < len(SERVICES)
        assert worker.frontend.status()["held"] == 0
        other = start(server.port)
        broker.wait()
    assert len(worker.executor.jobs) == taken
    assert len(other.executor.jobs) == len(SERVICES) - taken
    assert broker.answered_twice() == []


def test_unfinished_jobs_are_given_back(server: Gearmand, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkwright.worker.gearman.gearman_frontend._PATIENCE", 0.3)
    worker = start(server.port, slots=10, pause=-1)
    with Broker(server.port, SERVICES, key=KEY, orphan_after=60) as broker:
        broker.request()
        worker.wait_for(lambda: len(worker.executor.held) == 10)
        worker.drain()
        for let_go in worker.executor.held:
            let_go()
        start(server.port)
        broker.wait()
    assert "10 jobs are given back to gearmand" in worker.log()
    assert broker.answered_twice() == []


def test_silent_gearmand_is_left_and_tried_again(
    server: Gearmand, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkwright.worker.gearman.gearmand._LOOK", 0.1)
    monkeypatch.setattr("checkwright.worker.gearman.gearmand._LATEST", 0.5)
    with stalling(server.port) as proxy:
        worker = start(proxy.port)
        worker.wait_for(lambda: worker.frontend.status()["connected"])
        proxy.stalled.set()
        worker.wait_for(lambda: "it has sent nothing for" in worker.log())
        proxy.stalled.clear()
        worker.wait_for(lambda: worker.frontend.status()["connected"])
        assert output(run_one(server, "/usr/lib/nagios/plugins/check_dummy")).startswith("ran ")


NOT_GEARMAND = {
    "a web server": (b"HTTP/1.1 400 Bad Request\r\n", "which is no packet of gearman"),
    "half a packet": (b"\0RES\0\0\0", "it closed the connection"),
    "one that hangs up": (b"", "it closed the connection"),
    "an unrequested packet": (b"\0RES\0\0\0\x0e\0\0\0\x01h", "it sent WORK_FAIL"),
}


@pytest.mark.parametrize(("data", "why"), NOT_GEARMAND.values(), ids=NOT_GEARMAND)
def test_other_server_is_reported(start: Start, data: bytes, why: str) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(10_000)  # otherwise closing would be a reset
        connection.sendall(data)

    with raw_server(talk) as port:
        worker = start(port)
        worker.wait_for(lambda: why in worker.log())
        time.sleep(1.0)
    assert worker.log().count("trying again") == 1


def test_jobs_that_were_not_requested_count_against_the_slots(start: Start) -> None:
    seen: list[tuple[int, bytes]] = []
    sent = threading.Event()

    def talk(connection: socket.socket) -> None:
        data = connection.makefile("rb")
        while header := data.read(12):
            _, kind, size = struct.unpack(">4sII", header)
            body = data.read(size)
            if kind == 1 and body != b"service":
                return  # the connection for status queries
            if kind == 9 and not sent.is_set():
                sent.set()
                for number in range(40):
                    text = job_text("h", f"s{number}", f"{FOLDER}/check_dummy", core_time=7.0)
                    job = b"\0".join((b"H:%d" % number, b"service", encrypted(text, KEY)))
                    connection.sendall(struct.pack(">4sII", b"\0RES", 11, len(job)) + job)
            if kind in (13, 14):
                seen.append((kind, body))

    with raw_server(talk) as port:
        worker = start(port, queues=["service"], slots=3, pause=-1)
        worker.wait_for(lambda: len(seen) == 37)
        assert [kind for kind, _ in seen] == [14] * 37
        assert len(worker.executor.jobs) == worker.frontend.status()["held"] == 3
    assert worker.log().count("sends jobs that were not requested: those beyond 3 are refused") == 1


def test_jobs_of_a_lost_connection_keep_their_slots(server: Gearmand, start: Start) -> None:
    worker = start(server.port, slots=3, pause=-1)
    for number in range(6):
        submit(
            server.port, "service", encrypted(job_text("h", f"s{number}", f"{FOLDER}/check_dummy", core_time=7.0), KEY)
        )
    worker.wait_for(lambda: len(worker.executor.held) == 3)
    server.kill()
    worker.wait_for(lambda: worker.frontend.status()["connected"] is False)
    server.start()
    worker.wait_for(lambda: worker.frontend.status()["connected"])
    for number in range(6, 9):
        submit(
            server.port, "service", encrypted(job_text("h", f"s{number}", f"{FOLDER}/check_dummy", core_time=7.0), KEY)
        )
    time.sleep(0.5)
    assert len(worker.executor.jobs) == 3
    for let_go in worker.executor.held:
        let_go()
    worker.wait_for(lambda: len(worker.executor.jobs) == 6)


def test_job_is_complete_once_gearmand_has_its_result(start: Start) -> None:
    seen: list[int] = []
    given, taken = threading.Event(), threading.Event()

    def talk(connection: socket.socket) -> None:
        data = connection.makefile("rb")
        while header := data.read(12):
            _, kind, size = struct.unpack(">4sII", header)
            body = data.read(size)
            if kind == 1 and body != b"service":
                return  # the connection for status queries, or another queue
            if kind == 9 and not given.is_set():
                given.set()
                text = job_text("h", "s", f"{FOLDER}/check_dummy", core_time=7.0)
                body = b"\0".join((b"H:1", b"service", encrypted(text, KEY)))
                connection.sendall(struct.pack(">4sII", b"\0RES", 11, len(body)) + body)
            if kind in (18, 13):
                seen.append(kind)
            if kind == 18:
                taken.wait(30)
                connection.sendall(struct.pack(">4sII", b"\0RES", 8, 3) + b"H:2")

    with raw_server(talk) as port:
        worker = start(port, queues=["service"])
        worker.wait_for(lambda: seen)
        time.sleep(0.2)
        # Packets are read in order: an earlier completion would come before the result.
        assert seen == [18]
        taken.set()
        worker.wait_for(lambda: len(seen) > 1)
    assert seen == [18, 13]


def test_defect_is_one_log_line_and_the_job_does_not_come_again(
    server: Gearmand, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(text: str) -> None:
        raise KeyError(text[:12])

    worker = start(server.port)
    monkeypatch.setattr("checkwright.worker.gearman.gearman_frontend.read_job", stumble)
    submit(server.port, "service", encrypted("type=service\n", KEY))
    worker.wait_for(lambda: "a job made the worker itself fail: KeyError('type=service')" in worker.log())
    worker.wait_for(lambda: server.status()["service"][0] == 0)
    monkeypatch.undo()
    assert output(run_one(server, "/usr/lib/nagios/plugins/check_dummy")).startswith("ran ")


def test_job_that_exposed_a_defect_is_no_longer_held(
    server: Gearmand, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise KeyError("a defect")

    worker = start(server.port)
    job = encrypted(job_text("h", "s", f"{FOLDER}/check_dummy", core_time=7.0), KEY)
    with monkeypatch.context() as patched:
        patched.setattr(AllowList, "words", stumble)
        submit(server.port, "service", job)
        worker.wait_for(lambda: "a job made the worker itself fail: KeyError('a defect')" in worker.log())
    assert worker.frontend.status()["held"] == 0
    assert output(run_one(server, "", payload=job)).startswith("ran ")


def test_missing_gearmand_is_reported(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        worker = start(taken.getsockname()[1])
        worker.wait_for(lambda: "connection refused; trying again" in worker.log())
    assert worker.frontend.status()["connected"] is False
    worker.drain()
