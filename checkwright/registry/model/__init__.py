"""The vocabulary of a fleet: teams, roles and their watches, environments and what each of them changes.

from checkwright.registry.model import Role, Team, Watch
"""

from checkwright.registry.model.base import RegistryError
from checkwright.registry.model.fleet import Environment, Escalation, Host, Maintenance, Override, Role, Site, Team
from checkwright.registry.model.hooks import Hook
from checkwright.registry.model.hours import Hours
from checkwright.registry.model.pools import Pool
from checkwright.registry.model.routes import Handler, Routes
from checkwright.registry.model.sensu_agents import SensuAgents
from checkwright.registry.model.watches import Plugin, Watch, label

__all__ = [
    "Environment",
    "Escalation",
    "Handler",
    "Hook",
    "Host",
    "Hours",
    "Maintenance",
    "Override",
    "Plugin",
    "Pool",
    "RegistryError",
    "Role",
    "Routes",
    "SensuAgents",
    "Site",
    "Team",
    "Watch",
    "label",
]
