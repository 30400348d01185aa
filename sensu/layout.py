"""Resources as a folder with one file for each type, for `sensuctl create -r -f FOLDER`."""

from __future__ import annotations

from collections.abc import Iterable

from sensu.dump import Format, dump
from sensu.resources import Resource

#: sensuctl reads a folder's files by name, and a namespace must be there before what is in it.
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
#: sensuctl reads every file of a folder as resources, so that nothing else may lie there.
BELOW = "resources"


def layout(resources: Iterable[Resource], format: Format) -> dict[str, str]:
    """{path: text}: `resources/80-checks.json` and the like, each with the resources of its type in their order."""
    kinds: dict[str, list[Resource]] = {}
    for resource in resources:
        kinds.setdefault(resource.kind, []).append(resource)
    return {
        f"{BELOW}/{_FILES[kind]}.{format}": dump(kinds[kind], format) for kind in sorted(kinds, key=_FILES.__getitem__)
    }
