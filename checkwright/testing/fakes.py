"""Fakes of the sources that families share: Http, Command, Log and StateFile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from checkwright.core.errors import CannotTell, CheckError
from checkwright.core.secret import Secret
from checkwright.net.tls_context import TlsOptions
from checkwright.sources.command import Command, Finished, Lines
from checkwright.sources.counter_delta import CounterDelta
from checkwright.sources.http import AGENT, MAX_SIZE, Http, Reply
from checkwright.sources.http_timings import Timings
from checkwright.sources.log import MOST, Log, LogReading
from checkwright.sources.statefile import Before, StateFile
from checkwright.sources.udp import Udp
from checkwright.testing.canned import answer_for, value_of

if TYPE_CHECKING:
    from checkwright.net.connect import Family
    from checkwright.sources.http import Redirect
    from checkwright.sources.log import Position
    from checkwright.sources.statefile import Data

T = TypeVar("T")


class FakeHttp(Http):
    """Http with canned replies by URL: `FakeHttp({"https://shop.test/health": {"status": "up"}})`.

    A reply is a Reply, an error to raise (`Down("...")`), or the content of a JSON document. `requests` lists the
    requests of a run as (method, URL).
    """

    def __init__(self, replies: Mapping[str, Reply | CheckError | Mapping[str, object]]) -> None:
        super().__init__()
        self.replies = dict(replies)
        self.requests: list[tuple[str, str]] = []

    def request(
        self,
        method: str,
        url: str,
        *,
        token: Secret | None = None,
        login: Secret | None = None,
        headers: Iterable[str] = (),
        secret_headers: Iterable[Secret] = (),
        body: bytes | None = None,
        agent: str = AGENT,
        redirect: Redirect = "follow",
        tls: TlsOptions | None = None,
        family: Family = "",
        resolve: Mapping[str, str] | None = None,
        proxy_from_env: bool = False,
        unix_socket: str = "",
        max_size: int | None = None,
    ) -> Reply:
        self.requests.append((method, url))
        found = answer_for(self, self.replies, url)
        if isinstance(found, Reply):
            reply = Reply(
                found.status,
                found.body,
                headers=found.headers,
                reason=found.reason,
                url=found.url or url,
                timings=found.timings,
            )
        else:
            reply = Reply(200, json.dumps(found), reason="OK", url=url, timings=Timings(0.1))
        if reply.size > (max_size or MAX_SIZE):
            raise CannotTell(f"{method} {url}: the answer is larger than {max_size or MAX_SIZE} bytes (--max-size)")
        return reply


class FakeUdp(Udp):
    """Udp with canned answers: `FakeUdp({"ntp.test:123": b"..."})`. An error is raised.

    `requests` lists the packets of a run as (`HOST:PORT`, data). seconds: the time that each answer takes.
    """

    def __init__(self, answers: Mapping[str, bytes | CheckError], *, seconds: float = 0.01) -> None:
        self.answers = dict(answers)
        self.seconds = seconds
        self.requests: list[tuple[str, bytes]] = []

    def ask(self, host: str, port: int, data: bytes, *, name: str = "", family: Family = "") -> tuple[bytes, float]:
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.requests.append((address, data))
        return answer_for(self, self.answers, address), self.seconds


class FakeStateFile(StateFile):
    """StateFile in memory: `FakeStateFile({"requests": 100}, seconds=60)`.

    before: data that the last run of the check stored; None for a first run. seconds: age of that data. Two readings in
    one run do not wait; they count as `over` seconds apart. `remembered` has the stored data by part.
    """

    def __init__(self, before: Mapping[str, Any] | None = None, *, seconds: float = 60) -> None:
        super().__init__()
        self.seconds = seconds
        self.remembered: dict[str, Mapping[str, Any]] = {} if before is None else {"": dict(before)}

    def update(self, change: Callable[[Before | None], Data], part: str = "") -> None:
        before = self.remembered.get(part)
        self.remembered[part] = dict(change(None if before is None else Before(before, self.seconds)))

    def recall(self, part: str = "") -> Before | None:
        before = self.remembered.get(part)
        return None if before is None else Before(before, self.seconds)

    def forget(self, part: str = "") -> None:
        self.remembered.pop(part, None)

    def together(self, work: Callable[[StateFile], T], part: str = "together") -> T:
        """Call `work` with this memory, so that `remembered` has the same parts."""
        return work(self)

    def delta(
        self,
        read: Callable[[], Mapping[str, float]],
        over: float | None = None,
        part: str = "",
        fastest: float | None = None,
    ) -> CounterDelta:
        delta = super().delta(read, over, part, fastest)
        delta.seconds = delta.seconds if delta.seconds >= 1 else over or 1.0
        return delta

    def _wait(self, seconds: float) -> None:
        """Return at once: the readings of a fake differ by their order."""


class FakeLog(Log):
    """Log with canned lines by path: `FakeLog({"/var/log/app.log": ["ERROR no space"]})`.

    The lines are those since the last run; an error is raised. first, skipped, lost: facts of the reading, see
    LogReading. A path without an entry cannot be read (CannotTell).
    """

    def __init__(
        self,
        logs: Mapping[str, Sequence[str] | CheckError],
        *,
        first: bool = False,
        skipped: int = 0,
        lost: bool = False,
    ) -> None:
        self.logs = dict(logs)
        self.first = first
        self.skipped = skipped
        self.lost = lost

    def read(self, path: str, after: Position | None, *, most: int = MOST) -> LogReading:
        lines = value_of(self.logs.get(path), f"cannot read the log {path}: No such file or directory")
        return _FakeReading(path, "".join(f"{line}\n" for line in lines).encode(), self)


class _FakeReading(LogReading):
    def __init__(self, path: str, data: bytes, log: FakeLog) -> None:
        super().__init__(path, {"files": []}, MOST)
        self.first, self.skipped, self.lost = log.first, log.skipped, log.lost
        self.blocks = iter([data] if data else [])


class FakeCommand(Command):
    """Command with canned results by argv: `FakeCommand({("mailq",): Finished(0, "empty")})`.

    A result may be an error to raise. A program without a result cannot be run (CannotTell). `calls` lists the
    command lines of a run in order.
    """

    def __init__(self, answers: Mapping[tuple[str, ...], Finished | CheckError] | None = None) -> None:
        self.answers = dict(answers or {})
        self.calls: list[tuple[str, ...]] = []

    def run(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, limit: int = 1_000_000) -> Finished:
        self.calls.append(tuple(argv))
        return self._answer(argv)

    def lines(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, limit: int = 100_000) -> Lines:
        def read(lines: Lines) -> Iterator[str]:
            self.calls.append(tuple(argv))
            finished = self._answer(argv)
            output = finished.output.removesuffix("\n")
            yield from output.split("\n") if output else ()
            lines.errors, lines.code = finished.errors, finished.code

        return Lines(read)

    def _answer(self, argv: Sequence[str]) -> Finished:
        return value_of(self.answers.get(tuple(argv)), f"cannot run {argv[0]}: there is no program {argv[0]} here")
