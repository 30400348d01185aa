"""Assembly of an asset: collect, compile, pack."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, metadata
from pathlib import Path

from checkwright.asset import archive, contents, distributions, launcher, platforms, wheels
from checkwright.asset.platforms import Platform, Python
from checkwright.core.errors import CannotDo

LIBRARY = "checkwright"

_Files = dict[str, Path | str]


def asset(platform: Platform, version: str, project: Path | None, packages: Iterable[str]) -> bytes:
    """Return the archive: the library, the project's checks, `packages`, and everything that these need.

    A family's packages are in it where the project uses the family; without a project, name them in `packages`, such
    as `checkwright[aws]`. `version` is the library's, for `check --version`. Raises CannotDo with one sentence for what
    cannot be packed.
    """
    packages = (*packages, *(extras_for(contents.families_of(project)) if project is not None else ()))
    with tempfile.TemporaryDirectory(prefix="checkwright-asset-") as name:
        folder, fetched = Path(name, "asset"), Path(name, "fetched")
        archive.stage(folder, _files(platform, version, project, packages, fetched))
        archive.compile_below(folder / "lib")
        if project is not None:
            _refuse_what_does_not_compile(folder / "lib" / project.name, project)
        return archive.pack(folder)


def extras_for(families: Iterable[str]) -> list[str]:
    """Return the distributions of those families that have an extra of their name: `checkwright[aws]`."""
    offered = metadata(LIBRARY).get_all("Provides-Extra") or ()
    return [f"{LIBRARY}[{family}]" for family in sorted(families) if family in offered]


def _files(
    platform: Platform, version: str, project: Path | None, packages: tuple[str, ...], fetched: Path
) -> Mapping[str, Path | str]:
    note = f"Metadata-Version: 2.1\nName: {LIBRARY}\nVersion: {version}\n"
    files: _Files = {
        "bin/check": launcher.script((python.abi for python in platform.pythons), project.name if project else ""),
        f"lib/{launcher.START}": launcher.start(),
        f"lib/{LIBRARY}-{version}.dist-info/METADATA": note,
    }
    files |= {f"lib/{path}": file for path, file in contents.of_library()}
    for python in platform.pythons:
        for one in _distributions(platform, python, packages, fetched / python.tag):
            _add(files, one, python)
    own = {f"lib/{path}": file for path, file in contents.of_project(project)} if project else {}
    if project and any(path.split("/")[1] == project.name for path in files):
        raise CannotDo(f"The project {project} has the name of a package that the asset needs: rename the folder.")
    return files | own


def _distributions(
    platform: Platform, python: Python, packages: tuple[str, ...], folder: Path
) -> Iterable[Distribution]:
    """Return the distributions that the asset needs on one Python: installed here, or fetched for another platform."""
    own = platforms.here()
    if (platform.arch, python) == (own.arch, own.pythons[0]):
        return distributions.resolve(packages, LIBRARY).values()
    environment = distributions.environment_of(platforms.MACHINES[platform.arch][0], str(python))
    needed = distributions.resolve(packages, LIBRARY, environment).values()
    others = [one for one in needed if not wheels.fits(one, platform, python)]
    return [one for one in needed if one not in others] + wheels.fetch(others, platform, python, folder)


def _add(files: _Files, found: Distribution, python: Python) -> None:
    """Add the files of a distribution. Files of several Pythons with one path must be equal."""
    for path, file in contents.of_distribution(found):
        there = files.setdefault(f"lib/{path}", file)
        is_note = path.partition("/")[0].endswith(".dist-info")
        if there != file and not is_note and isinstance(there, Path) and there.read_bytes() != file.read_bytes():
            raise CannotDo(
                f"The wheels of {found.metadata['Name']} for Python {python} and an older one differ in {path}: "
                "build an asset for each, and tell their machines apart with --filter."
            )


def _refuse_what_does_not_compile(compiled: Path, project: Path) -> None:
    for file in sorted(compiled.rglob("*.py")):
        if not list(file.parent.glob(f"__pycache__/{file.stem}.*.pyc")):
            raise CannotDo(
                f"{project / file.relative_to(compiled)} is not valid Python: run checkctl lint for the line."
            )
