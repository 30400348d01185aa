"""A batch as a service: starts, changed plans and the end. The test answers its jobs."""

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from checkwright.batch.batch_service import BatchService, run_once
from checkwright.batch.dispatcher import Dispatcher
from checkwright.batch.latest import LatestResults
from checkwright.batch.planfile import PlanFile
from checkwright.batch.results import Result
from checkwright.batch.sink import OpenSink, QueueSink, Receipt, ViewSink
from checkwright.batch.store import Bounds
from checkwright.batch.tasks import TaskFilter, tasks_of
from checkwright.registry.plan import PLAN_VERSION, Plan
from checkwright.worker.job import Answer, Done, Job
from tests.checkwright.batch.plans import entry, plan, written

pytestmark = pytest.mark.slow

WEB = TaskFilter(hosts=("web-1",))
#: Only a guard against hanging: all waits take about a second.
PATIENCE = 60.0


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkwright.batch.batch_service._LOOK", 0.1)
    monkeypatch.setattr("checkwright.batch.writer._SOON", 0.1)


class Executor:
    """Executor that answers each job at once, unless it is held."""

    def __init__(self) -> None:
        self.started: list[tuple[str, ...]] = []
        self.running: dict[tuple[str, ...], Done] = {}
        self.held: set[str] = set()
        self.overlapped = False
        self.renewed = ""

    def submit(self, job: Job, done: Done) -> None:
        assert not isinstance(job.command, str)
        words = tuple(job.command)
        self.overlapped |= words in self.running
        self.started.append(words)
        self.running[words] = done
        if not self.held & set(words):
            asyncio.get_running_loop().call_soon(self.answer, words)

    def renew(self, why: str) -> None:
        self.renewed = why

    def answer(self, words: tuple[str, ...], code: int = 0) -> None:
        now = time.time()
        self.running.pop(words)(Answer(code << 8, b"text", started=now, stopped=now))

    def count(self, word: str) -> int:
        return sum(word in words for words in self.started)


