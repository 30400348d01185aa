"""Projects with many hosts for measurements: ten roles with twenty watches each."""

from pathlib import Path
from typing import Literal

ROLES = 10
WATCHES = 20
#: "groups": hosts of a role are equal. "hosts": each host has an override of its own, deliberately bad.
Style = Literal["groups", "hosts"]
#: Each host's own critical threshold, in the style "hosts".
_CRITS = (90, 99)


def write_project(
    folder: Path, hosts: int, style: Style = "groups", *, central: bool = True, watched: bool = True
) -> Path:
    """Write a project with that many hosts below `folder`; each host has one of the roles. Return its folder.

    central: the monitoring server runs everything; otherwise NRPE does, and needs a file for each host, since a
    quarter of the watches use a label. watched: name who watches the monitoring, as a rule advises; older revisions
    refuse that argument.
    """
    project = folder / "estate"
    (project / "fleet").mkdir(parents=True)
    (project / "__init__.py").write_text("", encoding="utf-8")
    (project / "fleet/everything.py").write_text(_fleet_module(hosts, style, central, watched), encoding="utf-8")
    lines = ["name,address,roles,label.port,label.crit"]
    for number in range(hosts):
        address = f"127.{number // 65536}.{number // 256 % 256}.{number % 256}"
        lines.append(f"host-{number},{address},role-{number % ROLES},{8000 + number % 1000},{_crit(number)}")
    (project / "hosts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return project


def _crit(host: int) -> int:
    return _CRITS[0] + host % (_CRITS[1] - _CRITS[0])


def _fleet_module(hosts: int, style: Style, central: bool, watched: bool) -> str:
    site = 'watched_by="the benchmark"' if watched else ""
    where = ', where="central"' if central else ""
    parts = [
        '"""Made for a measurement."""',
        "from checkwright.registry.model import Environment, Override, Role, Site, Team, Watch",
        "from checks.system.disk import Disk",
        'team = Team("team", email="team@example.com", page="pager")',
    ]
    for role in range(ROLES):
        watches = "\n".join(_watch(number, where) for number in range(WATCHES))
        parts.append(
            f'role_{role} = Role(\n    "role-{role}",\n    owner=team,\n    runbook="https://runbooks.example.com/",\n'
            f"    watches=(\n{watches}\n    ),\n)"
        )
    if style == "hosts":
        overrides = [
            f'        Override(Disk.space.at(crit={_crit(number)}), host="host-{number}", why="measured on this host"),'
            for number in range(hosts)
        ]
    else:
        overrides = ['        Override(Disk.space.at(crit=97), role=role_7, host="host-*7", why="sevens are larger"),']
    changed = "\n".join(overrides)
    parts.append(
        f'production = Environment(\n    "production",\n    site=Site({site}),\n    inventory="hosts.csv",\n'
        f"    overrides=(\n{changed}\n    ),\n)"
    )
    return "\n\n".join(parts) + "\n"


def _watch(number: int, where: str) -> str:
    """Return a watch; every fourth one differs on each host."""
    path = "/{label.port}" if number % 4 == 0 else f"/{number}"
    return f'        Watch(Disk(paths=("{path}",)), Disk.space.at(warn={60 + number}), name="disk-{number}"{where}),'
