"""Names that `checkwright` provides for authors of checks."""

from checkwright.core.check import Check, Metrics, uses
from checkwright.core.errors import BadUsage, CannotTell, Down
from checkwright.core.gauges import UNLIMITED, gauge, metric
from checkwright.core.options import Choices as Literal
from checkwright.core.options import Duration, OptionalDuration, OptionalSize, Size, option
from checkwright.core.secret import Secret
from checkwright.core.verdicts import verdict, word

__all__ = [
    "UNLIMITED",
    "BadUsage",
    "CannotTell",
    "Check",
    "Down",
    "Duration",
    "Literal",
    "Metrics",
    "OptionalDuration",
    "OptionalSize",
    "Secret",
    "Size",
    "gauge",
    "metric",
    "option",
    "uses",
    "verdict",
    "word",
]
