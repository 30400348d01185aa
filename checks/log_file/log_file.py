"""Lines in log files that match patterns."""

from checks.system.source import System
from checkwright import BadUsage, CannotTell, Check, Duration, Metrics, gauge, option, uses, verdict
from checkwright.sources.log import Log
from checkwright.sources.statefile import StateFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from checks.system._files import File
    from checkwright.sources.log import LogReading

    Finder = Callable[[str], object]

#: Most bytes of one run, and most characters of a line that patterns see.
_MOST = 50_000_000
_LINE = 4_096
#: Name of the count of all lines.
_ALL = ""


class LogFile(Check):
    """Lines that match patterns, among the lines added to a log since the last run.

    Each match counts for `--over`, by default 10 minutes, from the run that read it: the alert lasts for all of its
    attempts, and then ends by itself. One matching line is CRITICAL by default; raise the limit for lines that are
    normal in small numbers, `--matches-critical timeout=20`. `--ignore` excludes lines that match anyway.

    The first run starts at the end of the log. Later runs find their position after every kind of rotation: a renamed,
    a compressed and a truncated file (logrotate's copytruncate), even if the new file reuses the inode of the old one.
    Lines that were removed before they could be read are a WARNING in that run. So are more than 50 MB at once: the
    oldest are skipped. `silent` is the time since the log was last written to; limit it if silence means failure:
    `--silent-critical 1h`.

    The check does not print the lines themselves, because logs contain personal data. `--show` adds the last match.

    Account: the group that may read the log, on Debian `adm` for most of them: `usermod -aG adm nagios`. A log that is
    missing or cannot be read is UNKNOWN.

    Patterns are Python regular expressions, and match the first 4096 characters of a line. The worker runs this check
    in a process of its own, so that a pattern that takes forever ends with the deadline and blocks nothing else.

    Tested with logs that logrotate 3.21 rotates by rename, copytruncate and compress.
    """

    thread_safe = False

    log = uses(Log)
    system = uses(System)
    memory = uses(StateFile)

    files: tuple[str, ...] = option(
        "Log, a full path or a shell pattern", flags="-f --file", example="/var/log/shop/error.log"
    )
    match: tuple[str, ...] = option(
        "Lines to count, NAME=REGEX", flags="-m --match", example="error=ERROR", literal=True
    )
    ignore: tuple[str, ...] = option("Lines to leave out, REGEX", flags="-i --ignore", default=(), literal=True)
    over: Duration = option("Time that a match counts", default=600.0, unit="s")
    show: bool = option("Show the last line that matched", default=False)

    matches = gauge("Matches", crit=0, min=0)
    reading = verdict("Log", ok=["read"], warn=["lost lines", "skipped lines"])
    lines = gauge("Lines in that time", min=0)
    silent = gauge("Silent for", "s")
    unread = gauge("Unread", "B")

    def validate(self) -> None:
        if not self.match:
            raise BadUsage("--match is needed: NAME=REGEX, such as error=ERROR")
        self._patterns()
        if self.over <= 0:
            raise BadUsage("--over is a duration above 0")
        for file in self.files:
            if not file.startswith("/"):
                raise BadUsage(f"--file: {file!r} is not a full path, which begins with /")

    def known_items(self) -> tuple[str, ...] | None:
        if len(self.files) > 1:
            return None
        return tuple(text.partition("=")[0].strip() for text in self.match) + self.files

    def probe(self) -> Metrics:
        finders, ignored = self._patterns()
        for given, files in self.each(self.files, self._found):
            counts = dict.fromkeys((*finders, _ALL), 0)
            shown = dict.fromkeys(finders, "")
            word, hint, unread = "read", "", 0
            for file in files:
                part = f"log {file}"
                before = self.memory.recall(part)
                reading = self.log.read(str(file), None if before is None else before.data, most=_MOST)
                _count(reading, finders, ignored, counts, shown)
                self.memory.exchange(reading.position, part)
                unread += reading.left
                if reading.lost or reading.skipped:
                    word = "lost lines" if reading.lost else "skipped lines"
                    hint = reading.loss if reading.lost else f"{reading.skipped} bytes were too many"
                elif reading.first and word == "read":
                    hint = "first run, from its end"
            sums = self.log.recent(given, counts, self.over, self.memory)
            for name in finders:
                item = name if len(self.files) == 1 else f"{name} {given}"
                yield self.matches(sums[name], of=item, hint=shown[name] if self.show else "")
            yield self.reading(word, of=given, hint=hint)
            yield self.lines(sums[_ALL], of=given)
            yield self.unread(unread, of=given)
            yield self.silent(min(self.system.age(file) for file in files), of=given)

    def _found(self, given: str) -> "list[File]":
        found = self.system.files(given)
        if not found:
            raise CannotTell(f"no log {given}: it does not exist, or this account may not see it")
        return found

    def _patterns(self) -> "tuple[Mapping[str, Finder], list[Finder]]":
        """Return the search of each name, and those of lines to leave out. Raises BadUsage."""
        finders: dict[str, Finder] = {}
        for text in self.match:
            name, equals, pattern = text.partition("=")
            if not name.strip() or not equals or not pattern:
                raise BadUsage(f"--match: {text!r} is not NAME=REGEX")
            if name.strip() in finders:
                raise BadUsage(f"--match: {name.strip()!r} is given twice")
            finders[name.strip()] = _compiled("--match", pattern)
        return finders, [_compiled("--ignore", pattern) for pattern in self.ignore]


def _count(
    reading: "LogReading",
    finders: "Mapping[str, Finder]",
    ignored: "list[Finder]",
    counts: "dict[str, int]",
    shown: "dict[str, str]",
) -> None:
    for block in reading.blocks:
        for whole in block.decode("utf-8", "backslashreplace").split("\n")[:-1]:
            counts[_ALL] += 1
            line = whole[:_LINE]
            for name, find in finders.items():
                if find(line) and not any(out(line) for out in ignored):
                    counts[name] += 1
                    shown[name] = line


def _compiled(flag: str, pattern: str) -> "Finder":
    import re

    try:
        return re.compile(pattern).search
    except re.error as error:
        raise BadUsage(f"{flag}: {pattern!r} is no regular expression: {error}") from None
