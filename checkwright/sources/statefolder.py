"""Private files of one user: a private folder, locks, reading and atomic replacement."""

import os
import time

from checkwright.core.current import doing, remaining
from checkwright.core.errors import CannotTell


def folder(*, make: bool) -> str:
    """Return the folder for this user's memory files; with `make`, create it and make it private. Raises CannotTell."""
    own = os.geteuid()
    for variable in ("CHECKS_STATE_DIR", "NAGIOS_PLUGIN_STATE_DIRECTORY"):
        if parent := os.environ.get(variable):
            if not parent.startswith("/"):
                raise CannotTell(f"{variable} is {parent!r}: it must be a full path, which begins with /")
            own_folder = os.path.join(parent, f"checkwright-{own}")
            break
    else:
        own_folder = os.path.join(_state_home(own), "checkwright")
    if not make:
        return own_folder
    doing(own_folder)
    try:
        os.makedirs(os.path.dirname(own_folder), mode=0o700, exist_ok=True)
        try:
            os.mkdir(own_folder, 0o700)
        except FileExistsError:
            status = os.lstat(own_folder)
            if status.st_mode & 0o170000 != 0o040000:
                raise CannotTell(f"cannot keep memory between runs: {own_folder} is not a folder; remove it") from None
            if status.st_uid != own:
                raise CannotTell(_foreign(own_folder, status.st_uid)) from None
            if status.st_mode & 0o077:
                os.chmod(own_folder, 0o700)
    except OSError as error:
        raise CannotTell(
            f"cannot keep memory between runs in {own_folder}: {error.strerror}; "
            f"set CHECKS_STATE_DIR to a folder that {_user(own)} can write"
        ) from None
    return own_folder


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


def locked(path: str) -> int:
    """Return an open file that holds the lock. Closing it releases the lock. Raises CannotTell."""
    import fcntl

    end = time.monotonic() + remaining() / 2
    doing(f"the lock of {path}")
    lock = _opened(f"{path}.lock", os.O_RDWR | os.O_CREAT)
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


def text(path: str) -> str | None:
    """Return the content of the file, None when it is missing. Raises CannotTell."""
    try:
        descriptor = _opened(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with open(descriptor, encoding="utf-8", errors="replace") as file:
        return file.read()


def _opened(path: str, flags: int) -> int:
    """Open a file that belongs to this user and is not a link. Raises CannotTell, or FileNotFoundError."""
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except FileNotFoundError:
        raise
    except OSError as error:
        owner = _owner(path)
        if owner not in (None, os.geteuid()):
            raise CannotTell(_foreign(path, owner)) from None
        raise CannotTell(f"cannot open the memory between runs, {path}: {error.strerror}; remove it") from None
    owner = os.fstat(descriptor).st_uid
    if owner != os.geteuid():
        os.close(descriptor)
        raise CannotTell(_foreign(path, owner))
    return descriptor


def _owner(path: str) -> int | None:
    try:
        return os.lstat(path).st_uid
    except OSError:
        return None


def replace(path: str, content: str) -> None:
    """Replace the file atomically. The lock is held, so no other run uses the name of the new file."""
    new = f"{path}.new"
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        os.replace(new, path)
    except OSError as error:
        raise CannotTell(f"cannot write the memory between runs, {path}: {error.strerror}") from None


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
