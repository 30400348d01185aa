"""Program that writes the plans of a project to a folder, for a parent process that holds another state of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

from checkwright.core.errors import BadUsage, CannotDo
from checkwright.core.regular_file import odd_files
from checkwright.registry.findings import FindingsError
from checkwright.registry.loader import load
from checkwright.registry.model.base import RegistryError
from checkwright.registry.plan_json import dumps
from checkwright.registry.planning import plan_of


def write_plans(project: Path, folder: Path, environments: list[str]) -> None:
    """Write NAME.json for each environment, by default for all. Raises the errors of `load` and `plan_of`."""
    for path, reason in odd_files(str(project), (".py", ".pyc")):
        raise CannotDo(f"cannot read {path}: {reason}")
    if not (project / "fleet").is_dir():
        raise CannotDo(f"{project} is not a project: it has no folder fleet/")
    registry = load(str(project))
    for name in environments or [one.name for one in registry.environments]:
        (folder / f"{name}.json").write_text(dumps(plan_of(registry, name).plan), encoding="utf-8")


def main() -> NoReturn:
    """Write the plans of PROJECT to FOLDER for the environments that follow; errors go to standard error."""
    project, folder, *environments = sys.argv[1:]
    try:
        write_plans(Path(project), Path(folder), environments)
    except FindingsError as refused:
        sys.exit("\n".join(str(one) for one in refused.findings if one.severity == "error"))
    except (RegistryError, BadUsage, CannotDo, OSError) as error:
        sys.exit(str(error))
    sys.exit(0)
