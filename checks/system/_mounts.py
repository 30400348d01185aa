"""Mounted filesystems, and how full they are."""

import os

from checkwright.core.errors import CannotTell
from checkwright.sources import procfs
from checkwright.sources.run_in_child import outside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: Views of the kernel, not room for files.
_VIRTUAL = """
    autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fuse.gvfsd-fuse fuse.lxcfs
    fuse.portal fusectl hugetlbfs mqueue nsfs proc pstore ramfs rpc_pipefs securityfs selinuxfs sysfs tracefs
"""
#: Made full and never written: 100 % says nothing.
_ALWAYS_FULL = "cramfs erofs iso9660 romfs squashfs udf"
#: The kernel answers for these from its own memory, where it also keeps the way to where they are mounted: no disk and
#: no server is waited for. All others may hang, vfat too: it counts its free clusters when it is asked first.
_IN_MEMORY = frozenset(("btrfs", "devtmpfs", "ext2", "ext3", "ext4", "f2fs", "tmpfs", "xfs"))
#: Below these the kernel mounts what programs need, such as the tmpfs over /sys/fs/cgroup.
_KERNELS_OWN = ("/proc/", "/sys/")


class Mount:
    """One mounted filesystem. device: `major:minor`. subtree: the part of it that is seen here, `/` for all.

    may_hang: what it is asked may never be answered, as on a file server that is gone.
    """

    __slots__ = ("device", "kind", "may_hang", "path", "subtree", "writable")

    def __init__(
        self,
        path: str,
        kind: str = "ext4",
        *,
        device: str = "",
        subtree: str = "/",
        writable: bool = True,
        may_hang: bool = True,
    ) -> None:
        self.path = path
        self.kind = kind
        self.device = device
        self.subtree = subtree
        self.writable = writable
        self.may_hang = may_hang


class Usage:
    """How full a filesystem is, as its users see it: what is reserved for root counts neither as free nor as used.

    percent, inodes_percent: 0 to 100; a filesystem without a fixed number of inodes uses 0 %. used, free: bytes.
    """

    __slots__ = ("free", "inodes_percent", "percent", "used", "writable")

    def __init__(
        self, percent: float, inodes_percent: float = 0, *, used: int = 0, free: int = 0, writable: bool = True
    ) -> None:
        self.percent = percent
        self.inodes_percent = inodes_percent
        self.used = used
        self.free = free
        self.writable = writable


def mounted(root: str = "") -> list[Mount]:
    """All mounts in the order of the kernel: of two on one path, the later one is seen."""
    mounts = []
    for line in procfs.text(f"{root}/proc/self/mountinfo").splitlines():
        words = line.split(" ")
        if "-" not in words[6:]:
            continue
        end = words.index("-", 6)
        kind = words[end + 1]
        options = {*words[5].split(","), *words[end + 3].split(",")}
        # An overlay asks its upper layer, which cannot be NFS; one without asks the layers below, which can.
        layered = kind == "overlay" and any(option.startswith("upperdir=") for option in options)
        mounts.append(
            Mount(
                _unescaped(words[4]),
                kind,
                device=words[2],
                subtree=_unescaped(words[3]),
                writable="ro" not in options,
                may_hang=not (layered or kind in _IN_MEMORY),
            )
        )
    return mounts


def worth_watching(
    mounts: "Sequence[Mount]", kinds: "Sequence[str]" = (), exclude: "Sequence[str]" = ()
) -> list[Mount]:
    """Each filesystem once, where it is mounted whole if it is: no bind mounts, no container's overlay but `/`.

    kinds: only these types; else all but virtual ones and those that are always full.
    exclude: shell patterns for mount points that are left out.
    """
    from fnmatch import fnmatchcase

    left_out = {*_VIRTUAL.split(), *_ALWAYS_FULL.split()}
    chosen: dict[str, Mount] = {}
    for mount in {mount.path: mount for mount in mounts}.values():
        if kinds:
            wanted = mount.kind in kinds
        else:
            wanted = mount.kind not in left_out and not mount.path.startswith(_KERNELS_OWN)
            wanted = wanted and (mount.kind != "overlay" or mount.path == "/")
        if not wanted or any(fnmatchcase(mount.path, pattern) for pattern in exclude):
            continue
        known = chosen.setdefault(mount.device or mount.path, mount)
        if _place(mount) < _place(known):
            chosen[known.device or known.path] = mount
    return sorted(chosen.values(), key=lambda mount: mount.path)


def usage(path: str, root: str = "") -> Usage:
    """How full the filesystem mounted on `path` is. Raises CannotTell when none is, or it does not answer."""
    mounts = mounted(root)
    mount = _mount_of(path, mounts)
    if mount.kind == "autofs":
        raise CannotTell(f"{path} is an automount point and nothing is mounted there now")
    try:
        seen = outside(lambda: _statvfs(mount.path), mount.path) if _may_hang(mount, mounts) else _statvfs(mount.path)
        size, blocks, free, available, inodes, free_inodes = seen
    except OSError as error:
        raise CannotTell(f"cannot look at {path}: {error.strerror}") from None
    used = blocks - free
    if used + available == 0:
        raise CannotTell(f"{path} has no space to measure: it is a {mount.kind} filesystem")
    return Usage(
        round(100 * used / (used + available), 2),
        round(100 * (inodes - free_inodes) / inodes, 2) if inodes else 0,
        used=used * size,
        free=available * size,
        writable=mount.writable,
    )


def _mount_of(path: str, mounts: list[Mount]) -> Mount:
    if not path.startswith("/"):
        raise CannotTell(f"{path!r} is not a mount point: write a path that begins with /")
    by_path = {mount.path: mount for mount in mounts}
    wanted = "/" + os.path.normpath(path).lstrip("/")
    if wanted in by_path:
        return by_path[wanted]
    if wanted == "/":  # a changed root (chroot) has no mount of its own, and is a root all the same
        return Mount("/", "root", writable=not os.statvfs("/").f_flag & os.ST_RDONLY)
    above = max((known for known in by_path if wanted.startswith(known.rstrip("/") + "/")), key=len, default="")
    if above and by_path[above].kind == "autofs":  # looking would mount it
        raise CannotTell(f"{path} is not mounted now: {above} mounts it when it is used")
    real, exists = outside(lambda: (os.path.realpath(wanted), os.path.exists(wanted)), path)
    if real in by_path:
        return by_path[real]
    if exists:
        raise CannotTell(f"{path} is not a mount point: nothing is mounted there")
    raise CannotTell(f"{path} is not there: there is no such mount point")


def _may_hang(mount: Mount, mounts: list[Mount]) -> bool:
    """Whether looking at it may never end: because of itself, or of a filesystem that the way to it leads through."""
    return mount.may_hang or any(
        other.may_hang for other in mounts if mount.path.startswith(other.path.rstrip("/") + "/")
    )


def _statvfs(path: str) -> tuple[int, int, int, int, int, int]:
    seen = os.statvfs(path)
    return seen.f_frsize, seen.f_blocks, seen.f_bfree, seen.f_bavail, seen.f_files, seen.f_ffree


def _place(mount: Mount) -> tuple[bool, int, str]:
    """Of several places of one filesystem the lowest is the one to name."""
    return mount.subtree != "/", len(mount.path), mount.path


def _unescaped(text: str) -> str:
    """The kernel writes blank, tab, newline and backslash as three octal digits."""
    for escape, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(escape, character)
    return text
