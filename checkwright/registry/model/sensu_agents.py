"""Settings of an environment's Sensu agents: keepalives, central agents and autoscaled machines."""

from __future__ import annotations

from checkwright.registry.model import settings
from checkwright.registry.model.base import Declaration, here, require_all, require_name


class SensuAgents(Declaration):
    """Agents of an environment: `SensuAgents(central=("mon-1", "mon-2"))`.

    central: the machines whose agents run central checks, in turns. A machine need not be a host of the environment.
    autoscaled: hosts that come and go, as names or patterns such as "web-aws-*". Sensu forgets such a machine when
    its agent ends, and nobody is notified.

    keepalive: time between two keepalives of an agent. The default is Sensu's own.
    warning: silence after which Sensu reports a warning, which notifies nobody. The default is 3 lost keepalives.
    critical: silence after which a machine counts as down and its teams are notified. Sensu looks once in each
    warning time, so use a multiple of it. The default leaves an agent, which tries again after 2 minutes at most,
    time to reconnect when the backend was away.

    Raises RegistryError for an invalid value.
    """

    __slots__ = ("autoscaled", "central", "critical", "keepalive", "warning")
    central: tuple[str, ...]
    autoscaled: tuple[str, ...]
    keepalive: int
    warning: int
    critical: int

    def __init__(
        self,
        *,
        central: tuple[str, ...] = (),
        autoscaled: tuple[str, ...] = (),
        keepalive: str = "20s",
        warning: str = "1m",
        critical: str = "3m",
    ) -> None:
        origin = here(2)
        times = {"keepalive": keepalive, "warning": warning, "critical": critical}
        self._set(
            central=tuple(
                require_name("SensuAgents: central", name, origin)
                for name in require_all("SensuAgents: central", central, str, origin, called="text")
            ),
            autoscaled=require_all("SensuAgents: autoscaled", autoscaled, str, origin, called="text"),
            **{name: settings.duration(f"SensuAgents: {name}", value, origin) for name, value in times.items()},
            origin=origin,
        )
