"""Sensu Go resources from a plan, and a validator for anybody's.

`check(plan)` says what stands in the way, `render(plan)` gives resources, `dump` writes them as
JSON or YAML, `agent_files` gives the parts of agent.yml, `validate` judges a file's text.
Nothing here touches a file or the network.
"""

from sensu.agents import agent_files
from sensu.dump import dump
from sensu.render import check, render
from sensu.resources import (
    Asset,
    AssetBuild,
    CheckConfig,
    Entity,
    Invalid,
    Namespace,
    ProxyRequests,
    Resource,
    SecretReference,
)
from sensu.validate import validate, validate_files

__all__ = [
    "Asset",
    "AssetBuild",
    "CheckConfig",
    "Entity",
    "Invalid",
    "Namespace",
    "ProxyRequests",
    "Resource",
    "SecretReference",
    "agent_files",
    "check",
    "dump",
    "render",
    "validate",
    "validate_files",
]
