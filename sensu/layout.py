"""Layout of a folder with one file for each resource type, for `sensuctl create -r -f FOLDER`."""

from __future__ import annotations

from collections.abc import Iterable

from sensu.dump import Format, dump
from sensu.resources import Resource

#: sensuctl reads a folder's files in the order of their names, and a namespace must exist before its resources.
_FILES = {
    "Namespace": "00-namespaces",
    "Asset": "10-assets",
    "Handler": "20-handlers",
    "EventFilter": "30-filters",
    "Mutator": "40-mutators",
    "Pipeline": "50-pipelines",
    "HookConfig": "60-hooks",
    "Entity": "70-entities",
    "CheckConfig": "80-checks",
}
#: Folder of the files. sensuctl reads every file in it, so it must contain nothing else.
FOLDER = "resources"


def layout(resources: Iterable[Resource], format: Format) -> dict[str, str]:
    """Return {path: text} with paths such as `resources/80-checks.json`, one file for each type in the given order."""
    kinds: dict[str, list[Resource]] = {}
    for resource in resources:
        kinds.setdefault(resource.kind, []).append(resource)
    return {
        f"{FOLDER}/{_FILES[kind]}.{format}": dump(kinds[kind], format) for kind in sorted(kinds, key=_FILES.__getitem__)
    }
