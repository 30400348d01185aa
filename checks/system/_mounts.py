"""Mounted filesystems and their use."""

import os

from checkwright.core.errors import CannotTell
from checkwright.sources import procfs
from checkwright.sources.run_in_child import run_in_child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: Views of the kernel, without room for files.
_VIRTUAL = """
    autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fuse.gvfsd-fuse fuse.lxcfs
    fuse.portal fusectl hugetlbfs mqueue nsfs proc pstore ramfs rpc_pipefs securityfs selinuxfs sysfs tracefs
"""
#: Always full and never written: 100 % means nothing.
_ALWAYS_FULL = "cramfs erofs iso9660 romfs squashfs udf"
#: The kernel has the numbers of these in its own memory, and the path to them, so it waits for no disk and no server.
#: All others may hang, vfat too: it counts its free clusters on first use.
_IN_MEMORY = frozenset(("btrfs", "devtmpfs", "ext2", "ext3", "ext4", "f2fs", "tmpfs", "xfs"))
#: Mounts of the kernel itself are below these, such as the tmpfs over /sys/fs/cgroup.
_KERNELS_OWN = ("/proc/", "/sys/")


class Mount:
    """One mounted filesystem. device: `major:minor`. subtree: the mounted part of it, `/` for all.

    may_hang: system calls on it may never return, as on a dead file server.
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
    """Use of a filesystem, as its users see it: space reserved for root counts neither as free nor as used.

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
    """Return all mounts in the order of the kernel: of two mounts on one path, the later one is visible."""
    mounts = []
    for line in procfs.text(f"{root}/proc/self/mountinfo").splitlines():
        words = line.split(" ")
        if "-" not in words[6:]:
            continue
        end = words.index("-", 6)
        kind = words[end + 1]
        options = {*words[5].split(","), *words[end + 3].split(",")}
        # An overlay uses its upper layer, which cannot be NFS; without one it uses the lower layers, which can.
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
    """Return each filesystem once, where possible at a mount of the whole: no bind mounts, of overlays only `/`.

    kinds: filesystem types; by default all but virtual and always full ones. exclude: shell patterns for mount points.
    """
    from fnmatch import fnmatchcase

    left_out = {*_VIRTUAL.split(), *_ALWAYS_FULL.split()}
    chosen: dict[str, Mount] = {}
    for mount in {mount.path: mount for mount in mounts}.values():
        if kinds:
            included = mount.kind in kinds
        else:
            included = mount.kind not in left_out and not mount.path.startswith(_KERNELS_OWN)
            included = included and (mount.kind != "overlay" or mount.path == "/")
        if not included or any(fnmatchcase(mount.path, pattern) for pattern in exclude):
            continue
        known = chosen.setdefault(mount.device or mount.path, mount)
        if _preference(mount) < _preference(known):
            chosen[known.device or known.path] = mount
    return sorted(chosen.values(), key=lambda mount: mount.path)


def usage(path: str, root: str = "") -> Usage:
    """Return the use of the filesystem on `path`. Raises CannotTell when there is none, or it does not answer."""
    mounts = mounted(root)
    mount = _mount_of(path, mounts)
    if mount.kind == "autofs":
        raise CannotTell(f"{path} is an automount point and nothing is mounted there now")
    try:
        statvfs = (
            run_in_child(lambda: _statvfs(mount.path), mount.path) if _may_hang(mount, mounts) else _statvfs(mount.path)
        )
        size, blocks, free, available, inodes, free_inodes = statvfs
    except OSError as error:
        raise CannotTell(f"cannot read {path}: {error.strerror}") from None
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
        raise CannotTell(f"{path!r} is not a full path, which begins with /")
    by_path = {mount.path: mount for mount in mounts}
    normal = "/" + os.path.normpath(path).lstrip("/")
    if normal in by_path:
        return by_path[normal]
    if normal == "/":  # a changed root (chroot) has no mount of its own
        return Mount("/", "root", writable=not os.statvfs("/").f_flag & os.ST_RDONLY)
    above = max((known for known in by_path if normal.startswith(known.rstrip("/") + "/")), key=len, default="")
    if above and by_path[above].kind == "autofs":  # a system call would mount it
        raise CannotTell(f"{path} is not mounted now: {above} mounts it on first use")
    real, exists = run_in_child(lambda: (os.path.realpath(normal), os.path.exists(normal)), path)
    if real in by_path:
        return by_path[real]
    if exists:
        raise CannotTell(f"{path} is not a mount point: nothing is mounted there")
    raise CannotTell(f"{path} does not exist: there is no such mount point")


def _may_hang(mount: Mount, mounts: list[Mount]) -> bool:
    """Return True where a system call may never return, because of this filesystem or one on the path to it."""
    return mount.may_hang or any(
        other.may_hang for other in mounts if mount.path.startswith(other.path.rstrip("/") + "/")
    )


def _statvfs(path: str) -> tuple[int, int, int, int, int, int]:
    seen = os.statvfs(path)
    return seen.f_frsize, seen.f_blocks, seen.f_bfree, seen.f_bavail, seen.f_files, seen.f_ffree


def _preference(mount: Mount) -> tuple[bool, int, str]:
    """Return the sort key of a mount: of several mounts of one filesystem, the lowest is reported."""
    return mount.subtree != "/", len(mount.path), mount.path


def _unescaped(text: str) -> str:
    """Decode blank, tab, newline and backslash, which the kernel writes as three octal digits."""
    for escape, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(escape, character)
    return text
