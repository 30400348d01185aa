"""Sensu Go resources from a plan, and a validator for anybody's.

`check(plan)` says what stands in the way, `render(plan)` gives resources, `build(plan)` both, `dump` writes them as
JSON or YAML, `verify` reads that back, `agent_files` gives the parts of agent.yml, `validate` judges anybody's text,
`parse` makes a model of a document. Nothing here touches a file or the network.
"""

from sensu.agent_allow_list import PLACE, allow_lists
from sensu.agent_files import agent_files
from sensu.dump import dump
from sensu.fields import SPECS
from sensu.handlers import EventFilter, Handler, HookConfig, Mutator, Pipeline, Socket, Workflow
from sensu.layout import layout
from sensu.names import EXPECTED, agent_hosts
from sensu.parse import parse
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

#: The types of resources that `validate` knows.
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
    "parse",
    "provided",
    "render",
    "validate",
    "validate_files",
    "verify",
]
