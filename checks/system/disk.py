"""Space and inodes of mounted filesystems."""

from checks.system.source import System
from checkwright import BadUsage, CannotTell, Check, Metrics, OptionalSize, gauge, option, uses, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.system._mounts import Usage


class Disk(Check):
    """Used space and used inodes of each mount point.

    A filesystem without free inodes rejects new files although it has free space, so the check watches both. A mount
    point that is missing, does not answer, or is hidden by the sandbox of a systemd unit is UNKNOWN, and the others are
    still measured. A device, or a folder with content, stands for the filesystem that holds it. An empty folder, and a
    folder in /etc/fstab, is a mount point whose filesystem is not mounted. --all skips filesystems that this user may
    not enter. Percentages exclude the space that is reserved for root.
    """

    thread_safe = True

    system = uses(System)

    paths: tuple[str, ...] = option("Mount point, device, or folder with content", flags="-p --path", default=("/",))
    all: bool = option("Measure every filesystem that can fill up, each once", default=False)
    exclude: tuple[str, ...] = option(
        "Mount point to leave out with --all, a shell pattern", default=(), example="/mnt/*"
    )
    types: tuple[str, ...] = option(
        "Filesystem type to measure with --all, instead of all useful types", flags="--type", default=()
    )
    min_free: OptionalSize = option(
        "Space that must stay free, whatever the percentage", default=None, unit="B", example="10G"
    )
    writable: bool = option("Report a read-only filesystem as CRITICAL", default=False)

    space = gauge("Used space", "%", warn=80, crit=90)
    inodes = gauge("Used inodes", "%", warn=80, crit=90)
    used = gauge("Space in use", "B")
    free = gauge("Free space", "B")
    reserve = verdict("Free reserve", ok=["kept"])
    mode = verdict("Mode", ok=["read-write"])

    def probe(self) -> Metrics:
        for path, usage in self._measured():
            yield self.space(usage.percent, of=path)
            yield self.inodes(usage.inodes_percent, of=path)
            yield self.used(usage.used, of=path, max=usage.used + usage.free)
            yield self.free(usage.free, of=path, max=usage.used + usage.free)
            if self.min_free is not None:
                kept = usage.free >= self.min_free
                yield self.reserve("kept" if kept else "used up", of=path, hint=f"{self.min_free} B must stay free")
            if self.writable:
                yield self.mode("read-write" if usage.writable else "read-only", of=path)

    def known_items(self) -> tuple[str, ...] | None:
        return None if self.all else self.paths

    def validate(self) -> None:
        if (self.exclude or self.types) and not self.all:
            raise BadUsage("--exclude and --type need --all")
        if self.min_free is not None and self.min_free < 0:
            raise BadUsage("--min-free is a size, 0 or more")

    def _measured(self) -> "Iterator[tuple[str, Usage]]":
        chosen = self._chosen()
        named = self.paths if not self.all or "paths" in self.explicit else ()
        closed = self.system.closed([path for path in chosen if path not in named])
        yield from self.each([path for path in chosen if path not in closed], self.system.disk)

    def _chosen(self) -> list[str]:
        """Return the mount points to measure. One that is named is measured in spite of --exclude and --type."""
        if not self.all:
            return list(dict.fromkeys(self.paths))
        named = self.paths if "paths" in self.explicit else ()
        found = self.system.filesystems(self.types, self.exclude)
        if not named and not found:
            raise CannotTell("no filesystem of this machine is left to measure: see --type and --exclude")
        return list(dict.fromkeys([*named, *(mount.path for mount in found)]))
