"""The warm worker, asked for how it is on its status socket."""

from checkwright.core.current import doing, remaining
from checkwright.core.errors import CannotTell, Down
from checkwright.core.source import Source
from checkwright.core.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DEFAULT = "/run/checkwright/worker.sock"
_LIMIT = 4_000_000


class WorkerStatus:
    """How a worker is. Seconds and bytes.

    held: jobs that are not answered yet; waiting: those of them that have not begun; oldest: how long the oldest has
    been held. p50, p99: how long answers took, None where there was none. stuck: threads that do not come back.
    ended: helper processes that were lost since its start. frontends: by name, whether jobs can arrive there.
    """

    __slots__ = ("ended", "frontends", "held", "jobs", "memory", "oldest", "p50", "p99", "stuck", "waiting")

    def __init__(
        self,
        *,
        held: int = 0,
        waiting: int = 0,
        oldest: float = 0.0,
        p50: float | None = None,
        p99: float | None = None,
        stuck: int = 0,
        ended: int = 0,
        jobs: int = 0,
        memory: int = 0,
        frontends: "Mapping[str, bool] | None" = None,
    ) -> None:
        self.held = held
        self.waiting = waiting
        self.oldest = oldest
        self.p50 = p50
        self.p99 = p99
        self.stuck = stuck
        self.ended = ended
        self.jobs = jobs
        self.memory = memory
        self.frontends = dict(frontends or {})


class Workers(Source):
    """Asks workers of this machine. A connection for each question."""

    def status(self, path: str = DEFAULT) -> WorkerStatus:
        """How the worker with this status socket is.

        Raises Down where none answers, CannotTell where we may not ask or what answers is no worker.
        """
        import json
        import socket

        what = f"the worker at {clean(path, 200)}"
        doing(what)
        data = b""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(remaining())
                client.connect(path)
                while len(data) <= _LIMIT and (part := client.recv(65_536)):
                    data += part
                    client.settimeout(remaining())
        except FileNotFoundError:
            raise Down(f"{what} does not run: there is no such socket") from None
        except ConnectionRefusedError:
            raise Down(f"{what} does not run: nobody answers there") from None
        except TimeoutError:
            raise Down(f"{what} does not answer") from None
        except OSError as error:
            raise CannotTell(f"cannot ask {what}: {error.strerror or error}") from None
        try:
            return _read(json.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise CannotTell(f"{what} is no worker of this version: its answer has another form") from None


def _read(found: "dict[str, Any]") -> WorkerStatus:
    return WorkerStatus(
        held=int(found["held"]),
        waiting=int(found["waiting"]),
        oldest=float(found["oldest"]),
        p50=None if found["p50"] is None else float(found["p50"]),
        p99=None if found["p99"] is None else float(found["p99"]),
        stuck=sum(int(one["stuck"]) for one in found["processes"]),
        ended=int(found["counts"]["ended"]),
        jobs=int(found["counts"]["jobs"]),
        memory=int(found["memory"]),
        frontends={str(one["name"]): bool(one["connected"]) for one in found["frontends"]},
    )
