"""Names that `checkwright` provides for authors of checks."""

from checkwright.core.check import Check, Metrics, uses
from checkwright.core.errors import BadUsage, CannotTell, Down
from checkwright.core.gauges import UNLIMITED, gauge, metric
from checkwright.core.options import Choices as Literal
from checkwright.core.options import option
from checkwright.core.secret import Secret
from checkwright.core.verdicts import verdict, word

__all__ = [
    "UNLIMITED",
    "BadUsage",
    "CannotTell",
    "Check",
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
