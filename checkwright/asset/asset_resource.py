"""Asset resource with the addresses of an asset, one build for each platform."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checkwright.core.errors import CannotDo
from sensu import Asset, AssetBuild, Invalid, sensuctl_files, validate


def joined(name: str, namespace: str, stem: str, made: Iterable[AssetBuild], earlier: str) -> Asset:
    """Return the resource with the builds `made`, and with builds of the same name and version from the `earlier` text.

    `stem` is the prefix of this version's archives. Raises CannotDo when Sensu would refuse the resource or
    could not distinguish two builds.
    """
    builds = {build.url: build for build in made}
    for other in _builds(name, earlier):
        if other.url.rpartition("/")[2].startswith(f"{stem}_"):
            builds.setdefault(other.url, other)
    by_filters: dict[tuple[str, ...], str] = {}
    for build in builds.values():
        other_url = by_filters.setdefault(tuple(build.filters), build.url)
        if other_url != build.url:
            raise CannotDo(
                f"{build.url} is for the same entities as {other_url}, and Sensu would take the first for all: "
                "distinguish them with --filter, or use a folder for each."
            )
    try:
        return Asset(name=name, namespace=namespace, builds=tuple(builds[url] for url in sorted(builds)))
    except Invalid as error:
        raise CannotDo(f"{error}.") from None


def _builds(name: str, text: str) -> tuple[AssetBuild, ...]:
    """Return the builds of the Asset in a file. Raises CannotDo when the file holds anything else."""
    if not text:
        return ()
    found = read(text)
    if found is None or found.name != name:
        raise CannotDo(f"The file for the Asset {name} holds something else: move it elsewhere.")
    return found.builds


def read(text: str) -> Asset | None:
    """Return the Asset in a file that `joined` wrote, or None."""
    documents: list[Any] = [getattr(document, "data", None) for document in sensuctl_files.read(text)]
    if len(documents) != 1 or any(finding.severity == "error" for finding in validate(text, "asset")):
        return None
    document = documents[0]
    if document["type"] != "Asset" or not document["spec"].get("builds"):
        return None
    return Asset(
        name=document["metadata"]["name"],
        builds=tuple(
            AssetBuild(url=one["url"], sha512=one["sha512"], filters=tuple(one.get("filters") or ()))
            for one in document["spec"]["builds"]
        ),
    )
