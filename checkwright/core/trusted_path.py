"""Paths that nobody else can change, judged step by step, with every link on the way.

A path is as safe as the weakest step of it: who may write one of its folders, or the folder of a link that it
passes, decides where it leads. So the folder of the real path alone proves nothing.
"""

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_MAX_LINKS = 40
#: O_PATH needs no right to read a folder, only to pass through it.
_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Untrusted(Exception):
    """Error of a path that somebody else can redirect. place: the folder or link that they can change."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


def others_may_write(found: os.stat_result, owners: "Collection[int]" = (0,)) -> bool:
    """Return True if somebody else than `owners` (user ids) may write a file.

    Any right of the group counts, whichever group it is: under an ACL these bits are the mask of all its entries, so
    they show that others may write, but not who.
    """
    return found.st_uid not in owners or bool(found.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def resolve_trusted(path: str, owners: "Collection[int]" = (0,)) -> str:
    """Return the real path, where only `owners` can change where the path leads. The file itself is not judged.

    In a sticky folder of an owner others may write, but not replace what belongs to the owners. Raises Untrusted, and
    OSError for a path that cannot be followed.
    """
    waiting = [part for part in os.path.abspath(path).split("/") if part][::-1]
    where, links = "/", 0
    _judge_folder("/", os.lstat("/"), owners)
    while waiting:
        part = waiting.pop()
        if part in ("", "."):
            continue
        if part == "..":
            where = os.path.dirname(where)
            continue
        step = os.path.join(where, part)
        found = os.lstat(step)
        if stat.S_ISLNK(found.st_mode):
            links += 1
            if links > _MAX_LINKS:
                raise OSError(40, "Too many levels of symbolic links", path)
            if found.st_uid not in owners:
                raise Untrusted(step)
            target = os.readlink(step)
            if target.startswith("/"):
                where = "/"
            waiting += target.split("/")[::-1]
            continue
        if waiting:
            _judge_folder(step, found, owners)
        where = step
    return where


def _judge_folder(folder: str, found: os.stat_result, owners: "Collection[int]") -> None:
    sticky = found.st_mode & stat.S_ISVTX and found.st_uid in owners
    if others_may_write(found, owners) and not sticky:
        raise Untrusted(folder)


def open_folder(path: str, *, make: bool = False) -> int:
    """Open a folder step by step and return its descriptor (O_PATH), for use as `dir_fd`.

    A link is followed only where nobody else than root and this user can replace it, so that the folder is not one that
    somebody else chose. make: create missing folders, for this user alone, whatever the umask is. Raises OSError.
    """
    owners = (0, os.geteuid())
    waiting = [part for part in os.path.abspath(path).split("/") if part][::-1]
    folder, links = os.open("/", _FOLDER), 0
    try:
        while waiting:
            part = waiting.pop()
            if part in ("", "."):
                continue
            below, target = open_or_link(folder, part, make=make)
            if below < 0:
                links += 1
                found = os.fstat(folder)
                link = os.stat(part, dir_fd=folder, follow_symlinks=False)
                sticky = found.st_mode & stat.S_ISVTX and found.st_uid in owners
                if links > _MAX_LINKS or link.st_uid not in owners or (others_may_write(found, owners) and not sticky):
                    raise OSError(40, f"{part} is a symbolic link that somebody else can change", path)
                waiting += target.split("/")[::-1]
                below = os.open("/" if target.startswith("/") else ".", _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = below
    except BaseException:
        os.close(folder)
        raise
    return folder


def open_for_root(path: str, flags: int) -> int:
    """Open a file step by step; a link at its end leads only to a file of the link's own owner, unless that is root.

    A user who may write the folder of a log does not choose which file root reads there. Raises OSError.
    """
    owner = 0
    for _ in range(_MAX_LINKS):
        above, name = os.path.split(os.path.abspath(path))
        folder = open_folder(above)
        try:
            try:
                descriptor = os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            except OSError as error:
                if error.errno != errno.ELOOP:
                    raise
            else:
                if owner and os.fstat(descriptor).st_uid != owner:
                    os.close(descriptor)
                    raise OSError(errno.ELOOP, "a symbolic link of another user leads to it, and root does not follow")
                return descriptor
            # The link itself is open, so that its owner and its target belong together.
            link = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            try:
                found = os.fstat(link)
                if not stat.S_ISLNK(found.st_mode):
                    continue  # it was replaced by a file
                if owner and found.st_uid not in (0, owner):
                    raise OSError(errno.ELOOP, "symbolic links of several users lead to it, and root does not follow")
                owner = owner or found.st_uid
                path = os.path.join(above, os.readlink("", dir_fd=link))
            finally:
                os.close(link)
        finally:
            os.close(folder)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)


def open_or_link(folder: int, name: str, *, make: bool = False) -> tuple[int, str]:
    """Open a folder in the folder `folder`, without following a link: (descriptor, ""), or (-1, target) for a link."""
    made = False
    try:
        try:
            below = os.open(name, _FOLDER, dir_fd=folder)
        except FileNotFoundError:
            if not make:
                raise
            try:
                os.mkdir(name, 0o700, dir_fd=folder)
                made = True
            except FileExistsError:  # another process was faster
                pass
            below = os.open(name, _FOLDER, dir_fd=folder)
    except OSError:
        if not stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise
        return -1, os.readlink(name, dir_fd=folder)
    if made:
        set_mode(below, 0o700)
    return below, ""


def set_mode(descriptor: int, mode: int) -> None:
    """Set the mode of an open file, O_PATH included. Under the umask 0777 not even its owner may use a new one."""
    os.chmod(f"/proc/self/fd/{descriptor}", mode)
