"""Report of an import: the fate of every object that was read. Nothing is dropped silently, and the counts add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from checkwright.migrate.secret_files import SecretFiles

#: carried: equivalent in the project. changed: in the project with differences. left: not in the project.
Fate = Literal["carried", "changed", "left"]
_FATES: tuple[Fate, ...] = ("carried", "changed", "left")


@dataclass(frozen=True, slots=True)
class Thing:
    """Object that was read: its kind ("service"), its name, and its place as FILE:LINE."""

    kind: str
    name: str
    where: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Difference or omission, and the remedy: a sentence each."""

    thing: Thing
    message: str
    left: bool = False


@dataclass
class Report:
    """Everything that was read, with remarks.

    renamed: kind, name before and after. recognised: plugins that a check of the library replaces. secrets: files that
    the user writes.
    """

    source: str
    things: list[Thing] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    renamed: list[tuple[str, str, str]] = field(default_factory=list)
    recognised: list[tuple[Thing, str]] = field(default_factory=list)
    hints: list[Remark] = field(default_factory=list)
    secrets: SecretFiles = field(default_factory=SecretFiles)

    def read(self, thing: Thing) -> Thing:
        """Record that an object was read."""
        self.things.append(thing)
        return thing

    def changed(self, thing: Thing, message: str) -> None:
        """Record a difference in the project."""
        self.remarks.append(Remark(thing, message))

    def left(self, thing: Thing, message: str) -> None:
        """Record that an object is not in the project, with the reason."""
        self.remarks.append(Remark(thing, message, left=True))

    def hint(self, thing: Thing, message: str) -> None:
        """Record a remark about an unchanged object."""
        self.hints.append(Remark(thing, message))

    def fates(self) -> dict[Thing, Fate]:
        """Return the fate of each object."""
        found: dict[Thing, Fate] = dict.fromkeys(self.things, "carried")
        for remark in self.remarks:
            if remark.left or found.get(remark.thing) != "left":
                found[remark.thing] = "left" if remark.left else "changed"
        return found

    def counts(self) -> dict[str, dict[Fate, int]]:
        """Return the number of objects for each kind and fate. The numbers of a kind add up to those read."""
        counted: dict[str, Counter[Fate]] = {}
        for thing, fate in self.fates().items():
            counted.setdefault(thing.kind, Counter())[fate] += 1
        return {kind: {fate: counted[kind][fate] for fate in _FATES} for kind in sorted(counted)}

    def as_json(self) -> dict[str, Any]:
        """Return the report as data for JSON."""
        fates = self.fates()
        return {
            "version": 1,
            "source": self.source,
            "counts": self.counts(),
            "things": [
                {"kind": thing.kind, "name": thing.name, "where": thing.where, "fate": fate}
                for thing, fate in fates.items()
            ],
            "remarks": [
                {
                    "kind": remark.thing.kind,
                    "name": remark.thing.name,
                    "where": remark.thing.where,
                    "fate": "left" if remark.left else "changed",
                    "message": remark.message,
                }
                for remark in self.remarks
            ],
            "hints": [
                {"kind": one.thing.kind, "name": one.thing.name, "where": one.thing.where, "message": one.message}
                for one in self.hints
            ],
            "renamed": [{"kind": kind, "before": before, "after": after} for kind, before, after in self.renamed],
            "recognised": [
                {"kind": thing.kind, "name": thing.name, "where": thing.where, "check": check}
                for thing, check in self.recognised
            ],
            "secrets": [{"file": file.path, "lines": list(file.lines)} for file in self.secrets.files],
        }

    def as_markdown(self) -> str:
        """Return the report as Markdown. A remark about many objects appears once, with their number."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"# What became of {_inline(self.source)}"
        yield ""
        yield "| | read | carried over | carried over, but changed | left out |"
        yield "|---|---|---|---|---|"
        for kind, fates in self.counts().items():
            row = (sum(fates.values()), *fates.values())
            yield f"| {kind} | {' | '.join(map(str, row))} |"
        yield from _section("Left out", (remark for remark in self.remarks if remark.left))
        yield from _section("Carried over, but changed", (remark for remark in self.remarks if not remark.left))
        yield from _section("Unchanged, with remarks", self.hints)
        if self.secrets.files:
            yield from ("", "## Files with secrets to write", "")
            yield from (
                "Command lines had these secrets. The files are for root and the account of the checks only.",
                "",
            )
            for file in self.secrets.files:
                yield f"- `{_inline(file.path)}`: {', '.join(f'`{_inline(line)}`' for line in file.lines)}"
        if self.recognised:
            yield from ("", "## Plugins that a check of the library replaces", "")
            for check, number in sorted(Counter(check for _, check in self.recognised).items()):
                yield f"- {_inline(check)}: {number}"
        if self.renamed:
            yield from ("", "## Renamed", "", "History is kept by name: a renamed object starts without history.", "")
            yield from (
                f"- {kind} `{_inline(old)}` is `{_inline(new)}`" for kind, old, new in sorted(set(self.renamed))
            )


def _section(title: str, remarks: Iterable[Remark]) -> Iterator[str]:
    alike: dict[tuple[str, str], list[Thing]] = {}
    for remark in remarks:
        alike.setdefault((remark.thing.kind, remark.message), []).append(remark.thing)
    if alike:
        yield from ("", f"## {title}", "")
    for (kind, message), things in sorted(alike.items()):
        names = ", ".join(f"{_inline(thing.name)} ({_inline(thing.where)})" for thing in things[:3])
        more = f" and {len(things) - 3} more" if len(things) > 3 else ""
        yield f"- {kind}: {_inline(message)}: {names}{more}"


def _inline(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text).replace("`", "'").replace("|", "\\|")
