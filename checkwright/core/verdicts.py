"""Verdicts: words that a target reports about itself, and their states."""

import sys

from checkwright.core.domain import Context, Critical, Metric, Ok, Result, State, Unknown, Warn
from checkwright.core.errors import DeclarationError
from checkwright.core.text import clean, perf_label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Generic, Literal, TypeVar, overload

    from checkwright.core.check import Check
    from checkwright.core.domain import Resource

    C = TypeVar("C", bound=Check)
    Words = tuple[str, ...] | list[str]
else:
    from checkwright.core.gauges import Generic

    C = None

#: Severities that a watch may give to a word, each with the end of its flag: `--status-warning WORD`.
SEVERITIES = {"ok": "ok", "warn": "warning", "crit": "critical"}
_STATES = {"ok": Ok, "warn": Warn, "crit": Critical}


class VerdictContext(Context):
    """Context of one word. It has no performance data, which holds numbers only.

    severity: the meaning that this run's command line gives to the word, "" for the verdict's own.
    """

    def __init__(self, spec: "Verdict", name: str, item: str, hint: str, lead: int, severity: str) -> None:
        super().__init__(name)
        self.spec = spec
        self.item = item
        self.hint = hint
        self.lead = lead
        self.severity = severity

    @property
    def detail(self) -> str:
        """The flag that decides the state, "" if the verdict's declaration does."""
        return f"by {word_flag(self.spec.name, self.severity)}" if self.severity else ""

    def evaluate(self, metric: Metric, resource: "Resource | None") -> Result:
        state = _STATES[self.severity] if self.severity else self.spec.state(metric.value)
        return Result(state, self.hint or None, metric)

    def describe(self, metric: Metric) -> str:
        subject = f"{self.spec.label} {clean(self.item, 200)}" if self.item else self.spec.label
        if metric.value is None:
            return f"{subject} has no value"
        return f"{subject} {clean(metric.value, 200)}"


class Verdict:
    """A declared verdict: a VerdictRef on a check's class (`Haproxy.server.meaning(ok=("MAINT",))`).

    In a run the attribute is a VerdictFactory: `yield self.status(word)`.
    """

    def __init__(
        self,
        label: str,
        *,
        ok: "Iterable[str]",
        warn: "Iterable[str]" = (),
        crit: "Iterable[str] | None" = None,
        other: "Literal['critical', 'unknown'] | None" = None,
        missing: "Literal['unknown', 'ok']" = "unknown",
    ) -> None:
        self.label = label
        self.ok = tuple(ok)
        self.warn = tuple(warn)
        self.crit = None if crit is None else tuple(crit)
        self.other = other or ("critical" if crit is None else "unknown")
        self.missing = missing
        self.name = ""
        words = (*self.ok, *self.warn, *(self.crit or ()))
        if len(set(words)) != len(words):
            raise DeclarationError(f"verdict({label!r}): a word has two meanings")
        if self.other not in ("critical", "unknown"):
            raise DeclarationError(f"verdict({label!r}): other={other!r} is not one of critical, unknown")
        if missing not in ("unknown", "ok"):
            raise DeclarationError(f"verdict({label!r}): missing={missing!r} is not one of unknown, ok")

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[C]) -> "VerdictRef[C]": ...
        @overload
        def __get__(self, instance: "Check", owner: type) -> "VerdictFactory": ...

    def __get__(self, instance: "Check | None", owner: type) -> object:
        return VerdictRef(owner, self) if instance is None else VerdictFactory(self, instance)

    def severity(self, word: str) -> str:
        """Return `ok`, `warn`, `crit` or `unknown`: the meaning of a word by this declaration."""
        if word in self.ok:
            return "ok"
        if word in self.warn:
            return "warn"
        if word in (self.crit or ()):
            return "crit"
        return "crit" if self.other == "critical" else "unknown"

    def state(self, word: str | None) -> State:
        """Return the nagiosplugin state of a word, None for a missing one. An unlisted word has the state `other`."""
        if word is None:
            return Ok if self.missing == "ok" else Unknown
        return _STATES.get(self.severity(word), Unknown)


class VerdictFactory:
    """Factory of this run's metrics of one verdict: `yield self.status("running", of="nginx")`."""

    __slots__ = ("_check", "_spec")

    def __init__(self, spec: Verdict, check: "Check") -> None:
        self._spec = spec
        self._check = check

    def __call__(self, word: str | None, *, of: object = "", hint: str = "") -> Metric:
        """Return a metric of one word, None for a missing one. of: the item. hint: a reason, shown in brackets."""
        spec, item = self._spec, str(of)
        severity = self._check.meaning_of(spec, item, word)
        return _make_metric(spec, spec.name, word, item, hint, self._check.rank(spec.name), severity)