class Kept(QueueSink):
    """Sink that accepts payloads, or is down."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.problem = ""

    def payload(self, result: Result) -> bytes:
        return f"{result.task.watch} {result.code} {result.output}".encode()

    def send(self, payloads: list[bytes]) -> Receipt:  # type: ignore[override]
        if self.problem:
            return Receipt(0, problem=self.problem)
        self.payloads += payloads
        return Receipt(len(payloads))


class Seen(ViewSink):
    def __init__(self) -> None:
        self.fresh: list[str] = []

    def show(self, latest: LatestResults, fresh: object) -> str:
        self.fresh += [one.task.watch for one in fresh]  # type: ignore[attr-defined]
        return ""


class Bench:
    """A service on a plan file, with an executor and two sinks that the test controls."""

    def __init__(self, folder: Path, first: Plan) -> None:
        self.executor = Executor()
        self.queue, self.view = Kept(), Seen()
        self.log: list[str] = []
        self.path = written(folder / "plan.json", first)
        self.file = PlanFile(str(self.path))
        self.tasks = tasks_of(self.file.read(), WEB)
        sinks = [OpenSink("kept", "kept", self.queue), OpenSink("seen", "seen", self.view)]
        self.dispatcher = Dispatcher(sinks, folder / "store", Bounds(1_000_000, 3_600), self.log.append)
        self.service = BatchService(self.executor, self.file, WEB, self.dispatcher, self.log.append)

    def run(self, script: "Callable[[Bench], object]") -> None:
        """Run the service during the script, a coroutine function, then stop it."""

        async def both() -> None:
            service = asyncio.create_task(self.service.run(self.tasks))
            try:
                await script(self)  # type: ignore[misc]
            finally:
                self.service.stop()
                for words in list(self.executor.running):
                    self.executor.answer(words)
                await asyncio.wait_for(service, PATIENCE)

        asyncio.run(both())
        self.dispatcher.close(PATIENCE)

    async def until(self, happened: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < end, (self.executor.started, self.log)
            await asyncio.sleep(0.01)


def quick(name: str, **fields: object) -> object:
    return entry(name, "/p", name, **{"interval": 1, "retry": 1} | fields)


def test_each_watch_runs_repeatedly_and_each_sink_gets_each_result(tmp_path: Path) -> None:
    bench = Bench(tmp_path, plan(quick("a"), quick("b")))  # type: ignore[arg-type]

    async def script(bench: Bench) -> None:
        await bench.until(lambda: bench.executor.count("a") >= 2 and bench.executor.count("b") >= 2)

    bench.run(script)
    expected = sorted(words[1] for words in bench.executor.started)
    assert sorted(payload.split()[0].decode() for payload in bench.queue.payloads) == expected
    assert sorted(bench.view.fresh) == expected
    assert bench.dispatcher.latest.runs == {"OK": len(expected)}


def test_running_watch_is_not_started_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, plan(quick("slow"), quick("b")))  # type: ignore[arg-type]
    bench.executor.held.add("slow")

    async def script(bench: Bench) -> None:
        await bench.until(lambda: bench.executor.count("slow") == 1)
        before = bench.executor.count("b")
        await bench.until(lambda: bench.executor.count("b") >= before + 2)
        bench.executor.answer(("/p", "slow"), 2)
        await bench.until(lambda: bench.executor.count("slow") == 2)

    bench.run(script)
    assert not bench.executor.overlapped
    assert bench.dispatcher.latest.missed >= 1


def test_changed_plan_keeps_the_turns_of_unchanged_watches(tmp_path: Path) -> None:
    bench = Bench(tmp_path, plan(quick("a"), quick("gone")))  # type: ignore[arg-type]

    async def script(bench: Bench) -> None:
        await bench.until(lambda: bench.executor.count("gone") >= 1)
        slot = bench.service._slots["web-1", "a"]
        written(bench.path, plan(quick("a"), quick("new")))  # type: ignore[arg-type]
        await bench.until(lambda: bench.executor.count("new") >= 1)
        assert bench.service._slots["web-1", "a"] is slot
        before = bench.executor.count("gone")
        await bench.until(lambda: bench.executor.count("new") >= 2)
        assert bench.executor.count("gone") == before

    bench.run(script)
    assert bench.log == ["the plan has changed: 2 watches now"]
    assert bench.executor.renewed == "the plan has changed"
    assert {one.task.watch for one in bench.dispatcher.latest.results()} == {"a", "new"}


def test_late_result_of_a_removed_watch_is_not_shown(tmp_path: Path) -> None:
    bench = Bench(tmp_path, plan(quick("a"), quick("gone")))  # type: ignore[arg-type]
    bench.executor.held.add("gone")

    async def script(bench: Bench) -> None:
        await bench.until(lambda: bench.executor.count("gone") == 1)
        written(bench.path, plan(quick("a")))  # type: ignore[arg-type]
        await bench.until(lambda: bool(bench.executor.renewed))
        bench.executor.answer(("/p", "gone"))
        await bench.until(lambda: b"gone 0 text" in bench.queue.payloads)
        await bench.until(lambda: bench.executor.count("a") >= 2)

    bench.run(script)
    assert {one.task.watch for one in bench.dispatcher.latest.results()} == {"a"}


def test_unreadable_plan_is_one_log_line_and_the_previous_one_stays(tmp_path: Path) -> None:
    bench = Bench(tmp_path, plan(quick("a")))  # type: ignore[arg-type]

    async def script(bench: Bench) -> None:
        await bench.until(lambda: bench.executor.count("a") >= 1)
        bench.path.write_text('{"version": 1, "half')
        await bench.until(lambda: len(bench.log) == 1)
        bench.path.unlink()
        await bench.until(lambda: len(bench.log) == 2)
        before = bench.executor.count("a")
        await bench.until(lambda: bench.executor.count("a") >= before + 2)
        assert len(bench.log) == 2
        bench.service.reload()
        await bench.until(lambda: len(bench.log) == 3)
        written(bench.path, plan(quick("a"), quick("b")))  # type: ignore[arg-type]
        await bench.until(lambda: bench.executor.count("b") >= 1)

    bench.run(script)
    half, vanished, reloaded, changed = bench.log
    assert half.startswith(f"{bench.path}: this is not a plan: ")
    assert vanished.startswith(f"cannot read the plan {bench.path}: No such file or directory")
    assert reloaded == vanished
    assert all(line.endswith("; the previous plan stays in force") for line in (half, vanished))
    assert changed == "the plan has changed: 2 watches now"
    assert (bench.dispatcher.latest.reloads, bench.dispatcher.latest.failed_reloads) == (1, 3)


def test_lasting_problem_of_a_plan_is_one_log_line(tmp_path: Path) -> None:
    bench = Bench(tmp_path, plan(quick("a")))  # type: ignore[arg-type]

    async def script(bench: Bench) -> None:
        bench.path.rename(tmp_path / "elsewhere")
        bench.path.mkdir()
        await bench.until(lambda: bench.dispatcher.latest.failed_reloads > 2)
        bench.path.rmdir()
        written(bench.path, plan(quick("a"), quick("b")))  # type: ignore[arg-type]
        await bench.until(lambda: bench.executor.count("b") > 0)

    bench.run(script)
    assert sum("stays in force" in line for line in bench.log) == 1


def test_stop_waits_for_running_watches_and_delivers_them(tmp_path: Path) -> None:
    bench = Bench(tmp_path, plan(quick("slow")))  # type: ignore[arg-type]
    bench.executor.held.add("slow")

    async def script(bench: Bench) -> None:
        await bench.until(lambda: bench.executor.count("slow") == 1)
        bench.service.stop()
        await asyncio.sleep(0.1)
        assert bench.queue.payloads == []
        bench.executor.answer(("/p", "slow"), 2)

    bench.run(script)
    assert bench.queue.payloads == [b"slow 2 text"]


def test_results_wait_in_order_for_a_failing_sink(tmp_path: Path) -> None:
    bench = Bench(tmp_path, plan(quick("a")))  # type: ignore[arg-type]
    bench.queue.problem = "it is down"

    async def script(bench: Bench) -> None:
        await bench.until(lambda: bench.executor.count("a") >= 3)
        assert bench.log == ["kept: it is down; results are kept and tried again"]
        bench.queue.problem = ""
        await bench.until(lambda: len(bench.queue.payloads) >= 3)

    bench.run(script)
    assert bench.log[1:] == ["kept: delivers again"]
    assert len(bench.queue.payloads) == len(bench.executor.started)


def test_full_disk_ends_no_delivery_and_nothing_is_sent_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkwright.batch.sender._FIRST_PAUSE", 0.01)
    bench = Bench(tmp_path, plan(quick("a")))  # type: ignore[arg-type]
    store = bench.dispatcher._store
    assert store is not None
    settle, tried = store.settle, []

    def full(*_: object) -> None:
        tried.append(1)
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store, "settle", full)
    monkeypatch.setattr(store, "failed", full)

    async def script(bench: Bench) -> None:
        await bench.until(lambda: len(tried) > 4 and bench.executor.count("a") > 1)
        assert bench.queue.payloads == [b"a 0 text"]
        monkeypatch.setattr(store, "settle", settle)
        await bench.until(lambda: len(bench.queue.payloads) > 1)

    bench.run(script)
    assert len(bench.queue.payloads) == bench.executor.count("a")
    assert sum("the store of results fails: database or disk is full" in line for line in bench.log) == 1
    assert sum("delivers again" in line for line in bench.log) == 1


def test_results_that_the_disk_never_takes_are_counted_as_lost(tmp_path: Path) -> None:
    bench = Bench(tmp_path, plan(quick("a"), quick("b")))  # type: ignore[arg-type]
    store = bench.dispatcher._store
    assert store is not None
    store._base.execute("CREATE TRIGGER full BEFORE INSERT ON payloads BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    asyncio.run(run_once(bench.executor, bench.tasks, bench.dispatcher, bench.log.append))
    (status,) = bench.dispatcher.close(PATIENCE)
    assert (status.waiting, status.delivered, status.dropped_full) == (0, 0, 2)
    assert "kept: 2 results are lost, since the store did not take them" in bench.log


def test_run_once_runs_all_at_the_same_time(tmp_path: Path) -> None:
    bench = Bench(tmp_path, plan(*(quick(f"w{number}") for number in range(20))))  # type: ignore[arg-type]
    results = asyncio.run(run_once(bench.executor, bench.tasks, bench.dispatcher, bench.log.append))
    (status,) = bench.dispatcher.close(PATIENCE)
    assert len(results) == len(bench.queue.payloads) == len(bench.view.fresh) == status.delivered == 20
    assert status.waiting == 0


def test_defect_of_a_sink_is_one_log_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path, plan(quick("a"), quick("b")))  # type: ignore[arg-type]
    payload = bench.queue.payload

    def broken(result: Result) -> bytes:
        if bench.executor.count("a") < 3:
            raise ZeroDivisionError(f"a defect of {result.task.watch}")
        return payload(result)

    monkeypatch.setattr(bench.queue, "payload", broken)

    async def script(bench: Bench) -> None:
        await bench.until(lambda: len(bench.queue.payloads) >= 2)

    bench.run(script)
    (line,) = (line for line in bench.log if "a defect" in line)
    assert line.startswith("results could not be kept: ZeroDivisionError: a defect of ")


def test_nothing_starts_while_the_backlog_is_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path, plan(quick("a")))  # type: ignore[arg-type]
    monkeypatch.setattr("checkwright.batch.batch_service._BACKLOG", 1)
    slow = threading.Event()
    take = bench.dispatcher.take

    def waiting(results: Sequence[Result]) -> None:
        slow.wait(PATIENCE)
        take(results)

    monkeypatch.setattr(bench.dispatcher, "take", waiting)

    async def script(bench: Bench) -> None:
        await bench.until(lambda: bench.executor.count("a") == 2)  # one is being written, one waits
        await asyncio.sleep(1.5)
        assert bench.executor.count("a") == 2
        slow.set()
        await bench.until(lambda: bench.executor.count("a") == 3)

    bench.run(script)
    assert len(bench.queue.payloads) == len(bench.executor.started)


REFUSED_PLANS = {
    "no plan": ("nonsense", "{path}: this is not a plan: "),
    "an old version": (
        '{{"version": 0}}',
        "{path}: this plan has version 0, and this checkwright reads {version}: build it again",
    ),
    "a newer version": (
        '{{"version": 99}}',
        "{path}: this plan has version 99, and this checkwright reads {version}: update it",
    ),
    "not text": ("\udcff", "{path}: this is not a plan: it is no UTF-8 text"),
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED_PLANS.values(), ids=REFUSED_PLANS)
def test_invalid_plan_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    from checkwright.core.errors import BadUsage

    path = tmp_path / "plan.json"
    path.write_bytes(text.replace("{{", "{").replace("}}", "}").encode("utf-8", "surrogateescape"))
    with pytest.raises(BadUsage) as refused:
        PlanFile(str(path)).read()
    assert str(refused.value).startswith(sentence.format(path=path, version=PLAN_VERSION))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_plan_that_others_may_replace_is_refused(tmp_path: Path) -> None:
    """Each hop of a link counts, not only the folder of the file that it leads to."""
    from checkwright.core.errors import BadUsage

    path = written(tmp_path / "plan.json", plan())
    path.chmod(0o644)
    others = tmp_path / "others"
    others.mkdir()
    (others / "hop.json").symlink_to(path)
    (tmp_path / "link.json").symlink_to(others / "hop.json")
    assert PlanFile(str(tmp_path / "link.json")).read()
    os.chown(others, 12_345, 12_345)
    with pytest.raises(BadUsage, match=r"others may replace the plan .*: .*/others must be owned"):
        PlanFile(str(tmp_path / "link.json")).read()


def test_plan_that_others_may_write_is_refused(tmp_path: Path) -> None:
    from checkwright.core.errors import BadUsage

    path = written(tmp_path / "plan.json", plan())
    path.chmod(0o666)
    with pytest.raises(BadUsage, match=r"others may write the plan .*, which defines commands: chmod go-w"):
        PlanFile(str(path)).read()
    path.chmod(0o664)  # with an ACL these bits are its mask: somebody may write
    with pytest.raises(BadUsage, match="others may write the plan"):
        PlanFile(str(path)).read()
    path.chmod(0o644)
    if os.geteuid() == 0:
        os.chown(path, 12_345, 0)
        with pytest.raises(BadUsage, match=r"belongs to another user \(uid 12345\)"):
            PlanFile(str(path)).read()
    with pytest.raises(BadUsage, match="it is no file"):
        PlanFile("/dev/null").read()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadUsage, match="it is no file"):
        PlanFile(str(tmp_path / "pipe")).read()
    with pytest.raises(BadUsage, match=r"cannot read the plan .*: Is a directory"):
        PlanFile(str(tmp_path)).read()
