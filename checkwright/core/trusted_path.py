"""Paths that nobody else can change, judged step by step, with every link on the way.

A path is as safe as the weakest step of it: who may write one of its folders, or the folder of a link that it
passes, decides where it leads. So the folder of the real path alone proves nothing.
"""

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_MAX_LINKS = 40


class Untrusted(Exception):
    """Error of a path that somebody else can redirect. place: the folder or link that they can change."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


def others_may_write(found: os.stat_result, owners: "Collection[int]" = (0,)) -> bool:
    """Return True where somebody else than `owners` (user ids) may write a file.

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
