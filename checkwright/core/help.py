"""Help text of a check, made from its declaration: `check NAME --help`."""

import sys

from checkwright.core.check import Check
from checkwright.core.options import Option
from checkwright.core.quantities import suffixes
from checkwright.core.secret import Secret
from checkwright.core.verdicts import Verdict

#: Options of every check, each with its meaning. Those of `-w` and `-c` need a gauge.
COMMON = (
    ("-w, --warning RANGE", "warning threshold of the first gauge"),
    ("-c, --critical RANGE", "critical threshold of the first gauge"),
    ("-t, --timeout SECONDS[:STATE]", "deadline, and the state when it passes (default 10:UNKNOWN)"),
    ("-v, --verbose", "more lines: -v every result, -vv thresholds, -vvv details of the run"),
    ("--project DIR", "the project whose own checks are found too"),
    ("--output FORMAT", "nagios (default), sensu, json, prometheus, influx or graphite"),
    ("-V, --version", "the version"),
    ("-h, --help", "this text"),
)

_SUFFIXES = {
    "s": f"of seconds may end in {suffixes('s')}: 90s, 2h",
    "B": f"of bytes may end in {suffixes('B')}: 512M, 10G",
}


def manual(kind: type[Check]) -> str:
    """Return the whole help text: the check's docstring, options, gauges with thresholds, verdicts."""
    required = "".join(f" {_flag(option)}" for option in kind.options.values() if option.required and not option.rest)
    rest = next((f" [--] {option.metavar}..." for option in kind.options.values() if option.rest), "")
    lines = [f"usage: check {kind.title()}{required} [options]{rest}", ""]
    lines += documentation(kind)
    if kind.options:
        lines += ["", "options:"]
        for option in kind.options.values():
            lines += _entry(_flag(option), describe(option))
    if kind.gauges:
        lines += ["", "gauges, each with --NAME-warning and --NAME-critical [ITEM=]RANGE, repeatable:"]
        for gauge in kind.gauges.values():
            unit = f" in {gauge.unit}" if gauge.unit not in ("", "c") else ""
            limits = f"warning {gauge.default.warn or 'none'}, critical {gauge.default.crit or 'none'}"
            if gauge.threshold_required:
                limits = "no default: set one"
            lines += _entry(f"--{gauge.name.replace('_', '-')}-...", f"{gauge.label}{unit} ({limits})")
    if kind.verdicts:
        lines += ["", "verdicts, each with --NAME-ok, --NAME-warning and --NAME-critical [ITEM=]WORD, repeatable:"]
        for verdict in kind.verdicts.values():
            words = f"ok: {', '.join(verdict.ok) or 'none'}"
            words += f"; warning: {', '.join(verdict.warn)}" if verdict.warn else ""
            words += f"; critical: {critical_words(verdict) or 'none'}"
            lines += _entry(f"--{verdict.name.replace('_', '-')}-...", f"{verdict.label} ({words})")
    lines += ["", "every check:"]
    for flag, text in COMMON if kind.gauges else COMMON[2:]:
        lines += _entry(flag, text)
    lines += ["", "A range is 10 (0 to 10 is OK), 10: (10 or more), ~:10 (10 or less), 10:20, @10:20 (alert inside)."]
    units = {gauge.unit.removesuffix("/s") for gauge in kind.gauges.values()}
    units.update(option.unit for option in kind.options.values())
    lines += [f"A number {text}." for unit, text in _SUFFIXES.items() if unit in units]
    return "\n".join(lines) + "\n"


def documentation(kind: type[Check]) -> list[str]:
    """Return the lines of the module's first docstring line and of the class's docstring."""
    module = sys.modules[kind.__module__].__doc__ or ""
    own = kind.__doc__ or ""
    return [*module.strip().splitlines()[:1], *([""] if module and own else []), *_dedented(own)]


def describe(option: Option) -> str:
    """Return an option's help with its choices, its default and an example."""
    parts = [option.help]
    if option.choices:
        parts.append(f"one of {', '.join(option.choices)}")
    if option.many and not option.rest:
        parts.append("repeatable")
    if option.required:
        parts.append("required")
    elif option.kind != "bool" and option.default not in (None, (), ""):
        default = option.default if isinstance(option.default, tuple) else (option.default,)
        if not any(isinstance(one, Secret) for one in default):
            parts.append(f"default {' '.join(option.format(one) for one in default)}")
    if option.example:
        parts.append(f"for example {option.example}")
    return "; ".join(parts)


def critical_words(verdict: Verdict) -> str:
    """Return the words of a verdict that are critical: `down, MAINT and any other word`."""
    listed = ", ".join(verdict.crit or ())
    if verdict.other != "critical":
        return listed
    return f"{listed} and any other word" if listed else "any other word"


def _flag(option: Option) -> str:
    if option.rest:
        return f"{option.metavar}..."
    if option.kind == "bool":
        return ", ".join(option.flags)
    if option.kind == "Secret":
        long = option.flags[-1]
        return f"{long}-env VARIABLE, {long}-file FILE"
    return f"{', '.join(option.flags)} {option.metavar}"


def _entry(left: str, right: str) -> list[str]:
    if len(left) < 30:
        return [f"  {left:<30} {right}"]
    return [f"  {left}", f"  {'':<30} {right}"]


def _dedented(text: str) -> list[str]:
    lines = text.strip().splitlines()
    return [line[4:] if line.startswith("    ") else line for line in lines]
