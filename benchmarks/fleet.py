"""A registry of many hosts, from its files to those of Nagios and Sensu. Each size runs in a separate process.

`python -m benchmarks.fleet HOSTS` measures one size here and prints it as JSON.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.configuration import growth
from benchmarks.estate import ROLES, WATCHES, write_project
from benchmarks.table import table

T = TypeVar("T")

SIZES = (1_000, 3_000, 10_000)
STEPS = ("load", "inventory", "resolve", "rules", "plan to JSON", "plan from JSON", "nagios_cfg", "sensu")


def fleet(sizes: tuple[int, ...] = SIZES) -> str:
    """Return CPU seconds of each step and the largest memory of the process, for each number of hosts."""
    found = {hosts: _in_child(hosts) for hosts in sizes}
    rows = []
    for step in STEPS:
        seconds = [found[hosts][step] for hosts in sizes]
        rows.append(
            [step, *(f"{value:.2f}" for value in seconds), growth(sizes, seconds), "2" if step == "resolve" else ""]
        )
    for step in ("nagios_cfg", "sensu"):
        services = [found[hosts][step] / (hosts * WATCHES) * 1e6 for hosts in sizes]
        rows.append([f"{step}, us a service", *(f"{value:.1f}" for value in services), "", ""])
    rows.append(["largest memory, MB", *(f"{found[hosts]['memory']:.0f}" for hosts in sizes), "", ""])
    heading = ["CPU seconds", *(f"{hosts:,} hosts" for hosts in sizes), "exponent", "at most"]
    title = f"A registry of {ROLES} roles with {WATCHES} watches each, a quarter of them with a host's label"
    return table(title, heading, rows)


def _in_child(hosts: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.fleet", str(hosts)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure(hosts: int, folder: Path) -> dict[str, float]:
    """Return CPU seconds of each step for a project with that many hosts, written to `folder`."""
    # Imported here: the cost of loading belongs to no step.
    import nagios_cfg
    import sensu
    from checkwright.registry import plan_json
    from checkwright.registry.inventory import machines
    from checkwright.registry.loader import load
    from checkwright.registry.resolving.resolve import resolve
    from checkwright.registry.rules import registry_rules
    from checkwright.registry.rules.subject import Subject

    registry_rules.environment_rules()
    spent: dict[str, float] = {}

    def timed(step: str, work: Callable[[], T]) -> T:
        start = time.process_time()
        result = work()
        spent[step] = time.process_time() - start
        return result

    project = write_project(folder, hosts, central=False)
    registry = timed("load", lambda: load(str(project)))
    environment = registry.environment("production")
    listed = timed("inventory", lambda: machines(registry, environment))
    resolved = timed("resolve", lambda: resolve(registry, environment, listed))
    found: Any = timed(
        "rules", lambda: registry_rules.findings(Subject(registry, environment, resolved, date(2026, 1, 1)))
    )
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
