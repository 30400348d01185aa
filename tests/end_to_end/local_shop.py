"""A copy of the example project with the environment `here`: this machine plays all hosts.

Teams, roles, watches and checks are the shop's. Labels and overrides declare the differences, as in any
environment.
"""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.installed_tools import SHOP, run_program
from tests.end_to_end.shop_services import CREDENTIALS, TOKEN, ShopServices
from tests.support.installed import installed_bin
from tests.support.nagios import own, place

ENVIRONMENT = '''\
"""This machine in the role of all the shop's machines."""

from checkwright import Secret
from checkwright.registry.model import Environment, Host, Override, Site
from checks.latency.api_latency import ApiLatency
from checks.system.cpu import Cpu
from checks.system.disk import Disk
from checks.system.file_age import FileAge
from checks.system.load import Load
from checks.system.memory import Memory
from checks.system.processes import Processes
from checks.system.swap import Swap
from shop.fleet import fulfilment, payments, platform, storefront
from shop.plugins.checkout import Checkout

here = Environment(
    "here",
    site=Site(check={check!r}, transport={transport!r}, nrpe_port={nrpe_port}, project={project!r}{site}),
    hosts=(
        Host("web-here", "127.0.0.1", roles=(platform.linux, storefront.web), labels={{"http": {http}, "ssh": {ssh}}}),
        Host("api-here", "127.0.0.1", roles=(storefront.api,), labels={{"http": {http}}}),
        Host("pay-here", "127.0.0.1", roles=(payments.api,), labels={{"port": {https}}}),
        Host("db-here", "127.0.0.1", roles=(platform.database,), labels={{"postgres": {database}}}),
        Host("jobs-here", "127.0.0.1", roles=(fulfilment.queue,), labels={{"jobs": {http}}}),
        Host("mon-here", "127.0.0.1", roles=(platform.monitoring,)),
    ),
    overrides=(
        Override(notify="nobody", env={state}, why="a test notifies nobody, and keeps its memory in a scratch folder"),
        Override(options=Disk(paths=("/",)), why="this machine may have one filesystem only"),
        Override(
            Cpu.busy.at(warn="~:", crit="~:"),
            Cpu.iowait.at(warn="~:", crit="~:"),
            Cpu.steal.at(warn="~:", crit="~:"),
            Load.load5.at(warn="~:", crit="~:"),
            Disk.space.at(warn="~:", crit="~:"),
            Memory.used.at(warn="~:", crit="~:"),
            Swap.used.at(warn="~:", crit="~:"),
            Processes.zombies.at(warn="~:", crit="~:"),
            why="other work on this machine must not change a state during a test",
        ),
        Override(
            options=Checkout(url="https://{{address}}:{{label.port}}/health", token=Secret(file={token!r})),
            env={trust},
            why="the token and the certificate are those of the local services",
        ),
        Override(watch="sqs_backlog", env={aws}, why="AWS is a local server"),
        Override(watch="order_queue", env={aws}, why="AWS is a local server"),
        Override(options=FileAge(files=({puppet!r},)), watch="puppet", why="Puppet does not run here"),
        Override(options=Processes(names=({process!r},)), watch="nagios", why="other tests start and stop Nagios"),
        Override(
            options=ApiLatency(log={access_log!r}), env={latency}, why="the log and the routes are in a scratch folder"
        ),
        Override(watch="gearman", off=True, why="no gearmand runs here"),
        Override(watch="api_slo", off=True, why="there are no counts of days"),
        Override(watch="invoices", env={job_runs}, why="jobs record their runs in a scratch folder"),
        Override(watch="backup", env={job_runs}, why="jobs record their runs in a scratch folder"),
{more}    ),
)
'''

