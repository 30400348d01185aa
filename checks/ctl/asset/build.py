"""Put an asset together: collect, compile, pack."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from checks.ctl.asset import archive, contents, launcher, requirements
from checks.ctl.asset.platforms import Platform
from checks.ctl.session import CannotDo

LIBRARY = "checkwright"


def asset(platform: Platform, version: str, project: Path | None, packages: Iterable[str]) -> bytes:
    """The archive's bytes: the library, the project's checks if there is one, `packages` and all that these need.

    `version` is the library's, for `check --version`. Raises CannotDo with one sentence for what cannot be packed.
    """
    files = _files(platform, version, project, packages)
    with tempfile.TemporaryDirectory(prefix="checkwright-asset-") as name:
        folder = Path(name)
        archive.stage(folder, files)
        archive.compile_below(folder / "lib")
        if project is not None:
            _refuse_what_does_not_compile(folder / "lib" / project.name, project)
        return archive.pack(folder)


def _files(platform: Platform, version: str, project: Path | None, packages: Iterable[str]) -> Mapping[str, Path | str]:
    note = f"Metadata-Version: 2.1\nName: {LIBRARY}\nVersion: {version}\n"
    files: dict[str, Path | str] = {
        "bin/check": launcher.script(platform.abi, project.name if project else ""),
        f"lib/{launcher.START}": launcher.start(),
        f"lib/{LIBRARY}-{version}.dist-info/METADATA": note,
    }
    files |= {f"lib/{path}": file for path, file in contents.of_library()}
    for distribution in requirements.resolve(packages, LIBRARY).values():
        files |= {f"lib/{path}": file for path, file in contents.of_distribution(distribution)}
    own = {f"lib/{path}": file for path, file in contents.of_project(project)} if project else {}
    if project and any(path.split("/")[1] == project.name for path in files):
        raise CannotDo(f"The project {project} has the name of a package that the asset needs: rename the folder.")
    return files | own


def _refuse_what_does_not_compile(compiled: Path, project: Path) -> None:
    for file in sorted(compiled.rglob("*.py")):
        if not list(file.parent.glob(f"__pycache__/{file.stem}.*.pyc")):
            raise CannotDo(f"{project / file.relative_to(compiled)} is no Python: checkctl lint says where.")
