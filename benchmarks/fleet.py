"""A registry of many hosts, from its files to Nagios's and Sensu's. Each size runs in a process of its own.

`python -m benchmarks.fleet HOSTS` measures one size here and prints it as JSON.
"""

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.table import table

T = TypeVar("T")

ROLES = 10
WATCHES = 20
SIZES = (1_000, 3_000, 10_000)
STEPS = ("load", "inventory", "resolve", "rules", "plan to JSON", "plan from JSON", "nagios_cfg", "sensu")


def fleet(sizes: tuple[int, ...] = SIZES) -> str:
    """CPU seconds of each step and the process's largest memory, for each number of hosts."""
    found = {hosts: _in_child(hosts) for hosts in sizes}
    rows = []
    for step in STEPS:
        seconds = [found[hosts][step] for hosts in sizes]
        rows.append(
            [step, *(f"{value:.2f}" for value in seconds), _growth(sizes, seconds), "2" if step == "resolve" else ""]
        )
    for step in ("nagios_cfg", "sensu"):
        services = [found[hosts][step] / (hosts * WATCHES) * 1e6 for hosts in sizes]
        rows.append([f"{step}, us a service", *(f"{value:.1f}" for value in services), "", ""])
    rows.append(["largest memory, MB", *(f"{found[hosts]['memory']:.0f}" for hosts in sizes), "", ""])
    heading = ["CPU seconds", *(f"{hosts:,} hosts" for hosts in sizes), "exponent", "at most"]
    title = f"A registry of {ROLES} roles with {WATCHES} watches each, a quarter of them with a host's label"
    return table(title, heading, rows)


def _growth(sizes: tuple[int, ...], seconds: list[float]) -> str:
    """The exponent of growth from the smallest to the largest size; too little time to measure gives none."""
    if len(sizes) < 2 or min(seconds) < 0.02:
        return ""
    return f"{math.log(seconds[-1] / seconds[0]) / math.log(sizes[-1] / sizes[0]):.2f}"


def _in_child(hosts: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.fleet", str(hosts)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def write_project(folder: Path, hosts: int) -> Path:
    """Write a project with that many hosts below `folder`; each host has one of the roles. Return its folder."""
    project = folder / "estate"
    (project / "fleet").mkdir(parents=True)
    (project / "__init__.py").write_text("", encoding="utf-8")
    (project / "fleet/everything.py").write_text(_fleet_module(), encoding="utf-8")
    lines = ["name,address,roles,label.port"]
    for number in range(hosts):
        address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
        lines.append(f"host-{number},{address},role-{number % ROLES},{8000 + number % 1000}")
    (project / "hosts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return project


def _fleet_module() -> str:
    parts = [
        '"""Made for a measurement."""',
        "from checks.registry.model import Environment, Override, Role, Site, Team, Watch",
        "from checks.system.disk import Disk",
        'team = Team("team", email="team@example.com")',
    ]
    for role in range(ROLES):
        watches = "\n".join(_watch(number) for number in range(WATCHES))
        parts.append(
            f'role_{role} = Role(\n    "role-{role}",\n    owner=team,\n    runbook="https://runbooks.example.com/",\n'
            f"    watches=(\n{watches}\n    ),\n)"
        )
    roles = "\n".join(
        f'        Override(Disk.space.at(crit=97), role=role_{role}, host="host-*7", why="sevens are larger"),'
        for role in range(ROLES)
        if role == 7
    )
    parts.append(
        'production = Environment(\n    "production",\n    site=Site(),\n    inventory="hosts.csv",\n'
        f"    overrides=(\n{roles}\n    ),\n)"
    )
    return "\n\n".join(parts) + "\n"


def _watch(number: int) -> str:
    """Every fourth watch says something else on each host, so that NRPE needs a command for each."""
    path = "/{label.port}" if number % 4 == 0 else f"/{number}"
    return f'        Watch(Disk(paths=("{path}",)), Disk.space.at(warn={60 + number}), name="disk-{number}"),'


def measure(hosts: int, folder: Path) -> dict[str, float]:
    """CPU seconds of each step for a project with that many hosts, made in `folder`."""
    # Imported here: what they cost to load belongs to no step.
    import nagios_cfg
    import sensu
    from checks.registry import plan_json, rules
    from checks.registry.inventory import machines
    from checks.registry.loader import load
    from checks.registry.resolve import resolve
    from checks.registry.subject import Subject

    spent: dict[str, float] = {}

    def timed(step: str, work: Callable[[], T]) -> T:
        start = time.process_time()
        result = work()
        spent[step] = time.process_time() - start
        return result

    project = write_project(folder, hosts)
    registry = timed("load", lambda: load(str(project)))
    environment = registry.environment("production")
    listed = timed("inventory", lambda: machines(registry, environment))
    resolved = timed("resolve", lambda: resolve(registry, environment, listed))
    found: Any = timed("rules", lambda: rules.findings(Subject(registry, environment, resolved, date(2026, 1, 1))))
    if found:
        raise RuntimeError(f"the made-up registry has faults: {found[0]}")
    text = timed("plan to JSON", lambda: plan_json.dumps(resolved.plan))
    plan = timed("plan from JSON", lambda: plan_json.loads(text))
    timed("nagios_cfg", lambda: nagios_cfg.render(plan))
    timed("sensu", lambda: sensu.dump(sensu.render(plan), "json"))
    return spent


def main() -> None:
    """Measure the size that the command line names; print JSON with the seconds, and the memory in MB."""
    import resource

    with tempfile.TemporaryDirectory() as folder:
        spent = measure(int(sys.argv[1]), Path(folder))
    spent["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(spent))


if __name__ == "__main__":
    main()
