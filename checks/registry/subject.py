"""What a rule looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from checks.registry.model import Environment
from checks.registry.plan import Origin
from checks.registry.registry import Registry
from checks.registry.resolve import Resolved

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
