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


#: systemd mounts what is below this folder of /run over folders that a unit may not see, and with ProtectHome=tmpfs
#: an empty tmpfs, read-only, over the homes.
_SANDBOX = "/systemd/inaccessible/"
_HOMES = ("/home", "/root", "/run/user")
#: Images that FUSE mounts, always full like squashfs.
_FUSE_IMAGES = frozenset(
    f"fuse.{program}"
    for program in (
        "archivemount",
        "dwarfs",
        "erofsfuse",
        "fuseiso",
        "mount-zip",
        "snapfuse",
        "squashfuse",
        "squashfuse_ll",
    )
)


class NotPermitted(CannotTell):
    """This user may not enter a folder on the way to a filesystem."""


class Mount:
    """One mounted filesystem. device: `major:minor`. subtree: the mounted part of it, `/` for all.

    may_hang: system calls on it may never return, as on a dead file server. writable: the filesystem is, whatever a
    sandbox mounts over it. origin: the mounted device or share, such as /dev/sda1. hides: it is no filesystem of the
    machine, but hides one from this process.
    """

    __slots__ = ("device", "hides", "kind", "may_hang", "origin", "path", "subtree", "writable")

    def __init__(
        self,
        path: str,
        kind: str = "ext4",
        *,
        device: str = "",
        subtree: str = "/",
        writable: bool = True,
        may_hang: bool = True,
        origin: str = "",
        hides: bool = False,
    ) -> None:
        self.path = path
        self.kind = kind
        self.device = device
        self.subtree = subtree
        self.writable = writable
        self.may_hang = may_hang
        self.origin = origin
        self.hides = hides


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
    """Return the mounts that can be reached by their paths, in the order of the kernel."""
    global _last
    text = procfs.text(f"{root}/proc/self/mountinfo")
    known, mounts = _last
    if known != text:
        mounts = _parsed(text)
        _last = text, mounts
    return list(mounts)


#: The last table of mounts, as the kernel wrote it, and its mounts, which nobody changes. A long-lived process reads
#: the same table for every run, and parsing it takes longer than most checks that need it.
_last: "tuple[str, Sequence[Mount]]" = ("", ())


def is_mounted(path: str, root: str = "") -> bool:
    """Return whether a filesystem or a file is mounted on exactly this path, and can be reached there."""
    if root:
        return any(mount.path == path for mount in mounted(root))
    if _watch.changed():
        _mounted_on.clear()
    known = _mounted_on.get(path)
    if known is None:
        known = _mounted_on[path] = any(mount.path == path for mount in mounted())
    return known


class MountWatch:
    """Descriptor at which the kernel announces mounts and unmounts: 1 us, where writing the table takes 30.

    It announces no change of a filesystem's own flags, such as read-only after an error.
    """

    def __init__(self) -> None:
        self._is_first = True
        self._owner = 0
        self._file = -1

    def changed(self) -> bool:
        """Return whether mounts may have changed since the last call in this process."""
        if self._is_first:  # and the only one of a process that runs one check
            self._is_first = False
            return True
        # A child shares the descriptor, and the kernel announces each change there once.
        if self._owner != os.getpid():
            return self._open()
        import select

        poll = select.poll()  # for this call alone, since two threads cannot use one
        poll.register(self._file, select.POLLPRI)
        return bool(poll.poll(0))

    def _open(self) -> bool:
        try:
            # Open as long as the process, even if two threads open one each: another may wait for it just now.
            self._file = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return True
        self._owner = os.getpid()
        return True


_watch = MountWatch()
_mounted_on: dict[str, bool] = {}


def _parsed(text: str) -> list[Mount]:
    mounts = []
    ids = []
    for line in text.splitlines():
        words = line.split(" ")
        if "-" not in words[6:]:
            continue
        end = words.index("-", 6)
        if len(words) < end + 4:
            continue
        kind = words[end + 1]
        options = words[end + 3].split(",")
        ids.append((words[0], words[1]))
        # An overlay uses its upper layer, which cannot be NFS; without one it uses the lower layers, which can.
        path, subtree = _unescaped(words[4]), _unescaped(words[3])
        emptied = kind == "tmpfs" and path in _HOMES and "ro" in words[5].split(",")
        layered = kind == "overlay" and any(option.startswith("upperdir=") for option in options)
        mounts.append(
            Mount(
                path,
                kind,
                device=words[2],
                subtree=subtree,
                writable="ro" not in options,
                may_hang=not (layered or kind in _IN_MEMORY),
                origin=_unescaped(words[end + 2]),
                hides=emptied or _SANDBOX in f"{subtree}/",
            )
        )
    return _visible(mounts, ids)


