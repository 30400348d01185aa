"""`checkctl sensu build|validate|asset`: an environment's resources for Sensu Go, and what its agents run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import cast

import click

import sensu
from checks.ctl import console, sensu_core1, sensu_diff
from checks.ctl.reading import read_text
from checks.ctl.session import CannotDo, Session, pass_session
from checks.ctl.write import write_file, write_folder
from checks.registry.findings import Finding, Refused
from sensu.dump import Format


@click.group("sensu")
def command() -> None:
    """Resources for Sensu Go, and definitions for Sensu Core 1.x."""


command.add_command(sensu_core1.command)
command.add_command(sensu_diff.command)


@command.command("build")
@click.argument("environment")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file for sensuctl create -f.")
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), help="Else as the file's name ends, or JSON.")
@click.option("--agents", type=click.Path(path_type=Path), help="A folder for each machine's part of agent.yml.")
@click.option(
    "--asset", "asset_file", type=click.Path(path_type=Path), help="Run the checks out of the Asset in this file."
)
@pass_session
def build(
    session: Session, environment: str, out: Path, form: str | None, agents: Path | None, asset_file: Path | None
) -> None:
    """Compile ENVIRONMENT into resources, validate them, and write the file whole or not at all."""
    form = form or ("yaml" if out.suffix in (".yaml", ".yml") else "json")
    used = _asset_in(asset_file) if asset_file else None
    with console.working(f"compiling {environment}"):
        plan, warnings = session.plan(environment)
        found = tuple(sensu.check(plan, used))
        _refuse_errors(found)
        resources = sensu.render(plan, used)
        text = sensu.dump(resources, cast(Format, form))
        judged = sensu.validate(text, out.name)
    _refuse_errors(judged)
    console.findings((*warnings, *found, *judged))
    changed = write_file(out, text)
    console.note(f"{out}: {len(resources)} resources, {'written' if changed else 'unchanged'}")
    if agents is not None:
        console.note(f"{agents}: {write_folder(agents, sensu.agent_files(plan))}")


@command.command("validate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
def validate(files: tuple[Path, ...]) -> int:
    """Judge files for sensuctl create, ours and anybody's; they may refer to each other."""
    texts = {str(file): read_text(file) for file in files}
    found = sensu.validate_files(texts)
    console.findings(found)
    console.note(f"{len(files)} files, {len(found)} findings")
    return 1 if any(finding.severity == "error" for finding in found) else 0


def _matching(pattern: str, wanted: str) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """An option's callback that refuses what does not match."""

    def check(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
        if value is not None and re.fullmatch(pattern, value) is None:
            raise click.BadParameter(f"{value!r} is not {wanted}.")
        return value

    return check


@command.command("asset")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder for the archive and its Asset.")
@click.option(
    "--url-prefix",
    required=True,
    metavar="URL",
    help="Where agents will find what is in that folder.",
    callback=_matching(r"https?://[^\s{}]+", "an address that begins with https:// or http://"),
)
@click.option(
    "--name",
    help="The Asset's name. Else checkwright, or PROJECT-checks.",
    callback=_matching(r"[A-Za-z0-9_.:-]+(/[A-Za-z0-9_.:-]+)*", "a name of letters, digits and _ . - : /"),
)
@click.option(
    "--version",
    help="The version in the archive's name. Else the library's.",
    callback=_matching(r"[A-Za-z0-9.+-]+", "a version such as 1.4.0"),
)
@click.option("--namespace", default="", help="The Asset's namespace. Else sensuctl's.")
@click.option("--with", "packages", multiple=True, metavar="PACKAGE", help="An installed package that own checks use.")
@click.option("--filter", "filters", multiple=True, metavar="EXPRESSION", help="What an entity must be, besides.")
@click.option("--platform", "asked", metavar="OS_ARCH_PYTHON", help="Refuse to build for another one.")
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), default="json", show_default=True)
@pass_session
def asset(
    session: Session,
    out: Path,
    url_prefix: str,
    name: str | None,
    version: str | None,
    namespace: str,
    packages: tuple[str, ...],
    filters: tuple[str, ...],
    asked: str | None,
    form: str,
) -> None:
    """Build the checks, this project's too, and all that they import into an archive for Sensu's agents.

    It holds compiled packages of this environment, so it is for machines with this processor and this
    Python's version: build on each platform into the same folder, and the Asset lists them all.
    """
    from checks.ctl.asset import build as assets
    from checks.ctl.asset import contents, document, platforms

    project = session.project_if_any
    if project is not None and not contents.has_checks(project):
        console.note(f"{project} has no checks of its own in plugins/: the asset holds the library's.")
        project = None
    platform = platforms.here()
    if asked is not None and asked != str(platform):
        raise CannotDo(f"This environment makes assets for {platform}: run checkctl in one of {asked}.")
    library = metadata.version(assets.LIBRARY)
    name = name or (f"{project.name}-checks" if project else assets.LIBRARY)
    stem = f"{name.replace('/', '-')}_{version or library}"
    archive, described = out / f"{stem}_{platform}.tar.gz", out / f"{name.replace('/', '-')}.{form}"
    with console.working("collecting, compiling and packing"):
        data = assets.asset(platform, library, project, packages)
    digest = hashlib.sha512(data).hexdigest()
    url = f"{url_prefix.rstrip('/')}/{archive.name}"
    build = sensu.AssetBuild(url=url, sha512=digest, filters=(*platform.filters, *filters))
    resource = document.joined(name, namespace, stem, build, read_text(described) if described.exists() else "")
    write_file(archive, data)
    write_file(archive.with_name(f"{archive.name}.sha512"), f"{digest}  {archive.name}\n")
    write_file(described, sensu.dump([resource], cast(Format, form)))
    console.note(f"{archive}: {len(data) / 1e6:.1f} MB, for {platform}")
    console.note(f"{described}: the Asset {name}, builds: {len(resource.builds)}")


def _asset_in(file: Path) -> sensu.Asset:
    from checks.ctl.asset import document

    found = document.read(read_text(file))
    if found is None:
        raise CannotDo(f"{file} does not hold one Asset and nothing else: checkctl sensu asset makes such a file.")
    return found


def _refuse_errors(found: tuple[Finding, ...]) -> None:
    if any(finding.severity == "error" for finding in found):
        raise Refused(found)
