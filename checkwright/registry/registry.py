"""The registry: all declarations of a project."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, cached_property

from checkwright.core.catalog import HOME, Found, all_checks
from checkwright.registry.model import Environment, Role, Team
from checkwright.registry.model.base import RegistryError, did_you_mean
from checkwright.registry.plan import Origin


@dataclass(frozen=True)
class Registry:
    """Declarations in the fleet modules of a project, sorted by name. `folder` is the project's absolute path."""

    project: str
    folder: str
    teams: tuple[Team, ...] = ()
    roles: tuple[Role, ...] = ()
    environments: tuple[Environment, ...] = ()

    @cached_property
    def checks(self) -> tuple[Found, ...]:
        """All checks that the project can use, as `all_checks` returns them: rules about each environment need them."""
        return tuple(all_checks(self.folder))

    def environment(self, name: str) -> Environment:
        """Return the environment of this name. Raises RegistryError, with the known names, if there is none."""
        for environment in self.environments:
            if environment.name == name:
                return environment
        known = [environment.name for environment in self.environments]
        hint = f"it has {', '.join(known)}" if known else "it declares none"
        raise RegistryError(f"{self.project} has no environment {name!r}{did_you_mean(name, known)}: {hint}")

    def relative(self, origin: Origin) -> Origin:
        """Return an origin whose file is relative to the folder that holds the project, or the library."""
        file = _relative(self.folder, origin.file)
        return origin if file is origin.file else Origin(file, origin.line)


@cache
def _relative(folder: str, file: str) -> str:
    # The library may be installed below the folder that holds the project, as in a .venv of the repository.
    for parent in sorted((os.path.dirname(folder), HOME), key=len, reverse=True):
        if file.startswith(parent + os.sep):
            return file[len(parent) + 1 :]
    return file