def _visible(mounts: list[Mount], ids: list[tuple[str, str]]) -> list[Mount]:
    """Leave out mounts below or under another mount, as df does. ids: of each mount and its parent."""
    own = [identity for identity, _ in ids]
    roots = [mount for mount, (_, parent) in zip(mounts, ids, strict=True) if parent not in own and mount.path == "/"]
    if len(set(own)) < len(own) or not roots:
        return list({mount.path: mount for mount in mounts}.values())
    below: dict[str, list[tuple[str, Mount]]] = {}
    identities = {}
    for mount, (identity, parent) in zip(mounts, ids, strict=True):
        below.setdefault(parent, []).append((identity, mount))
        identities[id(mount)] = identity
    found = []
    for candidate in mounts:
        at = roots[-1]
        while True:
            # Of the mounts on the way, the first one on the path hides all others; one on the same path lies on top.
            steps = [
                (len(mount.path), mount)
                for _, mount in below.get(identities[id(at)], ())
                if mount is not at and _is_on_the_way(mount.path, candidate.path)
            ]
            if not steps:
                break
            shortest = min(length for length, _ in steps)
            at = [mount for length, mount in steps if length == shortest][-1]
        if at is candidate:
            found.append(candidate)
    return found


def _is_on_the_way(path: str, target: str) -> bool:
    return target == path or target.startswith(path.rstrip("/") + "/")


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
            included = included and (mount.kind != "overlay" or mount.path == "/") and not _is_image(mount.kind)
            included = included and not mount.hides
        if not included or any(fnmatchcase(mount.path, pattern) for pattern in exclude):
            continue
        known = chosen.setdefault(mount.device or mount.path, mount)
        if _preference(mount) < _preference(known):
            chosen[known.device or known.path] = mount
    return sorted(chosen.values(), key=lambda mount: mount.path)


def closed(paths: "Sequence[str]", root: str = "") -> set[str]:
    """Return the mount points that this user may not reach. One that may hang is not examined."""
    mounts = mounted(root)
    found = set()
    for mount in mounts:
        if mount.path in paths and not _may_hang(mount, mounts):
            try:
                os.statvfs(mount.path)
            except PermissionError:
                found.add(mount.path)
            except OSError:
                continue
    return found


def _is_image(kind: str) -> bool:
    return kind in _FUSE_IMAGES or (kind.startswith("fuse.") and kind.lower().endswith(".appimage"))


def usage(path: str, root: str = "") -> Usage:
    """Return the use of the filesystem on `path`. Raises CannotTell when there is none, or it does not answer."""
    mounts = mounted(root)
    mount = _mount_of(path, mounts)
    if mount.hides:
        raise CannotTell(f"{path} is hidden from this process by the sandbox of its unit (ProtectHome= and the like)")
    if mount.kind == "autofs":
        raise CannotTell(f"{path} is an automount point and nothing is mounted there now")
    try:
        statvfs = (
            run_in_child(lambda: _statvfs(mount.path), mount.path) if _may_hang(mount, mounts) else _statvfs(mount.path)
        )
        size, blocks, free, available, inodes, free_inodes = statvfs
    except PermissionError as error:
        raise NotPermitted(f"cannot read {path}: {error.strerror}") from None
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
    """Return the mount on this path, of this device, or around this folder. Raises CannotTell.

    An empty folder, and one of /etc/fstab, is where a filesystem is missing.
    """
    if not path.startswith("/"):
        raise CannotTell(f"{path!r} is not a full path, which begins with /")
    by_path = {mount.path: mount for mount in mounts}
    normal = "/" + os.path.normpath(path).lstrip("/")
    if normal in by_path:
        return by_path[normal]
    if normal.startswith("/dev/"):
        for mount in sorted(mounts, key=_preference):
            if mount.origin and os.path.realpath(normal) == os.path.realpath(mount.origin):
                return mount
    if normal == "/":  # a changed root (chroot) has no mount of its own
        return Mount("/", "root", writable=not os.statvfs("/").f_flag & os.ST_RDONLY)
    above = max((known for known in by_path if normal.startswith(known.rstrip("/") + "/")), key=len, default="")
    if above and by_path[above].kind == "autofs":  # a system call would mount it
        raise CannotTell(f"{path} is not mounted now: {above} mounts it on first use")
    real, exists, has_content = run_in_child(lambda: _look(normal), path)
    if real in by_path:
        return by_path[real]
    if not exists:
        raise CannotTell(f"{path} does not exist: there is no such mount point")
    around = max((known for known in by_path if _is_on_the_way(known, real)), key=len, default="")
    if not has_content or not around or {normal, real} & _in_fstab():
        raise CannotTell(f"{path} is not a mount point: nothing is mounted there")
    return by_path[around]


def _look(path: str) -> tuple[str, bool, bool]:
    """Return the real path, whether there is a folder, and whether anything is in it that this user can see."""
    try:
        with os.scandir(path) as entries:
            return os.path.realpath(path), True, next(entries, None) is not None
    except OSError:
        return os.path.realpath(path), os.path.exists(path), False


def _in_fstab() -> set[str]:
    try:
        with open("/etc/fstab", encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.split() for line in file if not line.lstrip().startswith("#")]
    except OSError:
        return set()
    return {_unescaped(words[1]) for words in lines if len(words) > 1}


def _may_hang(mount: Mount, mounts: list[Mount]) -> bool:
    """Return True if a system call may never return, because of this filesystem or one on the path to it."""
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
