"""Declarations of a fleet: teams, roles and their watches, environments and their overrides.

    from checkwright.registry.model import Role, Team, Watch

Every declaration knows the file and line where it was written, cannot be changed, and raises RegistryError for an
invalid value.
"""

from checkwright.registry.model.account import Account
from checkwright.registry.model.base import RegistryError
from checkwright.registry.model.business_service import BusinessService, Part
from checkwright.registry.model.capacity import Capacity
from checkwright.registry.model.channels import Channel, Mail, Opsgenie, PagerDuty, Slack, Sms, Webhook
from checkwright.registry.model.contact import Contact
from checkwright.registry.model.downtime import Downtime
from checkwright.registry.model.environment import Environment
from checkwright.registry.model.hooks import Hook
from checkwright.registry.model.host import Host
from checkwright.registry.model.host_check import HostCheck
from checkwright.registry.model.hours import Hours
from checkwright.registry.model.inventory_mappings import Always, ByClass, ByName, ByValue, Ignored
from checkwright.registry.model.inventory_sources import Ec2, JsonCommand, PuppetDb
from checkwright.registry.model.inventory_values import Attribute, Certname, Fact, Field, NameAndId, Tag, Trusted
from checkwright.registry.model.override import Maintenance, Override
from checkwright.registry.model.pools import Pool
from checkwright.registry.model.role import Role
from checkwright.registry.model.routes import Handler, Routes
from checkwright.registry.model.sensu_agents import SensuAgents
from checkwright.registry.model.service_group import ServiceGroup
from checkwright.registry.model.settings import at_least
from checkwright.registry.model.site import Site
from checkwright.registry.model.team import Escalation, Team
from checkwright.registry.model.watches import Plugin, Watch, label

__all__ = [
    "Account",
    "Always",
    "Attribute",
    "BusinessService",
    "ByClass",
    "ByName",
    "ByValue",
    "Capacity",
    "Certname",
    "Channel",
    "Contact",
    "Downtime",
    "Ec2",
    "Environment",
    "Escalation",
    "Fact",
    "Field",
    "Handler",
    "Hook",
    "Host",
    "HostCheck",
    "Hours",
    "Ignored",
    "JsonCommand",
    "Mail",
    "Maintenance",
    "NameAndId",
    "Opsgenie",
    "Override",
    "PagerDuty",
    "Part",
    "Plugin",
    "Pool",
    "PuppetDb",
    "RegistryError",
    "Role",
    "Routes",
    "SensuAgents",
    "ServiceGroup",
    "Site",
    "Slack",
    "Sms",
    "Tag",
    "Team",
    "Trusted",
    "Watch",
    "Webhook",
    "at_least",
    "label",
]
