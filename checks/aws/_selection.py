"""Selection of things by name and tag, and small texts about them."""

import time

from checkwright.core.text import clean, format_seconds
from checkwright.sources import BadUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from typing import Any


def selected(name: str, patterns: "Iterable[str]", exclude: "Iterable[str]" = ()) -> bool:
    """Return True for a name that a shell pattern matches, or if there are none, and that none of `exclude` does."""
    from fnmatch import fnmatchcase

    chosen = list(patterns)
    return (not chosen or any(fnmatchcase(name, one) for one in chosen)) and not any(
        fnmatchcase(name, one) for one in exclude
    )


def arns(prefix: str, names: "Iterable[str]", suffix: str = "") -> tuple[str, ...]:
    """Return an ARN for an IAM policy of each name or pattern. IAM has no sets: `[ab]` becomes `?`."""
    import re

    return tuple(prefix + re.sub(r"\[!?.[^]]*\]", "?", name) + suffix for name in names)


def tag_filters(tags: "Iterable[str]") -> "list[dict[str, Any]]":
    """Return the filters of a request for `KEY=VALUE` tags; values of one key are alternatives. Raises BadUsage."""
    values: dict[str, list[str]] = {}
    for tag in tags:
        key, equals, value = tag.partition("=")
        if not key or not equals:
            raise BadUsage(f"--tag: {clean(tag, 100)!r} is no tag: write KEY=VALUE, such as role=web")
        values.setdefault(f"tag:{key}", []).append(value)
    return [{"Name": name, "Values": found} for name, found in values.items()]


def tag_words(tags: "Iterable[str]") -> str:
    """Return ` with role=web and stage=production` for sentences, "" without tags."""
    found = " and ".join(clean(tag, 100) for tag in tags)
    return f" with {found}" if found else ""


def name_tag(thing: "Mapping[str, Any]") -> str:
    """Return the value of the tag Name, "" without one."""
    return next((str(tag.get("Value", "")) for tag in thing.get("Tags", ()) if tag.get("Key") == "Name"), "")


def seconds_since(then: "datetime | None") -> float | None:
    """Return the whole seconds since a time, None if there is none."""
    return None if then is None else float(max(0, int(time.time() - then.timestamp())))


def lasting(then: "datetime | None") -> str:
    """Return `for 2.5 h` for the time since `then`, "" if there is none."""
    seconds = seconds_since(then)
    return "" if seconds is None else f"for {format_seconds(seconds)}"


def parts(things: "Iterable[str]", size: int) -> "list[list[str]]":
    """Return lists of at most `size` things, for requests that take no more."""
    found = list(things)
    return [found[start : start + size] for start in range(0, len(found), size)]
