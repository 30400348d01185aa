"""What could not be delivered yet: letters on disk, a queue for each delivery, bounded by bytes and age.

SQLite does the work, so that a letter is there whole or not at all after any kill. A result is put here before
anybody tries to deliver it, and taken away when it is delivered: a kill in between delivers it twice, never not at all.
"""

from __future__ import annotations

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
#: What a letter costs beside its own bytes: row, index, page.
_ROW = 60
#: Seconds that another process's transaction may take (only --status reads beside us).
_PATIENCE = 10.0
_TABLES = """
CREATE TABLE IF NOT EXISTS letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT, delivery TEXT NOT NULL, since REAL NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS queues ON letters (delivery, id);
CREATE TABLE IF NOT EXISTS counts (
    delivery TEXT NOT NULL, what TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (delivery, what));
CREATE TABLE IF NOT EXISTS troubles (delivery TEXT PRIMARY KEY, since REAL NOT NULL, text TEXT NOT NULL);
"""
DELIVERED, REFUSED, TOO_MANY, TOO_OLD, FAILURES = "delivered", "refused", "dropped_full", "dropped_old", "failures"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept for each delivery, and for how many seconds."""

    size: int
    age: float


@dataclass(frozen=True, slots=True)
class Letter:
    """A result as one delivery wants it."""

    number: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """How one delivery stands. bytes and oldest (seconds) are of what waits; the rest counts since the store was made.

    trouble: why the last attempt failed, "" when it did not.
    """

    delivery: str
    waiting: int = 0
    bytes: int = 0
    oldest: float = 0.0
    delivered: int = 0
    refused: int = 0
    dropped_full: int = 0
    dropped_old: int = 0
    failures: int = 0
    trouble: str = ""


class Store:
    """The queues in one folder. Any thread may call; one process at a time (see lock.py).

    What takes letters away, counts or reads raises sqlite3.Error where the disk fails; nothing is changed then.
    """

    def __init__(self, folder: Path, bounds: Bounds, clock: Callable[[], float] = time.time) -> None:
        """Raises BadUsage when the folder cannot hold a store."""
        self._bounds = bounds
        self._clock = clock
        self._lock = threading.RLock()
        #: Results that could not even be kept on disk, until the disk takes them; within the same bound.
        self._unkept: list[tuple[str, float, bytes]] = []
        #: What was moved aside because it could not be read, or "".
        self.damaged = ""
        self._path = folder / FILE
        self._sizes: dict[str, int]
        try:
            self._base, self._sizes = _opened(self._path)
        except sqlite3.DatabaseError as error:
            self._base, self._sizes = self._anew(error)

    def put(self, letters: Iterable[tuple[str, bytes]]) -> str:
        """Keep letters, given with their delivery, in this order. Returns "", or why the disk does not take them."""
        now = self._clock()
        with self._lock:
            self._unkept.extend((delivery, now, body) for delivery, body in letters)
            try:
                with self._base:
                    self._base.executemany("INSERT INTO letters (delivery, since, body) VALUES (?, ?, ?)", self._unkept)
            except sqlite3.Error as error:
                self._forget_unkept()
                return f"cannot keep results in {self._path}: {error}"
            touched = set()
            for delivery, _, body in self._unkept:
                self._sizes[delivery] = self._sizes.get(delivery, 0) + len(body) + _ROW
                touched.add(delivery)
            self._unkept.clear()
            try:
                for delivery in touched:
                    self._shrink(delivery)
            except sqlite3.Error as error:
                return f"cannot make room in {self._path}: {error}"
            return ""

    def unkept(self) -> Counter[str]:
        """How many letters of each delivery are in memory alone, since the disk does not take them."""
        with self._lock:
            return Counter(delivery for delivery, _, _ in self._unkept)

    def first(self, delivery: str, count: int) -> Sequence[Letter]:
        """The oldest letters of a delivery, at most `count`, after what has become too old is dropped."""
        with self._changing():
            self._drop(
                delivery,
                "SELECT id FROM letters WHERE delivery = ? AND since < ?",
                (delivery, self._clock() - self._bounds.age),
                TOO_OLD,
            )
            rows = self._base.execute(
                "SELECT id, body FROM letters WHERE delivery = ? ORDER BY id LIMIT ?", (delivery, count)
            )
            return [Letter(number, bytes(body)) for number, body in rows]

    def settle(self, delivery: str, letters: Sequence[Letter], refused: int = 0) -> None:
        """These have been delivered, or refused for good: so many of them."""
        with self._changing():
            self._delete(delivery, [letter.number for letter in letters])
            self._count(delivery, DELIVERED, len(letters) - refused)
            self._count(delivery, REFUSED, refused)

    def failed(self, delivery: str, trouble: str) -> None:
        """An attempt to deliver failed, and why; "" when deliveries succeed again."""
        with self._changing():
            if not trouble:
                self._base.execute("DELETE FROM troubles WHERE delivery = ?", (delivery,))
                return
            self._count(delivery, FAILURES, 1)
            self._base.execute(
                "INSERT INTO troubles VALUES (?, ?, ?) ON CONFLICT (delivery) DO UPDATE SET text = excluded.text",
                (delivery, self._clock(), trouble),
            )

    def dropped(self, delivery: str) -> int:
        """How many letters of a delivery were dropped undelivered."""
        with self._lock:
            (number,) = self._base.execute(
                "SELECT total(number) FROM counts WHERE delivery = ? AND what IN (?, ?)", (delivery, TOO_MANY, TOO_OLD)
            ).fetchone()
            return int(number)

    def standings(self, deliveries: Iterable[str] = ()) -> tuple[Standing, ...]:
        """How each delivery stands: those named, and all that the store knows."""
        with self._lock:
            return _standings(self._base, self._clock(), deliveries)

    def close(self) -> None:
        with self._lock:
            self._base.close()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """A transaction; where it fails, sizes are again what they were."""
        with self._lock:
            before = dict(self._sizes)
            try:
                with self._base:
                    yield
            except BaseException:
                self._sizes = before
                raise

    def _shrink(self, delivery: str) -> None:
        """Drop the oldest until the bound is kept."""
        while self._sizes[delivery] > self._bounds.size:
            # About as many as are too much: letters of one delivery are of like size.
            with self._changing():
                count, size = self._base.execute(
                    "SELECT count(*), total(length(body) + ?) FROM letters WHERE delivery = ?", (_ROW, delivery)
                ).fetchone()
                self._sizes[delivery] = int(size)
                too_much = size - self._bounds.size
                if not count or too_much <= 0:
                    return
                self._drop(
                    delivery,
                    "SELECT id FROM letters WHERE delivery = ? ORDER BY id LIMIT ?",
                    (delivery, max(1, int(count * too_much / size / 2))),
                    TOO_MANY,
                )

    def _drop(self, delivery: str, query: str, parameters: tuple[object, ...], why: str) -> None:
        numbers = [number for (number,) in self._base.execute(query, parameters)]
        if numbers:
            self._delete(delivery, numbers)
            self._count(delivery, why, len(numbers))

    def _delete(self, delivery: str, numbers: Sequence[int]) -> None:
        for number in numbers:
            row = self._base.execute("DELETE FROM letters WHERE id = ? RETURNING length(body)", (number,)).fetchone()
            if row:
                self._sizes[delivery] = self._sizes.get(delivery, 0) - row[0] - _ROW

    def _count(self, delivery: str, what: str, number: int) -> None:
        if number:
            self._base.execute(
                "INSERT INTO counts VALUES (?, ?, ?) "
                "ON CONFLICT (delivery, what) DO UPDATE SET number = number + excluded.number",
                (delivery, what, number),
            )

    def _forget_unkept(self) -> None:
        size = sum(len(body) + _ROW for _, _, body in self._unkept)
        while self._unkept and size > self._bounds.size:
            size -= len(self._unkept.pop(0)[2]) + _ROW

    def _anew(self, error: sqlite3.Error) -> tuple[sqlite3.Connection, dict[str, int]]:
        """Begin again beside a file that is no store. Raises BadUsage when that cannot be done."""
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
        self.damaged = f"what waited in {self._path} could not be read ({error}) and was moved to {aside.name}"
        return _opened(self._path)


def standings_in(folder: Path) -> tuple[Standing, ...]:
    """How the deliveries of a store stand, read beside the process that uses it. Raises BadUsage."""
    path = folder / FILE
    if not path.is_file():
        raise BadUsage(f"there is no store of results in {folder}")
    try:
        # Not mode=ro: a reader of a write-ahead log whose writer has gone must make its index anew.
        base = sqlite3.connect(path, timeout=_PATIENCE)
        try:
            base.execute("PRAGMA query_only = ON")
            return _standings(base, time.time(), ())
        finally:
            base.close()
    except sqlite3.Error as error:
        raise BadUsage(f"cannot read {path}: {error}") from None


def _opened(path: Path) -> tuple[sqlite3.Connection, dict[str, int]]:
    """The store in a file, and the size of each of its queues. Raises sqlite3.Error, also for one damaged inside."""
    base = sqlite3.connect(path, timeout=_PATIENCE, check_same_thread=False)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        # Every kill of ours is survived; after a loss of power the last seconds may be missing.
        base.execute("PRAGMA synchronous = NORMAL")
        base.executescript(_TABLES)
        (found,) = base.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(" ".join(found.split()))
        sizes = base.execute("SELECT delivery, sum(length(body) + ?) FROM letters GROUP BY delivery", (_ROW,))
        return base, dict(sizes)
    except BaseException:
        base.close()
        raise


def _standings(base: sqlite3.Connection, now: float, deliveries: Iterable[str]) -> tuple[Standing, ...]:
    waiting = {
        delivery: (count, size, max(0.0, now - since))
        for delivery, count, size, since in base.execute(
            "SELECT delivery, count(*), sum(length(body)), min(since) FROM letters GROUP BY delivery"
        )
    }
    counts: dict[str, dict[str, int]] = {}
    for delivery, what, number in base.execute("SELECT delivery, what, number FROM counts"):
        counts.setdefault(delivery, {})[what] = number
    troubles = dict(base.execute("SELECT delivery, text FROM troubles"))
    return tuple(
        Standing(name, *waiting.get(name, (0, 0, 0.0)), **counts.get(name, {}), trouble=troubles.get(name, ""))
        for name in sorted({*deliveries, *waiting, *counts, *troubles})
    )
