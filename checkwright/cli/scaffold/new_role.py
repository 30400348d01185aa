"""Roles to copy: fleet modules with sensible watches for one technology, in `templates/role/`."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path

from checkwright.core.errors import CannotDo

_TEMPLATES = Path(__file__).with_name("templates") / "role"


class FleetTeam:
    """Team that a module of a fleet assigns. name: its name in the fleet. module, variable: the place."""

    __slots__ = ("module", "name", "variable")

    def __init__(self, name: str, module: str, variable: str) -> None:
        self.name = name
        self.module = module
        self.variable = variable


def role_names() -> list[str]:
    """Return the names of all roles, such as `rabbitmq`."""
    return sorted(path.stem for path in _TEMPLATES.glob("*.txt"))


def role_file(name: str) -> str:
    """Return the fleet module of a role, for `fleet/NAME.py` of a project. Raises KeyError for another name."""
    if name not in role_names():
        raise KeyError(name)
    return (_TEMPLATES / f"{name}.txt").read_text(encoding="utf-8")


def owned_role_file(name: str, project: str, teams: Sequence[FleetTeam], owner: str = "") -> str:
    """Return the fleet module of a role whose owner is a team of the project, where there is one.

    project: the project's package. owner: the name of a team. By default it is the only team of the fleet, or the one
    that has the name of the template's own team; otherwise the template's team stays. Raises CannotDo for a team that
    is not there.
    """
    text = role_file(name)
    (own,) = _teams_in(text, name)
    names = [team.name for team in teams]
    if owner and owner not in names:
        raise CannotDo(f"The fleet has no team {owner!r}, only {', '.join(names) or 'none'}.")
    chosen = owner or (names[0] if len(names) == 1 else own.name)
    team = next((one for one in teams if one.name == chosen), None)
    if team is None:
        return text
    taken = team.variable in _variables(text) - {own.variable}
    used, alias = ("owner", " as owner") if taken else (team.variable, "")
    line = f"from {project}.fleet.{team.module} import {team.variable}{alias}"
    text = re.sub(rf"^{own.variable} = Team\(.*\)$", line, text, flags=re.MULTILINE)
    return text.replace("import Role, Team, Watch", "import Role, Watch").replace(
        f"owner={own.variable},", f"owner={used},"
    )


def teams_of(fleet: Path) -> list[FleetTeam]:
    """Return the teams that the modules of a fleet assign, in order. No module is imported."""
    found = []
    for file in sorted(fleet.glob("*.py")):
        try:
            found += _teams_in(file.read_text(encoding="utf-8"), file.stem)
        except (OSError, SyntaxError, ValueError):
            continue  # the project's lint reports it
    return found


def _teams_in(text: str, module: str) -> list[FleetTeam]:
    found = []
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            call = statement.value
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Team" and call.args:
                first = call.args[0]
                if isinstance(first, ast.Constant):
                    found.append(FleetTeam(str(first.value), module, statement.targets[0].id))
    return found


def _variables(text: str) -> set[str]:
    targets = [one.targets[0] for one in ast.parse(text).body if isinstance(one, ast.Assign)]
    return {target.id for target in targets if isinstance(target, ast.Name)}
