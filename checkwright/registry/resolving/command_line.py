"""The argv of a watch: executable first, then options with their placeholders, thresholds and the deadline."""

from __future__ import annotations

import os
from collections.abc import Iterator

from checkwright.core.check import Check
from checkwright.core.options import FromHost, Option
from checkwright.core.secret import Secret
from checkwright.registry import plan
from checkwright.registry.model.watches import Plugin
from checkwright.registry.plan import Placeholder, Word
from checkwright.registry.resolving.placeholders import literal, word

#: Folder of projects on the machines of a site that names none.
PROJECTS = "/opt/checkwright/projects"


def of_check(check: Check, judgement: tuple[Word, ...], deadline: str, site: plan.Site, own: bool) -> tuple[Word, ...]:
    """Return the argv of a check.

    judgement: the flags of thresholds and of words. deadline: seconds, or seconds and a state such as `10:critical`.
    own: the check is the project's, so the command names the project's folder.
    """
    project = ("--project", site.project) if own else ()
    options, rest = _split(check)
    return (
        *((text,) for text in (site.check, *project, check.title())),
        *_joined([word(argument) for argument in options]),
        *judgement,
        ("-t",),
        (deadline,),
        *(word(argument) for argument in rest),
    )


def flag_and_value(flag: str, value: str) -> tuple[Word, ...]:
    """Return a flag with its value: one word where the value could be read as another flag, as a range cannot."""
    is_flag = value.startswith("-") and not value[1:2].isdigit()
    return ((f"{flag}={value}",),) if is_flag else ((flag,), (value,))


def of_plugin(plugin: Plugin) -> tuple[Word, ...]:
    """Return the argv of a foreign plugin."""
    return ((plugin.path,), *(word(argument) for argument in plugin.arguments))


def with_options(check: Check, options: Check) -> Check:
    """Return the check with the explicit options of another instance."""
    return type(check)(
        **{name: getattr(check, name) for name in check.explicit}
        | {name: getattr(options, name) for name in options.explicit}
    )


def with_absolute_secrets(check: Check, folder: str) -> Check:
    """Return the check with absolute paths of its secrets' files; relative ones are below `folder`."""
    changed = {name: _absolute(value, folder) for name, value in _explicit(check) if _has_secret(value)}
    return type(check)(**dict(_explicit(check)) | changed) if changed else check


def secrets(check: Check) -> tuple[plan.Secret, ...]:
    """Return the places of the check's secrets, with their options."""
    found = []
    for name, value in _explicit(check):
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Secret):
                found.append(plan.Secret(name, "env", one.env) if one.env else plan.Secret(name, "file", one.file))
    return tuple(found)


def format_option(option: Option, value: object) -> str:
    """Return an option's value for `explain`, as its flag takes it. A secret is shown as its file or variable."""
    if isinstance(value, tuple):
        return ", ".join(format_option(option, one) for one in value) or "none"
    if isinstance(value, Secret):
        return f"variable {value.env}" if value.env else f"file {value.file}"
    if isinstance(value, FromHost):
        return f"{{label.{value.name}}}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else option.format(value)


def _split(check: Check) -> tuple[list[str | FromHost], list[str | FromHost]]:
    """Return a check's arguments, and separately the words after `--`, which nothing may follow."""
    words = check.arguments(literal)
    for name, value in _explicit(check):
        option = check.options[name]
        if option.rest and isinstance(value, tuple) and value != option.default:
            cut = len(words) - len(value) - 1
            return words[:cut], words[cut:]
    return words, []


def _joined(words: list[Word]) -> Iterator[Word]:
    """Yield `--flag {label.x}` as one word, `--flag={label.x}`: the label may be `-h` or `--project=/tmp`.

    A literal value that begins with two hyphens is joined to its flag already, so a word that does is a flag.
    """
    position = 0
    while position < len(words):
        flag, value = words[position], words[position + 1] if position + 1 < len(words) else ()
        if value and isinstance(value[0], Placeholder) and isinstance(flag[0], str) and flag[0].startswith("--"):
            yield (f"{flag[0]}=", *value)
            position += 1
        else:
            yield flag
        position += 1


def _explicit(check: Check) -> list[tuple[str, object]]:
    return [(name, getattr(check, name)) for name in check.options if name in check.explicit]


def _has_secret(value: object) -> bool:
    return any(isinstance(one, Secret) for one in (value if isinstance(value, tuple) else (value,)))


def _absolute(value: object, folder: str) -> object:
    if isinstance(value, tuple):
        return tuple(_absolute(one, folder) for one in value)
    if isinstance(value, Secret) and value.file and not value.file.startswith("/"):
        return Secret(file=os.path.join(folder, value.file))
    return value
