"""Disk load: busy time, time per request, bytes per second."""

from checks.system.source import System
from checkwright import BadUsage, CannotTell, Check, Metrics, OptionalDuration, gauge, option, uses
from checkwright.sources.statefile import StateFile

#: Fewest requests that a time per request is judged by.
_FEW = 20


class DiskIo(Check):
    """Busy time and time per request of every disk since the last run.

    The first run has no previous values and measures for one second. "Busy" is the percentage of time with at least one
    request in flight. A single spinning disk at 100 % is at its limit. An SSD, an array or a cloud volume serves many
    requests at once and may have capacity left, so read it together with the time per request, which includes the time
    in the queue. A disk with fewer than 20 requests has no such time.

    The default is every disk with hardware behind it, each once: LVM, RAID, encrypted and loop devices are layers above
    them. Name one with --disk to measure it too.
    """

    thread_safe = True

    system = uses(System)
    memory = uses(StateFile)

    disk: tuple[str, ...] = option(
        "Disk instead of all: sda, /dev/nvme0n1, /dev/mapper/vg-root", flags="-d --disk", default=()
    )
    over: OptionalDuration = option(
        "Time to measure now, instead of since the last run", default=None, unit="s", example="5s"
    )

    busy = gauge("Busy", "%", warn=80, crit=95)
    wait = gauge("Time per request", "s", warn=0.02, crit=0.1, missing="ok")
    read = gauge("Read", "B/s", min=0)
    written = gauge("Written", "B/s", min=0)
    requests = gauge("Requests", "/s", min=0)
    queue = gauge("Requests in flight", min=0)

    def probe(self) -> Metrics:
        names = list(self.system.disk_counters(self.disk))
        if not self.disk and not names:
            raise CannotTell("this machine shows no disk: in a container, run the check on the host")
        missing = set(self.disk) - set(names)
        delta = self.memory.delta(self._counters, self.over)
        for disk, name in self.each(self.disk or names, lambda disk: self._known(disk, missing)):
            busy = delta.rate(f"{name}:busy")
            yield self.busy(None if busy is None else round(min(100.0, 100 * busy), 1), of=disk)
            requests, waited = delta.of(f"{name}:requests") or 0, delta.of(f"{name}:waited")
            yield self.wait(None if waited is None or requests < _FEW else round(waited / requests, 5), of=disk)
            yield self.read(delta.rate(f"{name}:read"), of=disk)
            yield self.written(delta.rate(f"{name}:written"), of=disk)
            yield self.requests(delta.rate(f"{name}:requests"), of=disk)
            yield self.queue(delta.rate(f"{name}:waited"), of=disk)

    def known_items(self) -> tuple[str, ...] | None:
        return self.disk or None

    def _known(self, disk: str, missing: set[str]) -> str:
        if disk in missing:
            raise CannotTell(f"there is no disk {disk}: /proc/diskstats lists them")
        return disk

    def _counters(self) -> dict[str, float]:
        found = self.system.disk_counters(self.disk)
        return {f"{disk}:{name}": value for disk, counts in found.items() for name, value in counts.items()}

    def validate(self) -> None:
        if self.over is not None and self.over < 0.1:
            raise BadUsage("--over is a duration, 100ms or more")
