"""Nagios frontend against a faulty Nagios. test_nagios_frontend_end_to_end.py has the real one."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.worker import wproc
from checkwright.worker.frontend import Frontend
from checkwright.worker.job import Answer, Done, Job
from checkwright.worker.nagios_frontend import NagiosFrontend
from checkwright.worker.worker_log import Log
from tests.support.nagios import scratch

PROGRAM = "/opt/checks/check"


class Lines(Log):
    """Log that keeps its lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def info(self, text: str) -> None:
        self.lines.append(text)


class Echo:
    """Executor that answers each job with its command, or holds all of them until `release`."""

    def __init__(self) -> None:
        self.taken: list[Job] = []
        self.holding = False
        self.size = 0
        self._held: list[tuple[Job, Done]] = []

    def is_own_program(self, program: str) -> bool:
        return program == PROGRAM

    def submit(self, job: Job, done: Done) -> None:
        self.taken.append(job)
        self._held.append((job, done))
        if not self.holding:
            asyncio.get_running_loop().call_soon(self.release)

    def release(self) -> None:
        held, self._held = self._held, []
        for job, done in held:
            assert isinstance(job.command, str)
            output = job.command.encode() + b"x" * self.size
            done(Answer(1 << 8, output, started=100.25, stopped=101.5))


