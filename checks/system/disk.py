"""Room left on mounted filesystems."""

from checks.system.source import System
from checkwright import BadUsage, CannotTell, Check, Metrics, gauge, option, uses, verdict


class Disk(Check):
    """Space and inodes in use, one pair of numbers per mount point.

    A filesystem out of inodes refuses new files while space looks free, so
    both are watched. A mount point that is not there is UNKNOWN, not full; so
    is one that does not answer, and the others are measured all the same.
    Percentages are of what users can have: what is reserved for root is left out.
    """

    thread_safe = True

    system = uses(System)

    paths: tuple[str, ...] = option("Mount point to measure", flags="-p --path", default=("/",))
    all: bool = option("Measure every filesystem that can fill up, each once", default=False)
    exclude: tuple[str, ...] = option(
        "Mount points that --all leaves out, a shell pattern", default=(), example="/mnt/*"
    )
    types: tuple[str, ...] = option("Filesystem type that --all takes, and no other", flags="--type", default=())
    min_free: int | None = option(
        "Space that must stay free, whatever the percentage", default=None, unit="B", example="10G"
    )
    writable: bool = option("A filesystem that is mounted read-only is CRITICAL", default=False)

    space = gauge("Used space", "%", warn=80, crit=90)
    inodes = gauge("Used inodes", "%", warn=80, crit=90)
    used = gauge("Space in use", "B")
    free = gauge("Free space", "B")
    reserve = verdict("Free reserve", ok=["kept"])
    mode = verdict("Mode", ok=["read-write"])

    def probe(self) -> Metrics:
        for path, usage in self.each(self._chosen(), self.system.disk):
            yield self.space(usage.percent, of=path)
            yield self.inodes(usage.inodes_percent, of=path)
            yield self.used(usage.used, of=path, max=usage.used + usage.free)
            yield self.free(usage.free, of=path, max=usage.used + usage.free)
            if self.min_free is not None:
                kept = usage.free >= self.min_free
                yield self.reserve("kept" if kept else "used up", of=path, hint=f"{self.min_free} B must stay free")
            if self.writable:
                yield self.mode("read-write" if usage.writable else "read-only", of=path)

    def validate(self) -> None:
        if (self.exclude or self.types) and not self.all:
            raise BadUsage("--exclude and --type choose among the filesystems of --all: give --all too")
        if self.min_free is not None and self.min_free < 0:
            raise BadUsage("--min-free is a size, 0 or more")

    def _chosen(self) -> list[str]:
        """A mount point that is named is measured, whatever --exclude and --type say."""
        if not self.all:
            return list(dict.fromkeys(self.paths))
        named = self.paths if "paths" in self.explicit else ()
        found = self.system.filesystems(self.types, self.exclude)
        if not named and not found:
            raise CannotTell("no filesystem of this machine is left to measure: see --type and --exclude")
        return list(dict.fromkeys([*named, *(mount.path for mount in found)]))
