"""Queues on disk: order, bounds, counts, and survival of a kill."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkwright.batch import store_lock
from checkwright.batch.store import FILE, Bounds, SinkStatus, Store, statuses_in
from checkwright.core.errors import BadUsage
from tests.support.installed import ROOT

ROOMY = Bounds(10_000_000, 3_600)


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def bodies(store: Store, sink: str = "a", count: int = 1_000) -> list[bytes]:
    return [payload.body for payload in store.first(sink, count)]


def status(store: Store, sink: str = "a") -> SinkStatus:
    (found,) = (one for one in store.statuses() if one.sink == sink)
    return found


def test_payloads_stay_in_order_until_they_are_settled(tmp_path: Path) -> None:
    store = Store(tmp_path, ROOMY)
    assert store.put([("a", b"1"), ("b", b"x"), ("a", b"2"), ("a", b"3")]) == ""
    assert bodies(store, count=2) == [b"1", b"2"]
    assert bodies(store, count=2) == [b"1", b"2"]
    store.settle("a", store.first("a", 2), refused=1)
    assert bodies(store) == [b"3"]
    assert bodies(store, "b") == [b"x"]
    found = status(store)
    assert (found.waiting, found.bytes, found.delivered, found.refused) == (1, 1, 1, 1)


def test_payloads_and_counts_outlive_the_process(tmp_path: Path) -> None:
    store = Store(tmp_path, ROOMY)
    store.put([("a", b"1"), ("a", b"2")])
    store.settle("a", store.first("a", 1))
    store.failed("a", "nobody listens")
    store.close()
    again = Store(tmp_path, ROOMY)
    assert bodies(again) == [b"2"]
    found = status(again)
    assert (found.delivered, found.failures, found.problem) == (1, 1, "nobody listens")
    again.failed("a", "")
    assert status(again).problem == ""


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=40))
def test_oldest_payloads_are_dropped_beyond_the_bound(sizes: list[int]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), Bounds(1_000, 3_600))
        put = [bytes([number]) * size for number, size in enumerate(sizes)]
        for body in put:
            store.put([("a", body)])
        kept = bodies(store)
        assert put[len(put) - len(kept) :] == kept
        assert sum(map(len, kept)) <= 1_000
        assert status(store).dropped_full == store.dropped("a") == len(put) - len(kept)
        store.close()


def test_queue_does_not_displace_another(tmp_path: Path) -> None:
    store = Store(tmp_path, Bounds(1_000, 3_600))
    store.put([("a", b"of a")])
    store.put([("b", b"x" * 200) for _ in range(50)])
    assert bodies(store) == [b"of a"]
    assert 0 < len(bodies(store, "b")) < 50


def test_bound_holds_after_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path, ROOMY)
    store.put([("a", b"x" * 1_000) for _ in range(20)])
    store.close()
    smaller = Store(tmp_path, Bounds(5_000, 3_600))
    smaller.put([("a", b"new")])
    kept = bodies(smaller)
    assert kept[-1] == b"new"
    assert sum(map(len, kept)) <= 5_000


def test_old_payloads_are_dropped_and_counted(tmp_path: Path, clock: Clock) -> None:
    store = Store(tmp_path, Bounds(10_000, 100), clock)
    store.put([("a", b"old")])
    clock.now += 60
    store.put([("a", b"newer")])
    assert status(store).oldest == 60
    clock.now += 60
    assert bodies(store) == [b"newer"]
    assert status(store).dropped_old == 1


def test_other_file_is_moved_aside(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this was never a database" * 100)
    store = Store(tmp_path, ROOMY)
    assert "could not be read" in store.damaged
    assert store.put([("a", b"1")]) == ""
    assert bodies(store) == [b"1"]
    (aside,) = tmp_path.glob(f"{FILE}.damaged-*")
    assert aside.read_bytes().startswith(b"this was never")


def test_damaged_store_is_moved_aside(tmp_path: Path) -> None:
    store = Store(tmp_path, ROOMY)
    store.put([("a", os.urandom(2_000)) for _ in range(200)])
    store.close()
    whole = (tmp_path / FILE).read_bytes()
    middle = len(whole) // 2
    (tmp_path / FILE).write_bytes(whole[:middle] + b"\xa5" * 40_960 + whole[middle + 40_960 :])
    store = Store(tmp_path, ROOMY)
    assert "could not be read" in store.damaged
    assert store.put([("a", b"1")]) == ""
    assert bodies(store) == [b"1"]
    assert len(list(tmp_path.glob(f"{FILE}.damaged-*"))) == 1


def test_failed_settlement_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path, Bounds(1_000, 3_600))
    store.put([("a", b"x" * 100) for _ in range(5)])
    before = dict(store._sizes)
    store._base.execute("CREATE TRIGGER full BEFORE INSERT ON counts BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    with pytest.raises(sqlite3.Error, match="disk is full"):
        store.settle("a", store.first("a", 3))
    assert (len(bodies(store)), store._sizes) == (5, before)
    assert store.put([("a", b"y" * 100) for _ in range(5)]).endswith("disk is full")  # it cannot count what it drops
    assert store.unkept() == {}
    store._base.execute("DROP TRIGGER full")
    assert store.put([("a", b"z")]) == ""
    assert status(store).bytes + 60 * status(store).waiting <= 1_000


def test_payloads_wait_in_memory_for_a_full_disk(tmp_path: Path) -> None:
    store = Store(tmp_path, ROOMY)
    store._base.execute("PRAGMA max_page_count = 8")
    problem = store.put([("a", b"x" * 100_000)])
    assert problem.startswith("cannot keep results in ")
    assert problem.endswith("database or disk is full")
    assert bodies(store) == []
    assert store.unkept() == {"a": 1}
    store._base.execute("PRAGMA max_page_count = 100000")
    assert store.put([("a", b"next")]) == ""
    assert [len(body) for body in bodies(store)] == [100_000, 4]


WRITER = """
import sys
from pathlib import Path
from checkwright.batch.store import Bounds, Store
store = Store(Path(sys.argv[1]), Bounds(100_000_000, 3_600))
number = 0
while True:
    store.put([("a", b"%08d" % (number + one) * 50) for one in range(7)])
    number += 7
    print(number, flush=True)