class FakeNagios:
    """Query socket. requests: the first message of each connection. greeting: its answer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.greeting = b"OK\0"
        self.requests: list[bytes] = []
        self.connections: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._met, self.path, limit=2**26)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.requests.append(await reader.readuntil(b"\0"))
        except asyncio.IncompleteReadError:  # the frontend refuses this socket
            writer.close()
            return
        writer.write(self.greeting)
        self.connections.append((reader, writer))

    def send(self, data: bytes) -> None:
        self.connections[-1][1].write(data)

    async def answer(self) -> dict[bytes, bytes]:
        message = await asyncio.wait_for(self.connections[-1][0].readuntil(wproc.END), 30)
        return wproc.pairs(message.removesuffix(wproc.END))

    async def stop(self) -> None:
        """Close all connections and remove the socket, as a Nagios that ends or reloads."""
        for _, writer in self.connections:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        self.connections.clear()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self.path.unlink(missing_ok=True)


class Scene:
    def __init__(self, folder: Path, programs: Sequence[str]) -> None:
        self.executor = Echo()
        self.log = Lines()
        self.nagios = FakeNagios(folder / "nagios.qh")
        self.frontend = NagiosFrontend(str(self.nagios.path), programs, self.log)

    async def wait(self, happened: Callable[[], bool]) -> None:
        for _ in range(3000):
            if happened():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"no sign of it: {self.log.lines}")

    async def registered(self) -> None:
        await self.nagios.start()
        self.frontend.open(self.executor)
        await self.wait(lambda: bool(self.frontend.status()["connected"]))

    def logged(self, words: str) -> int:
        return sum(words in line for line in self.log.lines)


def act(folder: Path, play: Callable[[Scene], Awaitable[None]], programs: Sequence[str] = (PROGRAM,)) -> None:
    async def acted() -> None:
        scene = Scene(folder, programs)
        try:
            await asyncio.wait_for(play(scene), 60)
        finally:
            scene.frontend.close()
            await asyncio.sleep(0.05)
            await scene.nagios.stop()

    asyncio.run(acted())


def job(number: int, command: str | None, **more: str) -> bytes:
    pairs = {"job_id": str(number), "type": "0", **({} if command is None else {"command": command}), **more}
    return "".join(f"{key}={value}\0" for key, value in pairs.items()).encode() + wproc.END


def test_frontend_registers_each_program_and_answers(tmp_path: Path) -> None:
    async def play(scene: Scene) -> None:
        frontend: Frontend = scene.frontend
        assert not frontend.status()["connected"]
        await scene.registered()
        names = [request.split(b";") for request in scene.nagios.requests]
        assert [words[3] for words in names] == [b"plugin=/opt/checks/check\0", b"plugin=/opt/checks/check_load\0"]
        assert all(words[0].startswith(b"@wproc register name=") for words in names)
        assert [words[1] for words in names] == [b"pid=2147483647"] * 2
        with pytest.raises(ProcessLookupError):
            os.kill(2147483647, 0)
        scene.nagios.send(job(7, "/opt/checks/check load", timeout="60", env="A=1\nB=x=y"))
        answer = await scene.nagios.answer()
        assert answer == {
            b"job_id": b"7",
            b"type": b"0",
            b"wait_status": b"256",
            b"exited_ok": b"1",
            b"start": b"100.250000",
            b"stop": b"101.500000",
            b"outerr": b"",
            b"outstd": b"/opt/checks/check load",
        }
        (taken,) = scene.executor.taken
        assert (taken.timeout, taken.env) == (60, {"A": "1", "B": "x=y"})

    act(tmp_path, play, [PROGRAM, f"{PROGRAM}_load"])


def test_frontend_waits_for_a_missing_socket(tmp_path: Path) -> None:
    async def play(scene: Scene) -> None:
        scene.frontend.open(scene.executor)
        await scene.wait(lambda: scene.logged("there is no") == 1)
        await asyncio.sleep(0.3)
        assert len(scene.log.lines) == 1
        await scene.nagios.start()
        await scene.wait(lambda: scene.logged("registered with Nagios") == 1)

    act(tmp_path, play)


def test_frontend_registers_again_after_a_restart(tmp_path: Path) -> None:
    async def play(scene: Scene) -> None:
        await scene.registered()
        scene.executor.holding = True
        scene.nagios.send(job(1, "/opt/checks/check a"))
        await scene.wait(lambda: len(scene.executor.taken) == 1)
        await scene.nagios.stop()
        await scene.wait(lambda: scene.logged("no longer waits for 1 jobs") == 1)
        await scene.nagios.start()
        await scene.wait(lambda: bool(scene.frontend.status()["connected"]))
        # Numbers restart with each connection: the answer to the old job has no receiver.
        scene.nagios.send(job(1, "/opt/checks/check b"))
        await scene.wait(lambda: len(scene.executor.taken) == 2)
        scene.executor.release()
        assert (await scene.nagios.answer())[b"outstd"] == b"/opt/checks/check b"

    act(tmp_path, play)


def test_reload_is_noticed_while_another_process_holds_the_connection(tmp_path: Path) -> None:
    """Nagios's own process for the command file does that, if it was forked after the registration."""

    async def play(scene: Scene) -> None:
        await scene.registered()
        _, writer = scene.nagios.connections[0]
        kept = os.dup(writer.get_extra_info("socket").fileno())
        try:
            await scene.nagios.stop()
            await asyncio.sleep(0.2)
            assert scene.frontend.status()["connected"]  # nothing shows it yet
            await scene.nagios.start()
            await scene.wait(lambda: len(scene.nagios.requests) == 2)
            await scene.wait(lambda: bool(scene.frontend.status()["connected"]))
            scene.nagios.send(job(1, "/opt/checks/check a"))
            assert (await scene.nagios.answer())[b"job_id"] == b"1"
        finally:
            os.close(kept)

    act(tmp_path, play)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_socket_of_another_user_gets_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who can put a socket where the worker looks for Nagios must not get commands run."""
    nobody = 65_534

    async def play(scene: Scene) -> None:
        os.seteuid(nobody)  # listens as nobody, while the worker is root
        try:
            await scene.nagios.start()
        finally:
            os.seteuid(0)
        monkeypatch.setattr("os.geteuid", lambda: 1_000)
        scene.frontend.open(scene.executor)
        await scene.wait(lambda: scene.logged(f"a process of uid {nobody} serves {scene.nagios.path}, not Nagios") == 1)
        assert scene.nagios.requests == []
        monkeypatch.setattr("os.geteuid", lambda: nobody)  # the worker's own account
        await scene.wait(lambda: bool(scene.frontend.status()["connected"]))

    with scratch() as folder:
        folder.chmod(0o777)
        act(folder, play)


def test_file_in_place_of_the_socket_is_reported(tmp_path: Path) -> None:
    async def play(scene: Scene) -> None:
        scene.nagios.path.touch()
        scene.frontend.open(scene.executor)
        await scene.wait(lambda: scene.logged("is not a socket") == 1)

    act(tmp_path, play)


@pytest.mark.parametrize(
    ("greeting", "message"),
    [
        (b"400: Bad request\0", "and answered '400: Bad request'"),
        (b"\x00\xff\x01", "did not register"),
        (b"", "closed"),
    ],
)
def test_other_server_is_reported_and_tried_again_with_pauses(tmp_path: Path, greeting: bytes, message: str) -> None:
    async def play(scene: Scene) -> None:
        scene.nagios.greeting = greeting
        await scene.nagios.start()
        scene.frontend.open(scene.executor)
        if not greeting:
            await scene.wait(lambda: len(scene.nagios.connections) == 1)
            scene.nagios.connections[0][1].close()
        await scene.wait(lambda: scene.logged(message) == 1)
        scene.nagios.greeting = b"OK\0"
        await scene.wait(lambda: scene.logged("registered with Nagios") == 1)
        assert scene.logged(message) == 1

    act(tmp_path, play)


def test_jobs_arrive_with_the_greeting_and_in_pieces(tmp_path: Path) -> None:
    async def play(scene: Scene) -> None:
        first, second = job(0, "/opt/checks/check one"), job(1, "/opt/checks/check \x01 two")
        scene.nagios.greeting = b"OK\0" + first
        await scene.registered()
        for position in range(len(second)):
            scene.nagios.send(second[position : position + 1])
            await asyncio.sleep(0)
        assert (await scene.nagios.answer())[b"outstd"] == b"/opt/checks/check one"
        assert (await scene.nagios.answer())[b"outstd"] == b"/opt/checks/check \x01 two"

    act(tmp_path, play)


def test_half_a_message_is_dropped_with_its_connection(tmp_path: Path) -> None:
    async def play(scene: Scene) -> None:
        await scene.registered()
        scene.nagios.send(job(0, "/opt/checks/check one")[:-3])
        await asyncio.sleep(0.1)
        await scene.nagios.stop()
        await scene.nagios.start()
        await scene.wait(lambda: bool(scene.frontend.status()["connected"]))
        scene.nagios.send(job(0, "/opt/checks/check two"))
        assert (await scene.nagios.answer())[b"outstd"] == b"/opt/checks/check two"
        assert len(scene.executor.taken) == 1

    act(tmp_path, play)


def test_invalid_messages_are_ignored_and_impossible_jobs_answered(tmp_path: Path) -> None:
    async def play(scene: Scene) -> None:
        await scene.registered()
        scene.nagios.send(b"nothing at all" + wproc.END + wproc.END + b"job_id=x\0type=0\0command=c\0" + wproc.END)
        scene.nagios.send(job(3, None))
        answer = await scene.nagios.answer()
        assert (answer[b"job_id"], answer[b"wait_status"]) == (b"3", b"768")
        assert answer[b"outstd"] == b"CHECK UNKNOWN: Nagios sent the worker a job without a command\n"
        scene.nagios.send(job(4, "/opt/checks/check " + "x" * 10_000_000))
        answer = await scene.nagios.answer()
        assert (answer[b"job_id"], answer[b"wait_status"]) == (b"4", b"768")
        assert b"a command of more than 1000000 bytes" in answer[b"outstd"]
        scene.nagios.send(job(5, "/opt/checks/check"))
        assert (await scene.nagios.answer())[b"job_id"] == b"5"
        assert len(scene.executor.taken) == 1
        assert scene.logged("that is no job") == 1

    act(tmp_path, play)


def test_repeated_job_is_answered_once(tmp_path: Path) -> None:
    async def play(scene: Scene) -> None:
        await scene.registered()
        scene.executor.holding = True
        scene.nagios.send(job(9, "/opt/checks/check a") + job(9, "/opt/checks/check b"))
        await scene.wait(lambda: scene.logged("job 9 again") == 1)
        scene.executor.release()
        assert (await scene.nagios.answer())[b"outstd"] == b"/opt/checks/check a"
        scene.executor.holding = False
        scene.nagios.send(job(10, "/opt/checks/check c"))
        assert (await scene.nagios.answer())[b"job_id"] == b"10"

    act(tmp_path, play)


def test_frontend_reads_while_nagios_does_not(tmp_path: Path) -> None:
    async def play(scene: Scene) -> None:
        await scene.registered()
        scene.executor.size = 300_000
        reader = scene.nagios.connections[0][0]
        transport = reader._transport  # type: ignore[attr-defined]
        transport.pause_reading()
        for number in range(400):
            scene.nagios.send(job(number, "/opt/checks/check a"))
        await scene.wait(lambda: len(scene.executor.taken) == 400)
        await scene.wait(lambda: scene.logged("does not read its results") == 1)
        unread = scene.frontend.status()["unread"]
        assert isinstance(unread, int) and 30_000_000 < unread < 64_000_000
        transport.resume_reading()
        answers = [await scene.nagios.answer() for _ in range(400)]
        assert {answer[b"job_id"] for answer in answers} == {b"%d" % number for number in range(400)}
        assert len(answers[0][b"outstd"]) > 300_000 > 5_000 > len(answers[-1][b"outstd"])

    act(tmp_path, play)


def test_draining_closes_once_all_jobs_are_answered(tmp_path: Path) -> None:
    async def play(scene: Scene) -> None:
        await scene.registered()
        scene.executor.holding = True
        scene.nagios.send(job(1, "/opt/checks/check a"))
        await scene.wait(lambda: len(scene.executor.taken) == 1)
        draining = asyncio.ensure_future(scene.frontend.drain())
        await asyncio.sleep(0.1)
        scene.nagios.send(job(2, "/opt/checks/check b"))  # from a Nagios that has not noticed yet
        await scene.wait(lambda: len(scene.executor.taken) == 2)
        assert not draining.done()
        scene.executor.release()
        assert {(await scene.nagios.answer())[b"job_id"] for _ in range(2)} == {b"1", b"2"}
        await asyncio.wait_for(draining, 30)
        assert await scene.nagios.connections[-1][0].read() == b""

    act(tmp_path, play)


@given(st.binary(max_size=300).filter(lambda value: b"\0" not in value), st.integers(1, 50))
def test_framing_keeps_any_command(command: bytes, step: int) -> None:
    sent = b"job_id=1\0type=0\0command=" + command + b"\0timeout=5\0" + wproc.END
    messages = wproc.Messages()
    found = [one for at in range(0, 3 * len(sent), step) for one in messages.feed((sent * 3)[at : at + step])]
    assert [whole for _, whole in found] == [True] * 3
    assert all(wproc.pairs(message)[b"command"] == command for message, _ in found)


def test_output_cannot_add_keys_to_a_reply() -> None:
    answer = Answer(0, b"OK\0exited_ok=0\0\x01\0\0\0", b"\0", started=1, stopped=2.0000004)
    reply = wproc.reply(b"1", b"0", answer)
    assert reply.endswith(b"outerr=\0outstd=OKexited_ok=0\x01\0" + wproc.END)
    assert reply.count(wproc.END) == 1
    assert b"\0stop=2.000000\0" in reply
