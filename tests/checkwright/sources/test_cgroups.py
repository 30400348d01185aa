"""Limits of control groups, versions 1 and 2, in planted files."""

from pathlib import Path

import pytest

from checks.system.source import System

GIB = 1024**3
MEMINFO = "MemTotal:       16777216 kB\nMemFree: 100 kB\nMemAvailable:   12582912 kB\n"


def plant(root: Path, files: dict[str, str]) -> System:
    """Return a machine with 16 GiB, 12 of them available, and with these files below its root."""
    for path, text in {"proc/meminfo": MEMINFO, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return System(str(root))


VERSION_2 = {
    "proc/self/cgroup": "0::/shop.slice/api.service\n",
    "sys/fs/cgroup/shop.slice/memory.max": f"{4 * GIB}\n",
    "sys/fs/cgroup/shop.slice/memory.current": f"{3 * GIB}\n",
    "sys/fs/cgroup/shop.slice/memory.stat": f"anon 5\ninactive_file {GIB}\n",
    "sys/fs/cgroup/shop.slice/cpu.max": "150000 100000\n",
    "sys/fs/cgroup/shop.slice/api.service/memory.max": "max\n",
    "sys/fs/cgroup/shop.slice/api.service/memory.current": f"{GIB}\n",
    "sys/fs/cgroup/shop.slice/api.service/cpu.max": "max 100000\n",
}
VERSION_1 = {
    "proc/self/cgroup": "7:memory:/outside/of/this/container\n3:cpu,cpuacct:/\n0::/\n",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{2 * GIB}\n",
    "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB}\n",
    "sys/fs/cgroup/memory/memory.stat": f"total_inactive_file {GIB // 2}\n",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
}
NO_LIMIT = {
    "proc/self/cgroup": "7:memory:/\n3:cpu:/\n",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB}\n",
    "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 0\n",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
}
MACHINES = {
    "version 2, held by the group above": (VERSION_2, 4 * GIB, 2 * GIB, 1.5),
    "version 1, seen from inside": (VERSION_1, 2 * GIB, 3 * GIB // 2, 0.5),
    "no limit": (NO_LIMIT, 16 * GIB, 12 * GIB, None),
    "no control groups": ({}, 16 * GIB, 12 * GIB, None),
    "a broken table": (
        {**VERSION_2, "sys/fs/cgroup/shop.slice/cpu.max": "", "sys/fs/cgroup/shop.slice/memory.max": "?"},
        16 * GIB,
        12 * GIB,
        None,
    ),
}


@pytest.mark.parametrize(("files", "total", "available", "cpus"), MACHINES.values(), ids=MACHINES)
def test_limits_of_a_container(
    tmp_path: Path,
    files: dict[str, str],
    total: int,
    available: int,
    cpus: float | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2, 3})
    system = plant(tmp_path, files)
    memory = system.memory(cgroup=True)
    assert (memory.total, memory.available) == (total, available)
    assert (system.memory().total, system.memory().available) == (16 * GIB, 12 * GIB)
    assert system.cpus() == (4 if cpus is None else cpus)


def test_affinity_below_the_quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {3})
    assert plant(tmp_path, VERSION_2).cpus() == 1