#: Replacements that make the workers of a pool run the checks of `here`, except those of its databases.
POOLED = (
    ("import Environment, Host, Override, Site", "import Environment, Host, Override, Pool, Site"),
    ('Host("web-here", "127.0.0.1",', 'Host("web-here", "127.0.0.1", pool="near",'),
    ('Host("db-here", "127.0.0.1",', 'Host("db-here", "127.0.0.1", pool="near",'),
    (
        "    overrides=(\n",
        "    pools=(Pool('near', servers=({server!r},), workers=('here',), key_file={key!r}),),\n"
        "    overrides=(\n"
        "        Override(where='near', why='a pool that can do all'),\n"
        "        Override(where='central', role=platform.database, watch='tcp_port', why='Nagios looks for itself'),\n"
        "        Override(where='host', role=platform.database, watch='backup', why='as it was declared'),\n"
        "        Override(options=Gearman(server=({server!r},), queue=('near.here',)), where='central', why='kept'),\n",
    ),
    ('        Override(watch="gearman", off=True, why="no gearmand runs here"),\n', ""),
    (
        "from checkwright.registry.model import",
        "from checks.gearman.gearman import Gearman\nfrom checkwright.registry.model import",
    ),
)

#: Jobs whose runs the shop watches. Here each has just run.
JOBS = ("database-backup", "invoices")


@dataclass(frozen=True)
class LocalShop:
    """Copy of the example project. `folder` also holds Puppet's report and the token."""

    folder: Path
    project: Path
    puppet: Path


def make_local_shop(
    folder: Path,
    shop: ShopServices,
    *,
    transport: str = "local",
    nrpe_port: int = 5666,
    gearmand: tuple[str, str] | None = None,
    programs: Path | None = None,
    overrides: tuple[str, ...] = (),
) -> LocalShop:
    """Copy the example project into a folder that user nagios can read, with `here` as its only environment.

    gearmand: its address and the file of the key; most checks then run in the pool `near` behind it.
    programs: folder of `mail` and `page`, which send notifications. overrides: the last overrides of `here`.
    """
    project = folder / "shop"
    shutil.copytree(SHOP, project, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    token = place(folder / "token", TOKEN + "\n", mode=0o640)
    authority = place(folder / "authority.pem", shop.authority)
    puppet = place(folder / "last_run_summary.yaml", "version:\n")
    state = folder / "state"
    state.mkdir(mode=0o700)
    own(token)
    own(state)
    remembered = {"CHECKS_STATE_DIR": str(state)}
    profile = "".join(f"{name.lower()} = {value}\n" for name, value in CREDENTIALS.items())
    credentials = place(folder / "credentials", f"[default]\n{profile}", mode=0o640)
    own(credentials)
    where = {"AWS_SHARED_CREDENTIALS_FILE": str(credentials)}
    aws = {**remembered, **where, "AWS_ENDPOINT_URL": shop.aws, "AWS_EC2_METADATA_DISABLED": "true"}
    access_log = place(folder / "access.log", "")
    job_runs = {**remembered, "CHECKS_JOB_RUNS_DIR": str(folder / "job-runs")}
    for job in JOBS:
        run_program(["check", "heartbeat", "--run", "--job", job, "--", "true"], **job_runs)
    text = ENVIRONMENT.format(
        check=str(installed_bin() / "check"),
        transport=transport,
        nrpe_port=nrpe_port,
        project=str(project),
        site=f", mail={str(programs / 'mail')!r}, page={str(programs / 'page')!r}" if programs else "",
        more="".join(f"        {override},\n" for override in overrides),
        http=f'"{shop.http.number}"',
        https=f'"{shop.https.number}"',
        ssh=f'"{shop.ssh.number}"',
        database=f'"{shop.database.number}"',
        token=str(token),
        trust={**remembered, "SSL_CERT_FILE": str(authority)},
        puppet=str(puppet),
        process=Path("/proc/self/comm").read_text().strip(),
        job_runs=job_runs,
        access_log=str(access_log),
        latency={**remembered, "CHECKS_FILES_DIR": str(project)},
        state=remembered,
        aws=aws,
    )
    server, key = gearmand or ("", "")
    for old, new in POOLED if gearmand else ():
        assert text.count(old) == 1, old
        text = text.replace(old, new.format(server=server, key=key))
    place(project / "fleet" / "environments.py", text)
    return LocalShop(folder, project, puppet)


def age(path: Path, seconds: float) -> None:
    """Set the age of a file."""
    then = time.time() - seconds
    os.utime(path, (then, then))
