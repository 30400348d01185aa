"""Routes from an OpenAPI document (versions 2 and 3), in YAML or JSON."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from checkwright.cli.input_file import read_text
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.latency.url_routes import Routes

_METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")


def openapi_routes(file: Path) -> list[str]:
    """Return the routes of a document as lines `METHOD /path`, in its order. Raises CannotDo.

    The path of the first server (version 3), or basePath (version 2), comes before each path.
    """
    try:
        document = yaml.load(read_text(file), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CannotDo(f"{file} is neither YAML nor JSON: {' '.join(str(error).split())}.") from None
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise CannotDo(f"{file} is no OpenAPI document: it has no paths.")
    prefix = _prefix(document)
    lines = []
    for path, operations in document["paths"].items():
        if not isinstance(operations, dict) or not str(path).startswith("/"):
            continue
        whole = re.sub(r"\s+", "", f"{prefix}{path}")
        lines += [f"{method.upper()} {whole}" for method in operations if str(method).lower() in _METHODS]
    try:
        Routes(lines)
    except BadUsage as error:
        raise CannotDo(f"{file}: {error}.") from None
    return lines


def _prefix(document: dict[str, object]) -> str:
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    url = first.get("url") if isinstance(first, dict) else document.get("basePath")
    return urlsplit(str(url)).path.rstrip("/") if isinstance(url, str) else ""
