"""Verdicts: words that a target reports about itself, and their states."""

from checkwright.core.domain import Context, Critical, Metric, Ok, Result, State, Unknown, Warn
from checkwright.core.errors import DeclarationError
from checkwright.core.text import clean, perf_label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal, overload

    from checkwright.core.check import Check
    from checkwright.core.domain import Resource


class VerdictContext(Context):
    """Context of one word. It has no performance data, which holds numbers only."""

    def __init__(self, spec: "Verdict", name: str, item: str, hint: str, lead: int) -> None:
        super().__init__(name)
        self.spec = spec
        self.item = item
        self.hint = hint
        self.lead = lead

    def evaluate(self, metric: Metric, resource: "Resource | None") -> Result:
        return Result(self.spec.state(metric.value), self.hint or None, metric)

    def describe(self, metric: Metric) -> str:
        subject = f"{self.spec.label} {clean(self.item, 200)}" if self.item else self.spec.label
        if metric.value is None:
            return f"{subject} has no value"
        return f"{subject} {clean(metric.value, 200)}"


class Verdict:
    """A declared verdict. In a run the attribute is a VerdictFactory: `yield self.status(word)`."""

    def __init__(
        self,
        label: str,
        *,
        ok: "Iterable[str]",
        warn: "Iterable[str]" = (),
        crit: "Iterable[str] | None" = None,
        missing: "Literal['unknown', 'ok']" = "unknown",
    ) -> None:
        self.label = label
        self.ok = tuple(ok)
        self.warn = tuple(warn)
        self.crit = None if crit is None else tuple(crit)
        self.missing = missing
        self.name = ""
        words = (*self.ok, *self.warn, *(self.crit or ()))
        if len(set(words)) != len(words):
            raise DeclarationError(f"verdict({label!r}): a word has two meanings")
        if missing not in ("unknown", "ok"):
            raise DeclarationError(f"verdict({label!r}): missing={missing!r} is none of unknown, ok")

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type) -> "Verdict": ...
        @overload
        def __get__(self, instance: "Check", owner: type) -> "VerdictFactory": ...

    def __get__(self, instance: "Check | None", owner: type) -> object:
        return self if instance is None else VerdictFactory(self, instance.rank(self.name))

    def state(self, word: str | None) -> State:
        """Return the nagiosplugin state of a word. An unlisted word is critical, or unknown where `crit` is a list."""
        if word is None:
            return Ok if self.missing == "ok" else Unknown
        if word in self.ok:
            return Ok
        if word in self.warn:
            return Warn
        return Critical if self.crit is None or word in self.crit else Unknown


class VerdictFactory:
    """Factory of this run's metrics of one verdict: `yield self.status("running", of="nginx")`."""

    __slots__ = ("_lead", "_spec")

    def __init__(self, spec: Verdict, lead: int) -> None:
        self._spec = spec
        self._lead = lead

    def __call__(self, word: str | None, *, of: object = "", hint: str = "") -> Metric:
        """Return a metric of one word, None for a missing one. of: the item. hint: a reason, shown in brackets."""
        return _make_metric(self._spec, self._spec.name, word, str(of), hint, self._lead)


def verdict(
    label: str,
    *,
    ok: "Iterable[str]",
    warn: "Iterable[str]" = (),
    crit: "Iterable[str] | None" = None,
    missing: "Literal['unknown', 'ok']" = "unknown",
) -> Verdict:
    """Declare a word to watch, with the words that are ok or a warning.

        state = verdict("Unit", ok=["active"], warn=["reloading"])

    Every other word is critical. Where `crit` lists the critical words, any other word is unknown.
    """
    return Verdict(label, ok=ok, warn=warn, crit=crit, missing=missing)


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
    return _make_metric(Verdict(label or name, ok=ok, warn=warn, crit=crit), name, value, str(of), hint, 1_000)


def _make_metric(spec: Verdict, name: str, value: str | None, item: str, hint: str, lead: int) -> Metric:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} got {value!r}, which is not a word")
    context = VerdictContext(spec, name, item, clean(hint, 400), lead)
    return Metric(perf_label(name, item), value, None, None, None, name, context)
