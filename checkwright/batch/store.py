"""Store of undelivered results: a transactional outbox on disk, with one queue for each queue sink.

A result is committed here before any sink tries to deliver it, and removed once its sink has accepted it. A kill in
between delivers it twice, never not at all. SQLite makes sure that after any kill a payload is there whole or not at
all. Each queue is bounded by bytes and by age.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkwright.core.errors import BadUsage

FILE = "results.sqlite"
#: Results name hosts and problems, so the file is for its owner alone. SQLite makes its journals alike.
_MODE = 0o600
#: Bytes that a payload costs besides its own: row, index, page.
_ROW = 60
#: Seconds for another process's transaction (only --status reads at the same time).
_PATIENCE = 10.0
_TABLES = """
CREATE TABLE IF NOT EXISTS payloads (
    id INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, since REAL NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS queues ON payloads (sink, id);
CREATE TABLE IF NOT EXISTS counts (
    sink TEXT NOT NULL, what TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (sink, what));
CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS problems (sink TEXT PRIMARY KEY, since REAL NOT NULL, text TEXT NOT NULL);
"""
DELIVERED, REFUSED, TOO_MANY, TOO_OLD, FAILURES = "delivered", "refused", "dropped_full", "dropped_old", "failures"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of each queue: bytes, and seconds."""

    size: int
    age: float


@dataclass(frozen=True, slots=True)
class Payload:
    """A result in the form that one sink delivers."""

    number: int
    body: bytes


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """Status of one sink.

    waiting, bytes and oldest (seconds) describe its queue. The other numbers count since the store was made.
    problem: why the last attempt failed, "" if it did not.
    """

    sink: str
    waiting: int = 0
    bytes: int = 0
    oldest: float = 0.0
    delivered: int = 0
    refused: int = 0
    dropped_full: int = 0
    dropped_old: int = 0
    failures: int = 0
    problem: str = ""


class Store:
    """Queues in one folder. Any thread may call; one process at a time (see store_lock.py).

    Methods that remove payloads, count or read raise sqlite3.Error if the disk fails. Then nothing has changed.
    """

    def __init__(self, folder: Path, bounds: Bounds, clock: Callable[[], float] = time.time) -> None:
        """Raises BadUsage if the folder cannot hold a store."""
        self._bounds = bounds
        self._clock = clock
        self._lock = threading.RLock()
        #: Payloads that the disk does not take, until it takes them; within the same bound.
        self._unkept: list[tuple[str, float, bytes]] = []
        #: Sentence about a file that was moved aside because it could not be read, or "".
        self.damaged = ""
        self._path = folder / FILE
        self._sizes: dict[str, int]
        try:
            self._base, self._sizes = _open(self._path)
        except sqlite3.DatabaseError as error:
            self._base, self._sizes = self._replace(error)

    def put(self, payloads: Iterable[tuple[str, bytes]]) -> str:
        """Keep payloads, given with their sink, in this order. Returns why the disk does not take them, or ""."""
        now = self._clock()
        with self._lock:
            self._unkept.extend((sink, now, body) for sink, body in payloads)
            try:
                with self._base:
                    self._base.executemany("INSERT INTO payloads (sink, since, body) VALUES (?, ?, ?)", self._unkept)
            except sqlite3.Error as error:
                self._forget_unkept()
                return f"cannot keep results in {self._path}: {error}"
            touched = set()
            for sink, _, body in self._unkept:
                self._sizes[sink] = self._sizes.get(sink, 0) + len(body) + _ROW
                touched.add(sink)
            self._unkept.clear()
            try:
                for sink in touched:
                    self._shrink(sink)
            except sqlite3.Error as error:
                return f"cannot make room in {self._path}: {error}"
            return ""

    def put_from(self, source: str, position: int, payloads: Sequence[tuple[str, bytes]]) -> None:
        """Keep payloads that were read from a file up to a position, and the position, or neither.

        So a file that is read again after a kill goes on where it ended. Raises sqlite3.Error.
        """
        now = self._clock()
        with self._changing():
            rows = ((sink, now, body) for sink, body in payloads)
            self._base.executemany("INSERT INTO payloads (sink, since, body) VALUES (?, ?, ?)", rows)
            self._base.execute(
                "INSERT INTO sources VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position",
                (source, position),
            )
            for sink, body in payloads:
                self._sizes[sink] = self._sizes.get(sink, 0) + len(body) + _ROW
        with self._lock:
            for sink in {sink for sink, _ in payloads}:
                self._shrink(sink)

    def positions(self) -> dict[str, int]:
        """Return the position up to which each file has been read. Raises sqlite3.Error."""
        with self._lock:
            return dict(self._base.execute("SELECT name, position FROM sources"))

    def forget(self, source: str) -> None:
        """Forget a file that is gone. Raises sqlite3.Error."""
        with self._changing():
            self._base.execute("DELETE FROM sources WHERE name = ?", (source,))

    def unkept(self) -> Counter[str]:
        """Return how many payloads of each sink are in memory alone, since the disk does not take them."""
        with self._lock:
            return Counter(sink for sink, _, _ in self._unkept)

    def first(self, sink: str, count: int) -> Sequence[Payload]:
        """Return the oldest payloads of a sink, at most `count`, after dropping those that have become too old."""
        with self._changing():
            self._drop(
                sink,
                "SELECT id FROM payloads WHERE sink = ? AND since < ?",
                (sink, self._clock() - self._bounds.age),
                TOO_OLD,
            )
            rows = self._base.execute("SELECT id, body FROM payloads WHERE sink = ? ORDER BY id LIMIT ?", (sink, count))
            return [Payload(number, bytes(body)) for number, body in rows]

    def settle(self, sink: str, payloads: Sequence[Payload], refused: int = 0) -> None:
        """Remove payloads that were delivered, and count `refused` of them as refused for good."""
        with self._changing():
            self._delete(sink, [payload.number for payload in payloads])
            self._count(sink, DELIVERED, len(payloads) - refused)
            self._count(sink, REFUSED, refused)

    def failed(self, sink: str, problem: str) -> None:
        """Note why an attempt to deliver failed; "" once deliveries succeed again."""
        with self._changing():
            if not problem:
                self._base.execute("DELETE FROM problems WHERE sink = ?", (sink,))
                return
            self._count(sink, FAILURES, 1)
            self._base.execute(
                "INSERT INTO problems VALUES (?, ?, ?) ON CONFLICT (sink) DO UPDATE SET text = excluded.text",
                (sink, self._clock(), problem),
            )

    def dropped(self, sink: str) -> int:
        """Return how many payloads of a sink were dropped undelivered."""
        with self._lock:
            (number,) = self._base.execute(
                "SELECT total(number) FROM counts WHERE sink = ? AND what IN (?, ?)", (sink, TOO_MANY, TOO_OLD)
            ).fetchone()
            return int(number)

    def statuses(self, sinks: Iterable[str] = ()) -> tuple[SinkStatus, ...]:
        """Return the status of these sinks, and of all others that the store knows."""
        with self._lock:
            return _statuses(self._base, self._clock(), sinks)

    def close(self) -> None:
        with self._lock:
            self._base.close()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Run a transaction. If it fails, the sizes are restored."""
        with self._lock:
            before = dict(self._sizes)
            try:
                with self._base:
                    yield
            except BaseException:
                self._sizes = before
                raise

    def _shrink(self, sink: str) -> None:
        """Drop the oldest payloads until the queue is within its bound."""
        while self._sizes[sink] > self._bounds.size:
            # About as many as are too much: payloads of one sink have similar sizes.
            with self._changing():
                count, size = self._base.execute(
                    "SELECT count(*), total(length(body) + ?) FROM payloads WHERE sink = ?", (_ROW, sink)
                ).fetchone()
                self._sizes[sink] = int(size)
                too_much = size - self._bounds.size
                if not count or too_much <= 0:
                    return
                self._drop(
                    sink,
                    "SELECT id FROM payloads WHERE sink = ? ORDER BY id LIMIT ?",
                    (sink, max(1, int(count * too_much / size / 2))),
                    TOO_MANY,
                )

    def _drop(self, sink: str, query: str, parameters: tuple[object, ...], why: str) -> None:
        numbers = [number for (number,) in self._base.execute(query, parameters)]
        if numbers:
            self._delete(sink, numbers)
            self._count(sink, why, len(numbers))

    def _delete(self, sink: str, numbers: Sequence[int]) -> None:
        for number in numbers:
            row = self._base.execute("DELETE FROM payloads WHERE id = ? RETURNING length(body)", (number,)).fetchone()
            if row:
                self._sizes[sink] = self._sizes.get(sink, 0) - row[0] - _ROW

    def _count(self, sink: str, what: str, number: int) -> None:
        if number:
            self._base.execute(
                "INSERT INTO counts VALUES (?, ?, ?) "
                "ON CONFLICT (sink, what) DO UPDATE SET number = number + excluded.number",
                (sink, what, number),
            )

    def _forget_unkept(self) -> None:
        size = sum(len(body) + _ROW for _, _, body in self._unkept)
        while self._unkept and size > self._bounds.size:
            size -= len(self._unkept.pop(0)[2]) + _ROW

    def _replace(self, error: sqlite3.Error) -> tuple[sqlite3.Connection, dict[str, int]]:
        """Move a file that is no store aside and make a new one. Raises BadUsage if that is impossible."""
        if not self._path.exists() or isinstance(error, sqlite3.OperationalError):
            raise BadUsage(f"cannot keep results in {self._path}: {error}; name another folder with --store") from None
        aside = self._path.with_name(f"{FILE}.damaged-{int(self._clock())}")
        try:
            self._path.rename(aside)
            for suffix in ("-wal", "-shm"):
                self._path.with_name(FILE + suffix).unlink(missing_ok=True)
        except OSError as why:
            raise BadUsage(
                f"cannot read {self._path} ({error}) or move it aside: {why.strerror}; name another folder with --store"
            ) from None
        self.damaged = f"the waiting results in {self._path} could not be read ({error}) and were moved to {aside.name}"
        return _open(self._path)


def statuses_in(folder: Path) -> tuple[SinkStatus, ...]:
    """Return the status of all sinks of a store, also while another process uses it. Raises BadUsage."""
    path = folder / FILE
    if not path.is_file():
        raise BadUsage(f"there is no store of results in {folder}")
    try:
        # Not mode=ro: a reader must rebuild the index of a write-ahead log whose writer has ended.
        base = sqlite3.connect(path, timeout=_PATIENCE)
        try:
            base.execute("PRAGMA query_only = ON")
            return _statuses(base, time.time(), ())
        finally:
            base.close()
    except sqlite3.Error as error:
        raise BadUsage(f"cannot read {path}: {error}") from None


def _open(path: Path) -> tuple[sqlite3.Connection, dict[str, int]]:
    """Return the store in a file, and the size of each queue. Raises sqlite3.Error, also for a damaged file."""
    _make_private(path)
    base = sqlite3.connect(path, timeout=_PATIENCE, check_same_thread=False)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        # Results survive every kill of this process. After a loss of power the last seconds may be missing.
        base.execute("PRAGMA synchronous = NORMAL")
        base.executescript(_TABLES)
        (found,) = base.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(" ".join(found.split()))
        sizes = base.execute("SELECT sink, sum(length(body) + ?) FROM payloads GROUP BY sink", (_ROW,))
        return base, dict(sizes)
    except BaseException:
        base.close()
        raise


def _make_private(path: Path) -> None:
    """Make the file with its mode before SQLite does, and correct the mode of files that exist. Raises BadUsage."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, _MODE)
        try:
            os.fchmod(descriptor, _MODE)
        finally:
            os.close(descriptor)
        for suffix in ("-wal", "-shm"):
            journal = path.with_name(path.name + suffix)
            if journal.exists():
                journal.chmod(_MODE)
    except OSError as error:
        raise BadUsage(f"cannot keep results in {path}: {error.strerror}; name another folder with --store") from None


def _statuses(base: sqlite3.Connection, now: float, sinks: Iterable[str]) -> tuple[SinkStatus, ...]:
    waiting = {
        sink: (count, size, max(0.0, now - since))
        for sink, count, size, since in base.execute(
            "SELECT sink, count(*), sum(length(body)), min(since) FROM payloads GROUP BY sink"
        )
    }
    counts: dict[str, dict[str, int]] = {}
    for sink, what, number in base.execute("SELECT sink, what, number FROM counts"):
        counts.setdefault(sink, {})[what] = number
    problems = dict(base.execute("SELECT sink, text FROM problems"))
    return tuple(
        SinkStatus(name, *waiting.get(name, (0, 0, 0.0)), **counts.get(name, {}), problem=problems.get(name, ""))
        for name in sorted({*sinks, *waiting, *counts, *problems})
    )
