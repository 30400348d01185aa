"""Private files of one user: a private folder, locks, reading and atomic replacement."""

import os
import time

from checkwright.core.current import doing, remaining
from checkwright.core.errors import CannotTell
from checkwright.core.trusted_path import open_folder, open_or_link, set_mode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

_MAX_SIZE = 10_000_000
_PART = 1_000_000


def folder() -> str:
    """Return the path of the folder for this user's memory files. Raises CannotTell."""
    own = os.geteuid()
    for variable in ("CHECKS_STATE_DIR", "NAGIOS_PLUGIN_STATE_DIRECTORY"):
        if parent := os.environ.get(variable):
            if not parent.startswith("/"):
                raise CannotTell(f"{variable} is {parent!r}: it must be a full path, which begins with /")
            return os.path.join(parent, f"checkwright-{own}")
    return os.path.join(_state_home(own), "checkwright")


def make_folder() -> str:
    """Create the folder for this user's files where it is missing, make it private, and return its path."""
    with StateFolder.make() as made:
        return made.path


class StateFolder:
    """Folder of one user's memory files, open. Its files are reached through its descriptor, never by its name.

    So another user who swaps the folder for a link, as the owner of a folder above it can, changes nothing.
    """

    __slots__ = ("_descriptor", "path")

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def find(cls) -> "StateFolder | None":
        """Open the folder; None when it is missing. Raises CannotTell."""
        try:
            return cls._opened_step_by_step(folder(), make=False)
        except FileNotFoundError:
            return None

    @classmethod
    def make(cls) -> "StateFolder":
        """Open the folder. Create it where it is missing, and make it private. Raises CannotTell."""
        path = folder()
        try:
            return cls._opened_step_by_step(path, make=True)
        except FileNotFoundError as error:
            raise _unusable(path, error) from None

    @classmethod
    def _opened_step_by_step(cls, path: str, *, make: bool) -> "StateFolder":
        """Raises CannotTell and FileNotFoundError."""
        doing(path)
        above, name = os.path.split(path)
        try:
            parent = open_folder(above, make=make)
            try:
                descriptor, _ = open_or_link(parent, name, make=make)
            finally:
                os.close(parent)
        except FileNotFoundError:
            raise
        except NotADirectoryError as error:
            raise (CannotTell(_no_folder(path)) if os.path.lexists(path) else _unusable(path, error)) from None
        except OSError as error:
            raise _unusable(path, error) from None
        if descriptor < 0:
            raise CannotTell(_no_folder(path))
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid():
            os.close(descriptor)
            raise CannotTell(_foreign(path, found.st_uid))
        if make and found.st_mode & 0o777 != 0o700:
            set_mode(descriptor, 0o700)
        return cls(path, descriptor)

    def close(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def lock(self, name: str) -> int:
        """Return an open file that holds the lock of a memory. Closing it releases the lock. Raises CannotTell."""
        import fcntl

        path = os.path.join(self.path, name)
        end = time.monotonic() + remaining() / 2
        doing(f"the lock of {path}")
        lock = self._opened(f"{name}.lock", os.O_RDWR | os.O_CREAT)
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except BlockingIOError:
                if time.monotonic() > end:
                    os.close(lock)
                    raise CannotTell(f"another run of this check still holds its memory, {path}") from None
                time.sleep(0.01)
            except OSError as error:
                os.close(lock)
                raise CannotTell(f"cannot lock {path}.lock: {error.strerror}") from None

    def text(self, name: str) -> str | None:
        """Return the content of a file, None when it is missing. Raises CannotTell."""
        try:
            descriptor = self._opened(name, os.O_RDONLY)
        except FileNotFoundError:
            return None
        found = b""
        try:
            while len(found) <= _MAX_SIZE and (part := os.read(descriptor, _PART)):
                found += part
        finally:
            os.close(descriptor)
        if len(found) > _MAX_SIZE:
            raise CannotTell(f"the memory of the last run, {os.path.join(self.path, name)}, is too large; remove it")
        return found.decode("utf-8", "replace")

    def replace(self, name: str, content: str) -> None:
        """Replace a file atomically. The lock is held, so no other run uses the name of the new file."""
        new = f"{name}.new"
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                descriptor = os.open(new, flags, 0o600, dir_fd=self._descriptor)
            except FileExistsError:  # an earlier run that was killed left it, with whatever mode
                self._remove(new)
                descriptor = os.open(new, flags, 0o600, dir_fd=self._descriptor)
            with open(descriptor, "wb") as file:
                os.fchmod(descriptor, 0o600)
                file.write(content.encode())
            os.rename(new, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        except OSError as error:
            raise CannotTell(
                f"cannot write the memory between runs, {os.path.join(self.path, name)}: {error.strerror}"
            ) from None

    def rename(self, name: str, new: str) -> None:
        """Rename a file in the folder. Raises OSError."""
        os.rename(name, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def remove(self, name: str) -> None:
        """Remove a file. One that cannot be removed stays."""
        try:
            self._remove(name)
        except OSError:
            return

    def _remove(self, name: str) -> None:
        try:
            os.unlink(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            return

    def _opened(self, name: str, flags: int) -> int:
        """Open a file that belongs to this user and is not a link. Raises CannotTell, or FileNotFoundError."""
        path = os.path.join(self.path, name)
        flags |= os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            descriptor = os.open(name, flags, 0o600, dir_fd=self._descriptor)
        except FileNotFoundError:
            raise
        except OSError as error:
            owner = self._owner(name)
            if owner not in (None, os.geteuid()):
                raise CannotTell(_foreign(path, owner)) from None
            raise CannotTell(f"cannot open the memory between runs, {path}: {error.strerror}; remove it") from None
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid():
            os.close(descriptor)
            raise CannotTell(_foreign(path, found.st_uid))
        if found.st_mode & 0o777 != 0o600 and flags & os.O_CREAT:
            os.fchmod(descriptor, 0o600)
        return descriptor

    def _owner(self, name: str) -> int | None:
        try:
            return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False).st_uid
        except OSError:
            return None


def _state_home(own: int) -> str:
    place = os.environ.get("XDG_STATE_HOME", "")
    if place.startswith("/"):
        return place
    import pwd

    # A daemon that root started and that then became another user has root's HOME in its environment.
    home = os.environ.get("HOME", "")
    if not home.startswith("/") or not os.access(home, os.W_OK | os.X_OK):
        try:
            home = pwd.getpwuid(own).pw_dir
        except KeyError:
            raise CannotTell(
                f"cannot keep memory between runs: user {own} has no home; set CHECKS_STATE_DIR to a folder of its own"
            ) from None
    return os.path.join(home, ".local", "state")


def _unusable(path: str, error: OSError) -> CannotTell:
    return CannotTell(
        f"cannot keep memory between runs in {path}: {error.strerror}; "
        f"set CHECKS_STATE_DIR to a folder that {_user(os.geteuid())} can write"
    )


def _no_folder(path: str) -> str:
    return f"cannot keep memory between runs: {path} is not a folder; remove it"


def _foreign(path: str, owner: int | None) -> str:
    whose = "another user" if owner is None else _user(owner)
    return (
        f"cannot keep memory between runs: {path} belongs to {whose}, not to {_user(os.geteuid())}; "
        "remove it, or set CHECKS_STATE_DIR"
    )


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
