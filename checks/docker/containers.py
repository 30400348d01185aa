"""State, health and restarts of Docker or Podman containers."""

from checks.docker._containers import Container, parse_containers
from checkwright import BadUsage, CannotTell, Metrics, gauge, option, uses, verdict
from checkwright.sources.http_service import HttpService
from checkwright.sources.statefile import StateFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.sources.json_path import Document

_WINDOW = 600.0
#: Containers without a known number of restarts that one run reads, besides those that are young or not well.
_MOST_NEW = 50
_LARGEST = 10_000_000
#: Memory of numbers of restarts.
_COUNTS = "counts"


class Containers(HttpService):
    """State of each container on this machine, from the API of Docker or Podman.

    Containers that are unhealthy, restarting, dead or exited with an error are CRITICAL. So are a container that the
    OOM killer stopped, and one of `--expect` that does not exist. A one-shot container that exited with 0 is OK. A
    container in a restart loop may be up at the time of the check: its restarts in the last 10 minutes reveal it. To
    keep requests few on machines with hundreds of containers, the check reads the restart count of each container once,
    50 in a run, and again only for containers that are new or not healthy.

    An engine that does not answer is CRITICAL. A user without access to the socket gets UNKNOWN, and so does a `--name`
    that matches no container.

    Access to Docker's socket is equivalent to root. Do not add the monitoring user to the group docker: use
    `run_as="root"`, or a proxy that allows only GET requests, and give its URL.

    Defaults: `restarts` 0/3 in 10 minutes. The engine counts only restarts by its restart policy, each after a process
    ended; deployments and `docker restart` do not count. A container that is starting or paused is OK or WARNING,
    because somebody did that on purpose. `total` has no limit. The check does not report the age of a container: the
    API's list has its creation time only, and a recent start shows as a restart.

    Tested with recorded answers of the Docker API, version 1.41. Not tested: a running Docker or Podman.
    """

    thread_safe = True

    past = uses(StateFile, keeps_labels=True)

    url: str = HttpService.url_option("/run/docker.sock", "the engine's API")
    names: tuple[str, ...] = option("Container, or a pattern; all by default", flags="-n --name", default=())
    exclude: tuple[str, ...] = option("Container to leave out, or a pattern", flags="-x --exclude", default=())
    expect: tuple[str, ...] = option("Container that must be there", default=())

    state = verdict("Container", ok=["running", "healthy", "starting", "completed", "created"], warn=["paused"])
    restarts = gauge("Restarts in 10 minutes of", warn=0, crit=3, min=0, missing="ok", optional=True)
    total = gauge("Containers", min=0)
    running = gauge("Containers running", min=0)

    def validate(self) -> None:
        super().validate()
        for flag in ("names", "exclude", "expect"):
            if "" in getattr(self, flag):
                raise BadUsage(f"--{flag.removesuffix('s')} is empty: give a name or a pattern")

    def probe(self) -> Metrics:
        found = [one for one in parse_containers(self._get("/containers/json?all=1")) if self._is_shown(one.name)]
        if self.names and not found and not self.expect:
            raise CannotTell(f"no container fits --name {' '.join(self.names)}")
        yield self.total(len(found))
        yield self.running(sum(one.word in ("running", "healthy", "starting", "unhealthy") for one in found))
        for name in self.expect:
            if not any(one.name == name for one in found):
                yield self.state("missing", of=name)
        before = self.past.recall(_COUNTS)
        known = {} if before is None else before.data
        counts: dict[str, float] = {}  # by identity: a container of the same name is another one
        room = _MOST_NEW
        for container in found:
            word, hint = container.word, container.detail
            count = known.get(container.identity)
            if isinstance(count, int | float) and not container.suspicious:
                counts[container.identity] = count
            elif container.suspicious or room:
                room -= not container.suspicious
                word, hint = self._inspected(container, counts)
            yield self.state(word, of=container.name, hint="" if word in ("running", "healthy") else hint)
        self.past.exchange(counts, _COUNTS)
        named = {one.name: counts[one.identity] for one in found if one.identity in counts}
        for name, increase in self.past.within(named, _WINDOW).items():
            yield self.restarts(increase, of=name)

    def _inspected(self, container: Container, counts: dict[str, float]) -> tuple[str, str]:
        """Return the word and a hint for a container, and add its number of restarts to `counts`."""
        reply = self.fetch(f"/containers/{container.identity}/json")
        if reply.status == 404:  # it was removed in this moment
            return container.word, container.detail
        document = self.accepted(reply).json(max_size=_LARGEST)
        counts[container.identity] = document.number("RestartCount", missing=0) or 0
        killed = document.at("State.OOMKilled")
        if killed is True and container.word not in ("running", "healthy", "starting"):
            return "killed by the OOM killer", container.detail
        return container.word, container.detail

    def _get(self, path: str) -> "Document":
        return self.get(path).json(max_size=_LARGEST)

    def _is_shown(self, name: str) -> bool:
        from fnmatch import fnmatchcase

        chosen = not self.names or name in self.expect or any(fnmatchcase(name, pattern) for pattern in self.names)
        return chosen and not any(fnmatchcase(name, pattern) for pattern in self.exclude)
