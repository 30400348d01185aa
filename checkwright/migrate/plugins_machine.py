"""Recognition of plugins for the machine: check_disk, check_load, check_swap, check_procs, check_file_age."""

from __future__ import annotations

from checkwright.migrate.draft import LibraryCheck, Threshold, Value
from checkwright.migrate.plugin_options import NEVER, Differs, Found, Options, a_range, number, plain

_THRESHOLDS = {"warning=": "w", "critical=": "c", "timeout=": "t"}
_STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "disk-sleep",
    "T": "stopped",
    "Z": "zombie",
    "I": "idle",
}


def _disk(words: list[str]) -> Found:
    long = {**_THRESHOLDS, "path=": "p", "partition=": "p", "iwarning=": "W", "icritical=": "K"}
    given = Options(words, "w:c:W:K:p:eEt:", {**long, "errors-only": "e", "exact-match": "E"})
    paths = given.all("p")
    if not paths:
        raise Differs("without -p it takes all filesystems, including types that disk --all leaves out")
    if not given.has("E") and any(path != "/" for path in paths):
        raise Differs(
            "for a path that is not a mount point it measures the filesystem above, and disk is UNKNOWN (-E is exact)"
        )
    space = _free("space", given.one("w"), given.one("c"))
    inodes = _free("inodes", given.one("W"), given.one("K"))
    options: tuple[tuple[str, Value], ...] = () if paths == ("/",) else (("paths", paths),)
    off = ("disk could watch inodes too: the limit on Disk.inodes switches that off",)
    notes = off if (inodes.warn, inodes.crit) == (NEVER, NEVER) else ()
    return Found(LibraryCheck("checks.system.disk", "Disk", options, (space, inodes)), given.seconds(), notes)


def _free(gauge: str, warn: str, crit: str) -> Threshold:
    """Convert a minimum of free percent to a maximum of used percent."""
    ends = []
    for text in (warn, crit):
        if text and not text.endswith("%"):
            raise Differs(f"the threshold {text!r} is an amount, not a percentage")
        free = number(text[:-1], "the threshold") if text else ""
        if free and float(free) > 100:
            raise Differs(f"the threshold {text!r} is more than all")
        ends.append(_short(100 - float(free)) if free else NEVER)
    return Threshold(gauge, *ends)


def _short(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(round(value, 6))


def _load(words: list[str]) -> Found:
    given = Options(words, "w:c:rt:", {**_THRESHOLDS, "percpu": "r"})
    ends = []
    for letter, what in (("w", "the warning"), ("c", "the critical")):
        parts = given.one(letter).split(",")
        if len(parts) != 3:
            raise Differs(f"{what} is not three numbers for 1, 5 and 15 minutes")
        ends.append([number(part.strip(), what) for part in parts])
    limits = tuple(
        Threshold(gauge, warn, crit)
        for gauge, warn, crit in zip(("load1", "load5", "load15"), ends[0], ends[1], strict=True)
    )
    options: tuple[tuple[str, Value], ...] = () if given.has("r") else (("total", True),)
    return Found(LibraryCheck("checks.system.load", "Load", options, limits), given.seconds())


def _swap(words: list[str]) -> Found:
    given = Options(words, "w:c:n:t:", {**_THRESHOLDS, "no-swap=": "n"})
    if given.one("n").lower() not in ("ok", "0"):
        raise Differs("it reports a machine without swap as CRITICAL, and swap reports OK (-n ok is equivalent)")
    limit = _free("used", given.one("w"), given.one("c"))
    return Found(LibraryCheck("checks.system.swap", "Swap", (), (limit,)), given.seconds())


def _procs(words: list[str]) -> Found:
    long = {**_THRESHOLDS, "command=": "C", "argument-array=": "a", "state=": "s", "user=": "u"}
    given = Options(words, "w:c:C:a:s:u:t:", long)
    options: list[tuple[str, Value]] = []
    if name := given.one("C"):
        options.append(("names", (plain(name, "the name"),)))
    if user := given.one("u"):
        if user.isdecimal():
            raise Differs("the user is a number")
        options.append(("users", (plain(user, "the user"),)))
    if letters := given.one("s"):
        unknown = [letter for letter in letters if letter not in _STATES]
        if unknown:
            raise Differs(f"the state {unknown[0]!r} has no counterpart")
        options.append(("states", tuple(_STATES[letter] for letter in letters)))
    if text := given.one("a"):
        options.append(("command_lines", (f"*{plain(text, 'the argument')}*",)))
    warn, crit = (a_range(given.one(letter), "the threshold") if given.has(letter) else None for letter in ("w", "c"))
    count = (Threshold("count", warn, crit),) if warn or crit else ()
    limits = (*count, Threshold("zombies", NEVER, NEVER))
    check = LibraryCheck("checks.system.processes", "Processes", tuple(options), limits)
    return Found(check, given.seconds(), ("processes could watch zombies too: the limit on zombies switches that off",))


def _file_age(words: list[str]) -> Found:
    long = {"file=": "f", "warning-age=": "w", "critical-age=": "c", "warning-size=": "W", "critical-size=": "C"}
    given = Options(words, "f:w:c:W:C:it:", {**long, "ignore-missing": "i"})
    if not given.one("f").startswith("/"):
        raise Differs("the file has no full path")
    ages = (number(given.one("w", "240"), "the age"), number(given.one("c", "600"), "the age"))
    limits = [Threshold("age", *ages)]
    if given.has("W") or given.has("C"):
        warn, crit = (f"{number(given.one(end), 'the size')}:" if given.has(end) else None for end in ("W", "C"))
        limits.append(Threshold("size", warn, crit))
    options: list[tuple[str, Value]] = [("files", (plain(given.one("f"), "the file"),))]
    if given.has("i"):
        options.append(("absent_ok", True))
    return Found(LibraryCheck("checks.system.file_age", "FileAge", tuple(options), tuple(limits)), given.seconds())


READERS = {
    "check_disk": _disk,
    "check_load": _load,
    "check_swap": _swap,
    "check_procs": _procs,
    "check_file_age": _file_age,
}
