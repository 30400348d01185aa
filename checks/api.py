"""The one import of a check: `from checks.api import Check, Metrics, gauge, option, uses, ...`.

Sources are loaded when they are asked for, so that a check pays for its own only.
"""

from checks.core.check import Check, Metrics, uses
from checks.core.errors import BadUsage, CannotTell, Down
from checks.core.gauges import gauge, metric
from checks.core.options import option
from checks.core.secret import Secret
from checks.core.verdicts import verdict, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal as Literal

    from checks.sources.aws import Aws as Aws
    from checks.sources.beats import Beats as Beats
    from checks.sources.checks import Checks as Checks
else:
    from checks.core.options import Choices as Literal

_SOURCES: dict[str, str] = {
    "Aws": "aws",
    "Beats": "beats",
    "Checks": "checks",
}


def __getattr__(name: str) -> object:
    module = _SOURCES.get(name)
    if module is None:
        raise AttributeError(f"checks.api has no {name}")
    from importlib import import_module

    return getattr(import_module(f"checks.sources.{module}"), name)


__all__ = [
    "Aws",
    "BadUsage",
    "Beats",
    "CannotTell",
    "Check",
    "Checks",
    "Down",
    "Literal",
    "Metrics",
    "Secret",
    "gauge",
    "metric",
    "option",
    "uses",
    "verdict",
    "word",
]