class Meaning(Generic[C]):
    """Severities of words of one verdict of one check in a registry. `VerdictRef.meaning` creates it.

    items: a shell pattern for names of items, "" for all. ok, warn, crit: words. file, line: the place in the
    registry.
    """

    __slots__ = ("check", "crit", "file", "items", "line", "ok", "verdict", "warn")

    def __init__(
        self,
        check: "type[C]",
        verdict: str,
        items: str,
        ok: tuple[str, ...],
        warn: tuple[str, ...],
        crit: tuple[str, ...],
        file: str,
        line: int,
    ) -> None:
        self.check = check
        self.verdict = verdict
        self.items = items
        self.ok = ok
        self.warn = warn
        self.crit = crit
        self.file = file
        self.line = line

    if TYPE_CHECKING:
        # Makes C invariant. Otherwise mypy would accept one check's words on another check.
        def _of(self, check: C) -> C: ...

    def words(self) -> tuple[tuple[str, str], ...]:
        """Return pairs of a word and `ok`, `warn` or `crit`."""
        return tuple((word, severity) for severity in SEVERITIES for word in getattr(self, severity))


class VerdictRef(Generic[C]):
    """Reference to a verdict of a check, for registries."""

    __slots__ = ("check", "verdict")

    def __init__(self, check: "type[C]", verdict: Verdict) -> None:
        self.check = check
        self.verdict = verdict

    def meaning(self, items: str = "", *, ok: "Words" = (), warn: "Words" = (), crit: "Words" = ()) -> "Meaning[C]":
        """Return severities of words, for all items or for those that match a shell pattern.

            Haproxy.server.meaning("web*", ok=("MAINT",), warn=("DOWN",))

        Words that it does not name keep their severity. Raises DeclarationError for a word that has two severities or
        that no command line can hold, and without any word.
        """
        from checkwright.core.source_lines import line_of

        frame = sys._getframe(1)
        where = f"{self.check.__name__}.{self.verdict.name}.meaning()"
        if not isinstance(items, str):
            raise DeclarationError(f"{where}: {items!r} is no pattern over items: write one as text, or words as ok=")
        if "\0" in items:
            raise DeclarationError(f"{where}: the pattern {items!r} holds a NUL character")
        for end, words in (("ok", ok), ("warn", warn), ("crit", crit)):
            if not isinstance(words, tuple | list):
                raise DeclarationError(f"{where}: {end}={words!r} is no tuple of words: write {end}=({words!r},)")
            for word in words:
                if problem := word_problem(word):
                    raise DeclarationError(f"{where}: {end}: {problem}")
        words = (*ok, *warn, *crit)
        if not words:
            raise DeclarationError(f"{where} needs words: ok=, warn= or crit=")
        if len(set(words)) != len(words):
            raise DeclarationError(f"{where}: a word has two meanings")
        return Meaning(
            self.check,
            self.verdict.name,
            items,
            tuple(ok),
            tuple(warn),
            tuple(crit),
            frame.f_code.co_filename,
            line_of(frame),
        )


def word_flag(verdict: str, severity: str) -> str:
    """Return the flag that gives a word of a verdict a severity: `--server-warning`."""
    return f"--{verdict.replace('_', '-')}-{SEVERITIES[severity]}"


def word_problem(word: object) -> str:
    """Return the reason why a flag cannot hold a word, "" for a good one."""
    if not isinstance(word, str):
        return f"{word!r} is not a word"
    if not word:
        return "a word is empty"
    if "=" in word:
        return f"{word!r} contains '=', which ends the name of an item"
    if "\0" in word or "\n" in word:
        return f"{word!r} contains a control character"
    return ""


def verdict(
    label: str,
    *,
    ok: "Iterable[str]",
    warn: "Iterable[str]" = (),
    crit: "Iterable[str] | None" = None,
    other: "Literal['critical', 'unknown'] | None" = None,
    missing: "Literal['unknown', 'ok']" = "unknown",
) -> Verdict:
    """Declare a word to watch, with the words that are ok or a warning.

        state = verdict("Unit", ok=["active"], warn=["reloading"])

    Every other word is critical. If `crit` lists the critical words, any other word is unknown, or critical with
    `other="critical"`. List all words of the target if you can: lint then finds words that it never reports. missing:
    the meaning of None.
    """
    return Verdict(label, ok=ok, warn=warn, crit=crit, other=other, missing=missing)


def word(
    name: str,
    value: str | None,
    *,
    ok: "Iterable[str]",
    warn: "Iterable[str]" = (),
    crit: "Iterable[str] | None" = None,
    of: object = "",
    label: str = "",
    hint: str = "",
) -> Metric:
    """Return a metric of a verdict whose name and words are known only at run time."""
    return _make_metric(Verdict(label or name, ok=ok, warn=warn, crit=crit), name, value, str(of), hint, 1_000, "")


def _make_metric(spec: Verdict, name: str, value: str | None, item: str, hint: str, lead: int, severity: str) -> Metric:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} got {value!r}, which is not a word")
    context = VerdictContext(spec, name, item, clean(hint, 400), lead, severity)
    return Metric(perf_label(name, item), value, None, None, None, name, context)
