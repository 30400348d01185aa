"""Generator of Sensu Go resources from a plan, and validator of resource files.

`check(plan)` returns what Sensu cannot express, `render(plan)` the resources, `build(plan)` both. `dump` writes
resources as JSON or YAML, and `verify` compares that text with the resources. `agent_files` returns parts of
agent.yml, `validate` checks any file for `sensuctl create`, and `parse` makes a model of a document. Nothing here
reads or writes files, or uses the network.
"""

from sensu.agent_allow_list import PLACE, allow_lists
from sensu.agent_files import agent_files
from sensu.dump import dump
from sensu.fields import SPECS
from sensu.handlers import EventFilter, Handler, HookConfig, Mutator, Pipeline, Socket, Workflow
from sensu.layout import layout
from sensu.names import EXPECTED, agent_hosts, with_central
from sensu.parse import parse
from sensu.plan_rules import missing_routes
from sensu.render import build, check, render
from sensu.resources import (
    Asset,
    AssetBuild,
    CheckConfig,
    CheckHook,
    Entity,
    Invalid,
    MetricLimits,
    MetricTag,
    MetricThreshold,
    Namespace,
    ProxyRequests,
    Reference,
    Resource,
    SecretReference,
    Subdue,
)
from sensu.routing import provided
from sensu.validate import validate, validate_files, verify

#: Types of resources that `validate` has rules for.
KINDS = frozenset(SPECS)

__all__ = [
    "EXPECTED",
    "KINDS",
    "PLACE",
    "Asset",
    "AssetBuild",
    "CheckConfig",
    "CheckHook",
    "Entity",
    "EventFilter",
    "Handler",
    "HookConfig",
    "Invalid",
    "MetricLimits",
    "MetricTag",
    "MetricThreshold",
    "Mutator",
    "Namespace",
    "Pipeline",
    "ProxyRequests",
    "Reference",
    "Resource",
    "SecretReference",
    "Socket",
    "Subdue",
    "Workflow",
    "agent_files",
    "agent_hosts",
    "allow_lists",
    "build",
    "check",
    "dump",
    "layout",
    "missing_routes",
    "parse",
    "provided",
    "render",
    "validate",
    "validate_files",
    "verify",
    "with_central",
]
