"""The manual of a check, made from its declaration: `check NAME --help`."""

import sys

from checkwright.core.check import Check
from checkwright.core.options import Option
from checkwright.core.secret import Secret

_COMMON = (
    ("-w, --warning RANGE", "warning threshold of the first gauge"),
    ("-c, --critical RANGE", "critical threshold of the first gauge"),
    ("-t, --timeout SECONDS[:STATE]", "deadline, and the state when it passes (default 10:UNKNOWN)"),
    ("-v, --verbose", "more lines: -v every result, -vv thresholds, -vvv details of the run"),
    ("--output FORMAT", "nagios (default), json, prometheus, influx or graphite"),
    ("-V, --version", "the version"),
    ("-h, --help", "this text"),
)


def manual(kind: type[Check]) -> str:
    """The whole help text of a check: what it measures, options, gauges with thresholds, verdicts."""
    required = "".join(f" {_flag(option)}" for option in kind.options.values() if option.required and not option.rest)
    rest = next((f" [--] {option.name.upper()}..." for option in kind.options.values() if option.rest), "")
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
                limits = "no default: give one"
            lines += _entry(f"--{gauge.name.replace('_', '-')}-...", f"{gauge.label}{unit} ({limits})")
    if kind.verdicts:
        lines += ["", "verdicts:"]
        for verdict in kind.verdicts.values():
            words = f"ok: {', '.join(verdict.ok) or 'none'}"
            words += f"; warning: {', '.join(verdict.warn)}" if verdict.warn else ""
            words += f"; critical: {', '.join(verdict.crit) if verdict.crit else 'any other word'}"
            lines += _entry(verdict.name, f"{verdict.label} ({words})")
    lines += ["", "every check:"]
    for flag, text in _COMMON if kind.gauges else _COMMON[2:]:
        lines += _entry(flag, text)
    lines += ["", "A range is 10 (0 to 10 is well), 10: (10 or more), ~:10 (10 or less), 10:20, @10:20 (alert inside)."]
    return "\n".join(lines) + "\n"


def documentation(kind: type[Check]) -> list[str]:
    """What the check's file and class say of it: the module's first line, then the class's docstring."""
    module = sys.modules[kind.__module__].__doc__ or ""
    own = kind.__doc__ or ""
    return [*module.strip().splitlines()[:1], *([""] if module and own else []), *_dedented(own)]


def describe(option: Option) -> str:
    """An option's help with what may be given and what holds when nothing is."""
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
            parts.append(f"default {' '.join(str(one) for one in default)}")
    if option.example:
        parts.append(f"for example {option.example}")
    return "; ".join(parts)


def _flag(option: Option) -> str:
    if option.rest:
        return f"{option.name.upper()}..."
    if option.kind == "bool":
        return ", ".join(option.flags)
    if option.kind == "Secret":
        long = option.flags[-1]
        return f"{long}-env VARIABLE, {long}-file FILE"
    return f"{', '.join(option.flags)} {'|'.join(option.choices) if option.choices else option.name.upper()}"


def _entry(left: str, right: str) -> list[str]:
    if len(left) < 30:
        return [f"  {left:<30} {right}"]
    return [f"  {left}", f"  {'':<30} {right}"]


def _dedented(text: str) -> list[str]:
    lines = text.strip().splitlines()
    return [line[4:] if line.startswith("    ") else line for line in lines]
