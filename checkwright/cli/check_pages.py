"""The page of a check, made from its declaration and from the goldens of its tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from checkwright.cli.watch_example import example_imports, example_watch
from checkwright.core.catalog import Found
from checkwright.core.check import Check
from checkwright.core.errors import CannotDo
from checkwright.core.gauges import Gauge
from checkwright.core.help import describe, documentation
from checkwright.core.options import Option
from checkwright.core.outcome import SEVERITY
from checkwright.core.verdicts import Verdict
from checkwright.testing import transcript

_MADE = "<!-- Written by checkctl docs from the check's declaration: change that one instead. -->"


def page(kind: type[Check], found: Found, tests: Path) -> str:
    """The check's page in Markdown. `tests` is where goldens are looked for."""
    lines = [_MADE, "", f"# {found.name}", "", *documentation(kind), ""]
    lines += ["    check " + _usage(kind), ""]
    if kind.options:
        lines += ["## Options", "", *_table(("option", "meaning"), map(_option_row, kind.options.values())), ""]
    if kind.gauges:
        columns = ("gauge", "meaning", "unit", "warning", "critical", "missing means")
        lines += ["## Gauges", "", *_table(columns, map(_gauge_row, kind.gauges.values())), ""]
        lines += ["Each takes `--NAME-warning` and `--NAME-critical` as `RANGE` or `ITEM=RANGE`, repeatable; the last"]
        lines += [f"match wins. `-w` and `-c` are those of `{next(iter(kind.gauges))}`.", ""]
    if kind.verdicts:
        lines += ["## Verdicts", ""]
        lines += [
            *_table(("verdict", "meaning", "ok", "warning", "critical"), map(_verdict_row, kind.verdicts.values()))
        ]
        lines += [""]
    samples = _samples(tests, found.name)
    if samples:
        lines += ["## Samples", "", "At -vv, from the check's own tests.", ""]
    for title, text in samples:
        lines += [f"### {title}", "", "```", text.rstrip("\n"), "```", ""]
    lines += ["## In a registry", "", "```python", *_registry(kind, found), "```"]
    return "\n".join(lines) + "\n"


def index(pages: Iterable[tuple[Found, str]]) -> str:
    """The list of all pages, by family. Each comes with the first line of its check."""
    lines = [_MADE, "", "# Checks"]
    family = ""
    for found, summary in sorted(pages, key=lambda one: (one[0].family, one[0].name)):
        if found.family != family:
            family = found.family
            lines += ["", f"## {family}", ""]
        lines.append(f"- [{found.name}]({found.name}.md): {summary}")
    return "\n".join(lines) + "\n"


def _usage(kind: type[Check]) -> str:
    words = [kind.title()]
    for option in kind.options.values():
        if option.required and not option.rest:
            words += [option.flags[-1], option.example or option.name.upper()]
    rest = [option.example or f"{option.name.upper()}..." for option in kind.options.values() if option.rest]
    return " ".join([*words, *(["--", *rest] if rest else [])])


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [_row(columns), _row(["---"] * len(columns))]
    return lines + [_row(cell.replace("|", "\\|") for cell in row) for row in rows]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _option_row(option: Option) -> tuple[str, ...]:
    if option.rest:
        flags = f"`-- {option.name.upper()}...`"
    elif option.kind == "Secret":
        flags = ", ".join(f"`{flag}{end}`" for flag in option.flags if flag[1] == "-" for end in ("-env", "-file"))
    else:
        flags = ", ".join(f"`{flag}`" for flag in option.flags)
    return flags, describe(option)


def _gauge_row(gauge: Gauge) -> tuple[str, ...]:
    warn, crit = gauge.default.warn or "", gauge.default.crit or ""
    return f"`{gauge.name}`", gauge.label, gauge.unit, warn, crit, gauge.missing


def _verdict_row(verdict: Verdict) -> tuple[str, ...]:
    critical = "any other word" if verdict.crit is None else ", ".join(verdict.crit)
    return f"`{verdict.name}`", verdict.label, ", ".join(verdict.ok), ", ".join(verdict.warn), critical


def _samples(tests: Path, name: str) -> list[tuple[str, str]]:
    """Return title and text of the first golden entry of each state, best state first."""
    chosen: dict[str, tuple[str, str]] = {}
    for file in sorted(tests.glob(f"**/goldens/{name}.txt")):
        try:
            entries = transcript.read(file)
        except ValueError as error:
            raise CannotDo(f"{error}.") from None
        for case, text in entries.items():
            state = next((state for state in SEVERITY if f"\n{name.upper()} {state}: " in f"\n{text}"), "")
            if state:
                chosen.setdefault(state, (f"{case[0].upper()}{case[1:]}: {state}", text))
    return [chosen[state] for state in SEVERITY if state in chosen]


def _registry(kind: type[Check], found: Found) -> list[str]:
    imports = example_imports(kind, found, "from checkwright.registry.model import Watch")
    return [*imports, "", example_watch(kind)]
