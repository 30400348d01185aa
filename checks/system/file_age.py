"""When files were last changed, and how large they are."""

from checks.system.source import System
from checkwright import BadUsage, Check, Metrics, gauge, option, uses, verdict


class FileAge(Check):
    """Age and size of files: a backup that was written, a spool folder that is emptied.

    No such file is CRITICAL unless --absent-ok says that it may be missing. A file
    from the future is UNKNOWN: one of the clocks is wrong. Of the files that a
    pattern matches all are measured, or just the --newest or the --oldest of them.
    """

    thread_safe = True

    system = uses(System)

    files: tuple[str, ...] = option(
        "Full path, or a shell pattern (** for any folders)", flags="-f --file", example="/srv/backup/*.dump"
    )
    newest: bool = option("Measure only the newest file of each pattern", default=False)
    oldest: bool = option("Measure only the oldest file of each pattern", default=False)
    absent_ok: bool = option("A file that is not there is OK", default=False)

    found = verdict("File", ok=["absent"])
    age = gauge("Age", "s", missing="ok")
    size = gauge("Size", "B", missing="ok")

    def probe(self) -> Metrics:
        for pattern, files in self.each(self.files, self.system.files):
            if not files:
                wild = any(character in pattern for character in "*?[")
                word = "absent" if self.absent_ok else "missing"
                yield self.found(word, of=pattern, hint="the pattern matches nothing" if wild else "")
                yield self.age(None, of=pattern)
                yield self.size(None, of=pattern)
                continue
            # One file that stands for a pattern goes by the pattern's name: its own changes from day to day.
            one = self.newest or self.oldest
            if one and (seen := [file for file in files if not file.problem]):
                chosen = (max if self.newest else min)(seen, key=lambda file: file.changed)
                files = [chosen, *(file for file in files if file.problem)]
            for file, age in self.each(files, self.system.age):
                yield self.age(age, of=pattern if one else file)
                yield self.size(file.size, of=pattern if one else file)

    def validate(self) -> None:
        if self.newest and self.oldest:
            raise BadUsage("--newest and --oldest: choose one")
