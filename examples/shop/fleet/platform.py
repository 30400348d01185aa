"""Platform: machines, databases, and monitoring itself."""

from checks.aws.aws_access import AwsAccess
from checks.aws.rds import Rds
from checks.gearman.gearman import Gearman
from checks.heartbeat.heartbeat import Heartbeat
from checks.system.cpu import Cpu
from checks.system.disk import Disk
from checks.system.file_age import FileAge
from checks.system.load import Load
from checks.system.memory import Memory
from checks.system.processes import Processes
from checks.system.swap import Swap
from checks.systemd.systemd_unit import SystemdUnit
from checks.tcp.tcp_port import TcpPort
from checkwright.registry.model import Hook, Plugin, Role, Team, Watch, label
from shop.fleet.calendar import nightly_batch

platform = Team(
    "platform",
    email="platform@example.com",
    page="platform-pager",
    sns="arn:aws:sns:eu-west-1:123456789012:platform",
)

linux = Role(
    "linux",
    summary="Basics of every machine",
    owner=platform,
    runbook="https://runbooks.example.com/linux/",
    hooks=(
        Hook(
            "biggest",
            ("/bin/sh", "-c", "ps -eo pid,user,pmem,pcpu,args --sort=-pmem | head -n 11"),
            on=("warning", "critical"),
            watch=("cpu", "load", "memory", "swap"),
        ),
    ),
    watches=(
        Watch(Cpu(), notify="nobody"),
        Watch(Load(), notify="nobody"),
        Watch(Memory(), notify="office-hours"),
        Watch(Swap(), every="5m", notify="ticket"),
        Watch(Processes(), every="5m", notify="ticket"),
        Watch(SystemdUnit(failed=True), every="5m", notify="office-hours"),
        Watch(
            FileAge(files=("/opt/puppetlabs/puppet/public/last_run_summary.yaml",)),
            FileAge.age.at(warn="1h", crit="6h"),
            name="puppet",
            every="10m",
            notify="office-hours",
        ),
        Plugin(
            "/usr/lib/nagios/plugins/check_ssh",
            "-p",
            "{label.ssh}",
            "{address}",
            name="ssh",
            summary="SSH answers",
            every="5m",
            where="central",
            notify="ticket",
        ),
    ),
)

database = Role(
    "database",
    summary="PostgreSQL: a primary and its replica",
    owner=platform,
    runbook="https://runbooks.example.com/database/",
    watches=(
        Watch(Disk(paths=("/", "/var/lib/postgresql")), Disk.space.at("/var/lib/*", warn=70, crit=80)),
        Watch(TcpPort(host="{address}", port=label("postgres", int)), where="central"),
        Watch(
            Heartbeat(job="database-backup"),
            Heartbeat.age.at(warn="26h", crit="50h"),
            name="backup",
            every="15m",
            quiet=(nightly_batch,),
        ),
    ),
)

monitoring = Role(
    "monitoring",
    summary="Nagios and gearmand",
    owner=platform,
    runbook="https://runbooks.example.com/monitoring/",
    watches=(
        Watch(Disk(paths=("/",)), Disk.inodes.at(warn=70, crit=80)),
        Watch(Processes(names=("nagios4",)), Processes.count.at(crit="1:"), name="nagios"),
        Watch(
            Gearman(server=("{address}",), queue=("aws.{environment}", "check_results")),
            Gearman.workers.at(crit="1:"),
            where="central",
        ),
    ),
)

cloud = Role(
    "cloud",
    summary="Accounts of AWS, and the databases in them",
    owner=platform,
    runbook="https://runbooks.example.com/cloud/",
    watches=(
        Watch(AwsAccess(), per="account"),
        Watch(Rds(instance=("shop",)), per="role", every="5m"),
    ),
)
