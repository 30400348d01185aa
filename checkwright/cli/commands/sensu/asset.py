"""`checkctl sensu asset`: build archives of the checks for Sensu's agents, and the Asset that lists them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import cast

import click

import sensu
from checkwright.cli import console
from checkwright.cli.atomic_write import write_file
from checkwright.cli.input_file import read_text
from checkwright.cli.workspace import Workspace, pass_workspace
from sensu.dump import Format


def _matching(pattern: str, description: str) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """Return a callback that refuses values of an option that do not match."""

    def check(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
        if value is not None and re.fullmatch(pattern, value) is None:
            raise click.BadParameter(f"{value!r} is not {description}.")
        return value

    return check


@click.command("asset")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder for archives and their Asset.")
@click.option(
    "--url-prefix",
    required=True,
    metavar="URL",
    help="The address of that folder for agents.",
    callback=_matching(r"https?://[^\s{}]+", "an address that begins with https:// or http://"),
)
@click.option(
    "--platform",
    "names",
    multiple=True,
    metavar="OS/ARCH",
    help="Platform, such as linux/arm64, as entities name it. Repeatable. Default: this machine's.",
)
@click.option(
    "--python",
    "versions",
    multiple=True,
    metavar="VERSION",
    help="Python version of the agents, such as 3.12. Repeatable. Default: this Python's.",
)
@click.option(
    "--name",
    help="The Asset's name. Default: checkwright, or PROJECT-checks.",
    callback=_matching(r"[A-Za-z0-9_.:-]+(/[A-Za-z0-9_.:-]+)*", "a name of letters, digits and _ . - : /"),
)
@click.option(
    "--version",
    help="The version in the archive's name. Default: the library's.",
    callback=_matching(r"[A-Za-z0-9.+-]+", "a version such as 1.4.0"),
)
@click.option("--namespace", default="", help="The Asset's namespace. Default: sensuctl's.")
@click.option(
    "--with",
    "packages",
    multiple=True,
    metavar="PACKAGE",
    help="An installed package that the project's checks use. Repeatable.",
)
@click.option("--filter", "filters", multiple=True, metavar="EXPRESSION", help="An additional filter for entities.")
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), default="json", show_default=True)
@pass_workspace
def command(
    workspace: Workspace,
    out: Path,
    url_prefix: str,
    names: tuple[str, ...],
    versions: tuple[str, ...],
    name: str | None,
    version: str | None,
    namespace: str,
    packages: tuple[str, ...],
    filters: tuple[str, ...],
    form: str,
) -> None:
    """Build archives for Sensu's agents with the checks, the project's checks, and everything that they import.

    Compiled packages are for one processor and one version of Python. The archive gets those of this environment;
    pip fetches the same versions for other platforms and Pythons.
    """
    from checkwright.asset import assemble as assets
    from checkwright.asset import asset_resource, contents, platforms

    project = workspace.optional_project
    if project is not None and not contents.has_checks(project):
        console.note(f"{project} has no checks of its own in plugins/: the asset holds the library's.")
        project = None
    library = metadata.version(assets.LIBRARY)
    name = name or (f"{project.name}-checks" if project else assets.LIBRARY)
    stem = f"{name.replace('/', '-')}_{version or library}"
    described = out / f"{name.replace('/', '-')}.{form}"
    archives: dict[Path, bytes] = {}
    builds = []
    for platform in platforms.selected(names, versions):
        with console.status(f"collecting, compiling and packing for {platform}"):
            data = assets.asset(platform, library, project, packages)
        archive = out / f"{stem}_{platform}.tar.gz"
        archives[archive] = data
        url = f"{url_prefix.rstrip('/')}/{archive.name}"
        digest = hashlib.sha512(data).hexdigest()
        builds.append(sensu.AssetBuild(url=url, sha512=digest, filters=(*platform.filters, *filters)))
    resource = asset_resource.joined(name, namespace, stem, builds, read_text(described) if described.exists() else "")
    for (archive, data), build in zip(archives.items(), builds, strict=True):
        write_file(archive, data)
        write_file(archive.with_name(f"{archive.name}.sha512"), f"{build.sha512}  {archive.name}\n")
        console.note(f"{archive}: {len(data) / 1e6:.1f} MB")
    write_file(described, sensu.dump([resource], cast(Format, form)))
    console.note(f"{described}: the Asset {name}, builds: {len(resource.builds)}")
