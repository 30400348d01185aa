"""Trials of the conformance suite: command lines, and faults of sources."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from checkwright.core.argv import OUTPUTS
from checkwright.core.check import Check
from checkwright.core.options import Option
from checkwright.core.verdicts import SEVERITIES, word_flag
from checkwright.testing.misbehaving import HOSTILE, behaviours, sources_of

#: Deadline of the trial whose source hangs.
HANG_SECONDS = 0.05

_BAD_RANGES: tuple[str, ...] = ("", "x", "20:10", "1:2:3", "@", "1e3", "1_0", "~", "nan", "=5", "item=", "a=b=c", "٣")
_BAD_RANGES += tuple(text for text in HOSTILE if not text.endswith("=1"))  # that one is ITEM=RANGE
_GOOD_RANGES = ("~:", "@10:20", "-5.5:", "some item=~:0", "*=@0")
_BAD_WORDS = ("", "=word", "item=", "two\nlines")
_GOOD_WORDS = ("word", "some item=two words", "*=|;'\"")
_BAD_TIMEOUTS = ("", "0", "-1", "x", "1e3", "99999999999", "1:", "1:FINE", "nan")
_BAD_VALUES = {
    "int": ("", "x", "1.5", "1e3", "1_0", "9" * 5_000, "٣"),
    "float": ("", "x", "nan", "inf", "-inf", "1_0", "1,5"),
    "choice": ("", "none of these"),
    "Path": ("",),
    "Secret": ("",),
}


@dataclass(frozen=True)
class Trial:
    """One run of a check with bad input.

    answer: replaces every method of every source; None for methods that return None. hangs: methods do not return.
    usage: the command line is wrong and must be refused. mentions: text that the status line must contain.
    """

    name: str
    words: tuple[str, ...]
    answer: Callable[[], object] | None = None
    hangs: bool = False
    usage: bool = False
    mentions: str = ""


def trials(kind: type[Check]) -> Iterator[Trial]:
    """Yield all trials of a check."""
    valid = _valid_words(kind)
    yield Trial("no options", ())
    yield Trial("options as documented", valid)
    yield from _bad_command_lines(kind, valid)
    yield from _hostile_values(kind)
    for words in ((), ("-v",), ("-vv",), ("-vvv",), ("-vvvvv",), *(("--output", output) for output in OUTPUTS)):
        for name, answer in behaviours():
            if sources_of(kind) or name == "answers None":
                yield Trial(f"a source that {name}", (*words, *valid), answer)
    if sources_of(kind):
        yield Trial("a source that hangs", ("-t", str(HANG_SECONDS), *valid), hangs=True)


def _bad_command_lines(kind: type[Check], valid: tuple[str, ...]) -> Iterator[Trial]:
    has_rest = any(option.rest for option in kind.options.values())
    for word in ("--no-such-option", "--no-such=1", "-%", "---", *(f"--{text}" for text in HOSTILE)):
        yield Trial("an unknown option", (word, *valid), usage=True)
    if not has_rest:
        for word in ("stray", "-", "--", "", *HOSTILE):
            yield Trial("a stray word", (*valid, word), usage=True)
    for value in (*_BAD_TIMEOUTS, *HOSTILE):
        yield Trial("a bad timeout", ("-t", value, *valid), usage=True, mentions="-t")
    yield Trial("a bad format", ("--output", "xml", *valid), usage=True, mentions="--output")
    for option in kind.options.values():
        for flag in _flags(option):
            values = _BAD_VALUES.get(option.kind, ())
            for value in values:
                yield Trial("a bad value", (flag, value, *valid), usage=True, mentions=flag)
            if option.kind == "bool":
                if flag.startswith("--"):
                    yield Trial("a value for a switch", (f"{flag}=1", *valid), usage=True, mentions=flag)
            elif not has_rest:
                yield Trial("a missing value", (*valid, flag), usage=True, mentions=flag)
    for verdict in kind.verdicts:
        for severity in SEVERITIES:
            flag = word_flag(verdict, severity)
            for value in _BAD_WORDS:
                yield Trial("a bad word", (flag, value, *valid), usage=True, mentions=flag)
            for value in _GOOD_WORDS:
                yield Trial("a good word", (flag, value, *valid))
    for gauge in kind.gauges:
        for end in ("warning", "critical"):
            flag = f"--{gauge.replace('_', '-')}-{end}"
            for value in _BAD_RANGES:
                yield Trial("a bad range", (flag, value, *valid), usage=True, mentions=flag)
            for value in _GOOD_RANGES:
                yield Trial("a good range", (flag, value, *valid))


def _hostile_values(kind: type[Check]) -> Iterator[Trial]:
    """Yield trials with hostile text for every option that takes text."""
    valid = _valid_words(kind)
    for option in kind.options.values():
        if option.kind not in ("str", "Path"):
            continue
        for text in HOSTILE:
            words = ("--", text) if option.rest else (_flags(option)[-1], text)
            name = f"hostile text for {option.name}"
            yield Trial(name, (*_without_rest(kind, valid), *words))


def _without_rest(kind: type[Check], valid: tuple[str, ...]) -> tuple[str, ...]:
    return valid[: valid.index("--")] if "--" in valid else valid


def _valid_words(kind: type[Check]) -> tuple[str, ...]:
    """Return a command line that parses: required options with their examples, or any value of their type."""
    words: list[str] = []
    rest: list[str] = []
    for option in kind.options.values():
        if option.rest and option.required:
            rest = ["--", *shlex.split(option.example or "word")]
        elif option.required:
            words += [_flags(option)[-1], option.example or _any_value(option)]
    return (*words, *rest)


def _any_value(option: Option) -> str:
    if option.kind == "choice":
        return option.choices[0]
    return {"int": "1", "float": "1", "Path": "/nowhere", "Secret": "CHECKWRIGHT_NO_SUCH_VARIABLE"}.get(
        option.kind, "something"
    )


def _flags(option: Option) -> tuple[str, ...]:
    if option.kind == "Secret":
        return tuple(f"{flag}{end}" for flag in option.flags if flag.startswith("--") for end in ("-file", "-env"))
    return option.flags