"""


def test_kill_loses_no_payload_and_tears_none(tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
    assert writer.stdout is not None
    committed = [int(writer.stdout.readline()) for _ in range(30)]
    writer.send_signal(signal.SIGKILL)
    committed += [int(line) for line in writer.stdout if line.strip()]
    writer.communicate()
    kept = bodies(Store(tmp_path, ROOMY), count=1_000_000)
    assert len(kept) >= committed[-1]
    assert len(kept) % 7 == 0
    assert kept == [b"%08d" % number * 50 for number in range(len(kept))]


def test_status_is_readable_while_another_process_writes(tmp_path: Path) -> None:
    store = Store(tmp_path, ROOMY)
    store.put([("a", b"1")])
    (found,) = statuses_in(tmp_path)
    assert (found.sink, found.waiting) == ("a", 1)
    with pytest.raises(BadUsage, match="there is no store of results in"):
        statuses_in(tmp_path / "elsewhere")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / FILE).write_bytes(b"no database" * 100)
    with pytest.raises(BadUsage, match=r"cannot read .*: file is not a database"):
        statuses_in(tmp_path / "broken")


def test_store_is_for_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / FILE).touch(mode=0o644)
    before = os.umask(0)
    try:
        store = Store(tmp_path, ROOMY)
        store.put([("a", b"1")])
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {FILE: 0o600, f"{FILE}-wal": 0o600, f"{FILE}-shm": 0o600}
    store.close()
    (tmp_path / FILE).rename(tmp_path / "elsewhere")
    (tmp_path / FILE).symlink_to("elsewhere")
    with pytest.raises(BadUsage, match=r"cannot keep results in .*: Too many levels of symbolic links"):
        Store(tmp_path, ROOMY)


def test_lock_names_its_holder(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with store_lock.hold(folder):
        assert store_lock.holder(folder).startswith(f"process {os.getpid()}, since {time.strftime('%Y-')}")
        with pytest.raises(BadUsage, match=rf"another batch uses the store {folder}: process {os.getpid()}, since"):
            store_lock.hold(folder).__enter__()
    assert store_lock.holder(folder) == ""
    with store_lock.hold(folder):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_impossible_store_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadUsage, match=r"cannot keep results in .*: Not a directory; name a folder"):
        store_lock.hold(tmp_path / "file" / "store").__enter__()
