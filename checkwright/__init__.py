"""Monitoring checks for Nagios and Sensu: the names that a check's author imports.

    from checkwright import Check, Metrics, gauge, option, uses

A source is imported from the module that defines it: `from checks.redis.source import RedisServers`,
`from checkwright.sources.http import Http`.

The names are loaded on first use. The program `check` and the daemons import this package too, and
must be able to report a broken installation in one line.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal as Literal

    from checkwright.core.check import Check as Check
    from checkwright.core.check import Metrics as Metrics
    from checkwright.core.check import uses as uses
    from checkwright.core.errors import BadUsage as BadUsage
    from checkwright.core.errors import CannotTell as CannotTell
    from checkwright.core.errors import Down as Down
    from checkwright.core.gauges import UNLIMITED as UNLIMITED
    from checkwright.core.gauges import Unit as Unit
    from checkwright.core.gauges import gauge as gauge
    from checkwright.core.gauges import metric as metric
    from checkwright.core.options import Duration as Duration
    from checkwright.core.options import OptionalDuration as OptionalDuration
    from checkwright.core.options import OptionalSize as OptionalSize
    from checkwright.core.options import Size as Size
    from checkwright.core.options import option as option
    from checkwright.core.secret import Secret as Secret
    from checkwright.core.verdicts import verdict as verdict
    from checkwright.core.verdicts import word as word


def __getattr__(name: str) -> object:
    from checkwright.core import author

    try:
        return getattr(author, name)
    except AttributeError:
        raise AttributeError(f"checkwright has no {name}: import a source from the module that defines it") from None


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
