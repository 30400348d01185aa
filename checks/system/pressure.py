"""Percentage of time that programs wait for CPU, disks or memory."""

from checks.system.source import System
from checkwright import BadUsage, Check, Metrics, gauge, option, uses


class Pressure(Check):
    """Percentage of the last minute that at least one program waited for the resource.

    This is the shortest answer to "is anything waiting, and for what?": a CPU that is 100 % busy without a waiting
    program has no pressure. "All" is the percentage of time that every program waited, so that no work was done at
    all.

    The kernel measures it (PSI, Linux 4.20 or newer). A kernel without PSI is UNKNOWN: RHEL 8 and some others need
    `psi=1` on the kernel command line. --cgroup restricts it to the programs of one service: `--cgroup
    system.slice/postgresql.service`.
    """

    thread_safe = True

    system = uses(System)

    cgroup: str = option(
        "Control group to measure instead of the machine, below /sys/fs/cgroup",
        default="",
        example="system.slice/nginx.service",
    )

    cpu = gauge("Waiting for CPU", "%", warn=40, crit=80)
    io = gauge("Waiting for disks", "%", warn=20, crit=50)
    memory = gauge("Waiting for memory", "%", warn=10, crit=30)
    cpu_all = gauge("All waiting for CPU", "%", missing="ok")
    io_all = gauge("All waiting for disks", "%", missing="ok")
    memory_all = gauge("All waiting for memory", "%", missing="ok")

    def validate(self) -> None:
        if ".." in self.cgroup.split("/"):
            raise BadUsage("--cgroup is a path below /sys/fs/cgroup, without ..")

    def probe(self) -> Metrics:
        found = self.system.pressure(self.cgroup)
        yield self.cpu(found["cpu"].some)
        yield self.io(found["io"].some)
        yield self.memory(found["memory"].some)
        yield self.cpu_all(found["cpu"].full)
        yield self.io_all(found["io"].full)
        yield self.memory_all(found["memory"].full)
