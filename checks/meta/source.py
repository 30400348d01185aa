"""Other checks, run as parts of one check."""

import time

from checkwright.core.current import current
from checkwright.core.outcome import Line, Outcome
from checkwright.core.replay import replay_outcome
from checkwright.core.text import clean, perf_label
from checkwright.core.world import World
from checkwright.sources import BadUsage, Source, doing, remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from checkwright.core.domain import Metric
    from checkwright.core.run import Run

#: Seconds kept back to report the results of the parts: a tenth of the time left, and at most this.
_RESERVE = 0.5


class Checks(Source):
    """Runner of checks by name, at the same time, each in a thread and with its own sources.

    One part at a time uses a set of sources, which is kept for the next run. A part that does not return keeps its set.
    """

    def __init__(self) -> None:
        self._idle: list[World] = []

    def metrics(self, parts: "Sequence[Sequence[str]]") -> "Iterator[Metric]":
        """Yield the results of the parts as metrics: a line for each, and its numbers as `disk.space:/` and the like.

        parts: each the name of a check and its arguments. A second `disk` is called `disk_2`.
        """
        times: dict[str, int] = {}
        for rank, outcome in enumerate(self.outcomes(parts)):
            name = outcome.name
            times[name] = times.get(name, 0) + 1
            yield from replay_outcome(name if times[name] == 1 else f"{name}_{times[name]}", outcome, rank)

    def outcomes(self, parts: "Sequence[Sequence[str]]") -> list[Outcome]:
        """Return the outcome of each part, in order: UNKNOWN for one that is unknown, fails or does not return."""
        reserve = min(_RESERVE, remaining() / 10)
        end = current().end - reserve
        started = [self._start(rank, part, end) for rank, part in enumerate(parts)]
        doing(", ".join(clean(part[0], 50) for part in parts))
        return [part if isinstance(part, Outcome) else part.finished(reserve / 2) for part in started]

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _start(self, rank: int, words: "Sequence[str]", end: float) -> "_Part | Outcome":
        from checkwright.core.catalog import find, project_from_environment
        from checkwright.core.run import Run

        project = current().project or project_from_environment()
        try:
            kind = find(words[0], project)
        except BadUsage as error:
            return Outcome(perf_label(words[0]), (Line("UNKNOWN", clean(error)),))
        world = self._idle.pop() if self._idle else World()
        run = Run(kind, words[1:], world, project=project)
        if run.args.shapes_output and not run.usage:
            run.usage = "a part has no output of its own: write -v and --output before the first part"
        if run.args.sets_timeout and run.args.timeout > current().seconds and not run.usage:
            run.usage = (
                f"-t {run.args.timeout:g} is longer than the {current().seconds:g} s of combine, "
                f"which ends all its parts: give combine itself -t {run.args.timeout:g}"
            )
        # The memory of a part is its own: neither that of another part, nor that of the same check when it runs alone.
        run.current.identity = f"{current().identity}\x1f{rank}\x1f{run.current.identity}"
        if run.current.end > end:
            run.args.timeout -= run.current.end - end
            run.current.end = end
        try:
            return _Part(run, lambda: self._idle.append(world))
        except RuntimeError:
            why = "cannot run as a part: no more threads may be started here (see ulimit -u)"
            return Outcome(run.name, (Line("UNKNOWN", why),))


class _Part:
    """One part that runs in a thread, and its outcome."""

    __slots__ = ("_found", "_give_back", "_run", "_thread")

    def __init__(self, run: "Run", give_back: "Callable[[], None]") -> None:
        from contextvars import copy_context
        from threading import Thread

        self._run = run
        self._give_back = give_back
        self._found: Outcome | None = None
        self._thread = Thread(target=copy_context().run, args=(self._work,), name=run.name, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        self._found = self._run.go()
        self._give_back()

    def finished(self, grace: float) -> Outcome:
        """Wait a little longer than the part's deadline, so that a source's own message about it comes first."""
        self._thread.join(max(0.0, self._run.current.end + grace - time.monotonic()))
        return self._found or self._run.overdue()
