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

    from checks.core.gauges import Unit as Unit
    from checks.sources.aws import Aws as Aws
    from checks.sources.beats import Beats as Beats
    from checks.sources.checks import Checks as Checks
    from checks.sources.command import Command as Command
    from checks.sources.dns import Dns as Dns
    from checks.sources.gearman import GearmanServers as GearmanServers
    from checks.sources.gearman import JobQueue as JobQueue
    from checks.sources.http import Http as Http
    from checks.sources.http_check import HttpCheck as HttpCheck
    from checks.sources.statefile import StateFile as StateFile
    from checks.sources.system import System as System
    from checks.sources.tcp import Tcp as Tcp
    from checks.sources.tls import Tls as Tls
    from checks.sources.trust import TlsOptions as TlsOptions
    from checks.sources.worker import Workers as Workers
else:
    from checks.core.options import Choices as Literal

_SOURCES: dict[str, str] = {
    "Aws": "aws",
    "Beats": "beats",
    "Checks": "checks",
    "Command": "command",
    "Dns": "dns",
    "GearmanServers": "gearman",
    "Http": "http",
    "HttpCheck": "http_check",
    "JobQueue": "gearman",
    "StateFile": "statefile",
    "System": "system",
    "Tcp": "tcp",
    "Tls": "tls",
    "TlsOptions": "trust",
    "Workers": "worker",
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
    "Command",
    "Dns",
    "Down",
    "GearmanServers",
    "Http",
    "HttpCheck",
    "JobQueue",
    "Literal",
    "Metrics",
    "Secret",
    "StateFile",
    "System",
    "Tcp",
    "Tls",
    "TlsOptions",
    "Workers",
    "gauge",
    "metric",
    "option",
    "uses",
    "verdict",
    "word",
]
