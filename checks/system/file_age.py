"""Age and size of files."""

from checks.system.source import System
from checkwright import BadUsage, Check, Metrics, gauge, option, uses, verdict


class FileAge(Check):
    """Time since files were last modified, and their sizes.

    Use it for backups that must be written and spool folders that must be emptied. A missing file is CRITICAL, or OK
    with --absent-ok. A folder on the path that this account may not enter is UNKNOWN, because it may contain the file.
    So is a file with a time in the future, because one of the clocks is wrong. A pattern measures all matching files,
    or only the --newest or the --oldest.
    """

    thread_safe = True

    system = uses(System)

    files: tuple[str, ...] = option(
        "Full path, or a shell pattern (** for any folders)", flags="-f --file", example="/srv/backup/*.dump"
    )
    newest: bool = option("Measure only the newest file of each pattern", default=False)
    oldest: bool = option("Measure only the oldest file of each pattern", default=False)
    absent_ok: bool = option("Report a missing file as OK", default=False)

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
            # The newest file is labelled with its pattern, since its own name changes from day to day.
            one = self.newest or self.oldest
            if one and (seen := [file for file in files if not file.problem]):
                chosen = (max if self.newest else min)(seen, key=lambda file: file.changed)
                files = [chosen, *(file for file in files if file.problem)]
            for file, age in self.each(files, self.system.age):
                yield self.age(age, of=pattern if one else file)
                yield self.size(file.size, of=pattern if one else file)

    def known_items(self) -> tuple[str, ...] | None:
        # The newest and the oldest file of a pattern are labelled with the pattern.
        wild = any(character in pattern for pattern in self.files for character in "*?[")
        return None if wild and not (self.newest or self.oldest) else self.files

    def validate(self) -> None:
        if self.newest and self.oldest:
            raise BadUsage("--newest and --oldest: choose one")
