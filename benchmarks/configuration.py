"""Nagios files from an inventory by checkwright, Jinja2, pynag and coshsh in one run, with `nagios4 -v` on each.

Each is a separate process. pynag (GPL) and coshsh (AGPL) run as programs: they are installed from PyPI into a
separate environment, and no module of this project imports them.
"""

import math
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import PEERS, has, made
from benchmarks.estate import WATCHES, Style, write_project
from benchmarks.processes import Cost, cost
from benchmarks.table import table
from nagios_cfg.deployment.verify import find_nagios

SIZES = (1_000, 3_000, 10_000)
STYLES: tuple[tuple[Style, str], ...] = (
    ("groups", "Services on hostgroups"),
    ("hosts", "Every host its own override: one object for each service of each host"),
)
ROOT = Path(__file__).parents[1]
#: Packages that the peers' scripts import, by name of the script.
NEEDED = {"jinja2": "jinja2", "pynag": "pynag", "coshsh": "coshsh"}
OURS = "checkwright"
#: Objects that the peers' objects refer to, so that Nagios can verify them.
COMMON = """\
define command {
    command_name  disk
    command_line  /opt/checkwright/bin/check disk --warning $ARG1$ --critical $ARG2$ --path $ARG3$
}
define timeperiod {
    timeperiod_name  always
    alias            always
    monday           00:00-24:00
}
define contact {
    contact_name                   team
    host_notification_commands     disk
    service_notification_commands  disk
    host_notification_period       always
    service_notification_period    always
}
define host {
    name                 generic-host
    register             0
    check_command        disk
    max_check_attempts   3
    check_period         always
    notification_period  always
    contacts             team
}
define service {
    name                 generic-service
    register             0
    max_check_attempts   3
    check_interval       1
    retry_interval       1
    check_period         always
    notification_period  always
    contacts             team
}
"""


@dataclass(frozen=True)
class Built:
    """Cost of one program for one size, its output, and Nagios's cost to verify it (None without Nagios)."""

    spent: Cost
    files: int
    bytes: int
    nagios: Cost | None


def configuration(sizes: tuple[int, ...] = SIZES, environment: Path | None = None) -> str:
    """Return the tables of both styles. environment: an environment with the peers; by default a new one."""
    with tempfile.TemporaryDirectory(dir=_in_memory()) as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)  # Nagios, started by root, changes to its own user before it reads
        peers = _peers(environment or made(folder / "peers", NEEDED))
        return "\n\n".join(
            _table(title, sizes, {hosts: _all(folder, hosts, style, peers) for hosts in sizes})
            for style, title in STYLES
        )


def _all(folder: Path, hosts: int, style: Style, peers: Mapping[str, Path]) -> dict[str, Built]:
    """Build the same inventory with every program, by its name in the table."""
    work = folder / f"{style}-{hosts}"
    work.mkdir()
    project = write_project(work, hosts, style)
    ours = [sys.executable, "-c", "from checkwright.cli.main import main; main()", "--project", str(project)]
    ours += ["nagios", "build", "production", "--without-nagios", "--out", str(work / OURS)]
    found = {
        OURS: _built(ours, work / OURS, work / OURS / "nagios", None),
        f"{OURS}, once more": _built([*ours[:-1], str(work / "again")], work / "again", work / "again/nagios", None),
    }
    for name, python in peers.items():
        out = work / name
        command = [str(python), str(PEERS / f"config_{name}.py"), str(project / "hosts.csv"), style, str(out)]
        found[name] = _built(command, out, out, hosts)
    return found


def _built(command: list[str], out: Path, objects: Path, roles_for: int | None) -> Built:
    spent = cost(command, ROOT)
    written = [path for path in out.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in written)
    if roles_for is not None:
        (objects / "common.cfg").write_text(COMMON + _hostgroups(), encoding="utf-8")
    return Built(spent, len(written), size, nagios_verifies(objects))


def _hostgroups() -> str:
    return "".join(
        f"define hostgroup {{\n    hostgroup_name  role-{role}\n    alias  role-{role}\n}}\n" for role in range(10)
    )


def nagios_verifies(objects: Path) -> Cost | None:
    """Return the seconds of `nagios4 -v` for a folder of object files. Raises RuntimeError when it refuses them."""
    daemon = find_nagios()
    if daemon is None:
        return None
    with tempfile.TemporaryDirectory(prefix="nagios-", dir=objects.parent) as scratch:
        for path in (scratch, os.path.join(scratch, "results")):
            os.makedirs(path, exist_ok=True)
            os.chmod(path, 0o777)
        settings = {
            "cfg_dir": objects,
            "log_file": f"{scratch}/nagios.log",
            "object_cache_file": f"{scratch}/objects.cache",
            "status_file": f"{scratch}/status.dat",
            "state_retention_file": f"{scratch}/retention.dat",
            "command_file": f"{scratch}/nagios.cmd",
            "lock_file": f"{scratch}/nagios.lock",
            "query_socket": f"{scratch}/nagios.qh",
            "temp_file": f"{scratch}/nagios.tmp",
            "temp_path": scratch,
            "check_result_path": f"{scratch}/results",
        }
        main = Path(scratch) / "nagios.cfg"
        main.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
        return cost([daemon, "-v", str(main)], ROOT)


def _table(title: str, sizes: tuple[int, ...], found: Mapping[int, Mapping[str, Built]]) -> str:
    largest = sizes[-1]
    heading = ["user CPU seconds", *(f"{hosts:,} hosts" for hosts in sizes), "us a service", "exponent", "times ours"]
    heading += ["system s", "MB", "files", "MB written", "nagios4 -v", "MB"]
    mine = found[largest][OURS].spent.user
    rows = []
    for name in found[largest]:
        last = found[largest][name]
        verified = [f"{last.nagios.user + last.nagios.system:.1f}", f"{last.nagios.memory:.0f}"] if last.nagios else []
        seconds = [found[hosts][name].spent.user for hosts in sizes]
        rows.append(
            [
                name,
                *(f"{value:.2f}" for value in seconds),
                f"{seconds[-1] / (largest * WATCHES) * 1e6:.1f}",
                growth(sizes, seconds),
                f"{last.spent.user / mine:.2f}",
                f"{last.spent.system:.2f}",
                f"{last.spent.memory:.0f}",
                f"{last.files:,}",
                f"{last.bytes / 1e6:.1f}",
                *(verified or ["none", ""]),
            ]
        )
    return table(f"{title}; all that follows the seconds is of {largest:,} hosts", heading, rows)


def growth(sizes: tuple[int, ...], seconds: list[float]) -> str:
    """Return the exponent of growth from the smallest to the largest size, or "" for times too short to measure."""
    if len(sizes) < 2 or min(seconds) < 0.02:
        return ""
    return f"{math.log(seconds[-1] / seconds[0]) / math.log(sizes[-1] / sizes[0]):.2f}"


def _peers(environment: Path) -> dict[str, Path]:
    """Return the interpreter for each peer in the environment; name missing peers on stderr."""
    return {name: environment / "bin/python" for name, module in NEEDED.items() if has(environment, module)}


def _in_memory() -> str | None:
    """Return a folder in memory, so that the benchmark compares programs and not disks, or None."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
