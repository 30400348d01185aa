"""Reading the kernel's small text files below /proc and /sys."""

from checks.core.errors import CannotTell


def text(path: str) -> str:
    """The whole file. Raises CannotTell."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError as error:
        raise CannotTell(f"cannot read {path}: {error.strerror}") from None


def optional_text(path: str) -> str | None:
    """The whole file without blanks around it, None where the kernel or the container does not have it."""
    try:
        return text(path).strip()
    except CannotTell:
        return None


def table(path: str) -> dict[str, int]:
    """Lines of `name number`, as /proc/meminfo, /proc/vmstat and memory.stat have them; units are dropped.

    Raises CannotTell.
    """
    found = {}
    for line in text(path).splitlines():
        words = line.split()
        if len(words) >= 2 and words[1].isdigit():
            found[words[0].rstrip(":")] = int(words[1])
    return found
