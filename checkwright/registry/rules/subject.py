"""What a rule looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from checkwright.registry.model import Environment
from checkwright.registry.plan import Origin
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.resolve import Resolved

#: A place, as a declaration knows it or relative to the project's parent, and a sentence.
Said = tuple[Origin | None, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """One environment, resolved. `today` is the day on which overrides are judged."""

    registry: Registry
    environment: Environment
    resolved: Resolved
    today: date


def some(names: list[str]) -> str:
    """Names for a sentence: `web-1, web-2, web-3 and 5 more`."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
