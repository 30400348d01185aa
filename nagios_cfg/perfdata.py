"""Performance data: Nagios appends a line for each result to a file, and hands the file over every few seconds.

Nagios closes the file before the command below renames it, so no line is lost or half written, and text of plugins
never reaches a command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from checkwright.registry.plan import Plan
from nagios_cfg.engines import ENGINES, NAEMON, UNITS
from nagios_cfg.names import Names
from nagios_cfg.objects import Definition
from nagios_cfg.worker_unit import quoted

#: Folder of the files, and where the sender keeps what is not delivered yet.
FOLDER = "/var/lib/checkwright-perfdata"
_SPOOL = f"{FOLDER}/spool"
_FILE = "service-perfdata"
#: Seconds between two files.
_EVERY = 10
_COMMAND = "hand-over-perfdata"
_UNIT_NAME = "checkwright-perfdata.service"
#: Page for Prometheus.
_PAGE = "127.0.0.1:9108"
_TEMPLATE = ("$LASTSERVICECHECK$", "$HOSTNAME$", "$SERVICEDESC$", "$SERVICESTATEID$", "$SERVICEEXECUTIONTIME$")
#: PNP4Nagios takes the last field of a name, so the data come first: a plugin cannot replace a field by a tab.
_PNP = (
    "SERVICEPERFDATA::$SERVICEPERFDATA$",
    "DATATYPE::SERVICEPERFDATA",
    "TIMET::$TIMET$",
    "HOSTNAME::$HOSTNAME$",
    "SERVICEDESC::$SERVICEDESC$",
    "SERVICECHECKCOMMAND::$SERVICECHECKCOMMAND$",
    "HOSTSTATE::$HOSTSTATE$",
    "HOSTSTATETYPE::$HOSTSTATETYPE$",
    "SERVICESTATE::$SERVICESTATE$",
    "SERVICESTATETYPE::$SERVICESTATETYPE$",
)
_UNIT = """\
{heading}[Unit]
Description=Sender of Nagios's performance data
# Its folder must exist before Nagios opens the file in it.
Before={before}
After=network.target

[Service]
ExecStart={start}
ExecReload=/bin/kill -HUP $MAINPID
User={user}
Group={user}
StateDirectory=checkwright-perfdata checkwright-perfdata/spool checkwright-perfdata/store
StateDirectoryMode=0750
Restart=always
RestartSec=5
TimeoutStopSec=60
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
LockPersonality=yes

[Install]
WantedBy=multi-user.target
"""


def commands(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield the command that renames the file, for a site with a place for performance data."""
    if plan.site.perfdata:
        source, target = _paths(plan)
        # mv -n: a file of the same second stays and goes with the next one. $TIMET$ is a number that Nagios fills in.
        line = f"/bin/mv -n {source} {target}.$TIMET$"
        yield Definition("command", {"command_name": names.internal(_COMMAND), "command_line": line})


def main_settings(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield (reason, lines) for the main configuration."""
    if not plan.site.perfdata:
        return
    source, _ = _paths(plan)
    template = r"\t".join(_PNP if _kind(plan) == "pnp" else (*_TEMPLATE, "$SERVICEPERFDATA$"))
    lines = (
        "process_performance_data=1",
        f"service_perfdata_file={source}",
        f"service_perfdata_file_template={template}",
        "service_perfdata_file_mode=a",
        f"service_perfdata_file_processing_interval={_EVERY}",
        f"service_perfdata_file_processing_command={Names(plan.environment).internal(_COMMAND)}",
    )
    yield "Performance data of all services. The folder must exist and belong to the user of Nagios.", "\n".join(lines)


def files(plan: Plan, heading: tuple[str, ...]) -> dict[str, str]:
    """Return {path: text}: the systemd unit of the sender. NPCD of PNP4Nagios needs none."""
    argv = sender_argv(plan)
    if not argv:
        return {}
    about = f"Sender of performance data on the Nagios machine: copy to /etc/systemd/system/{_UNIT_NAME}."
    comment = "".join(f"# {line}\n" for line in (*heading, about))
    engine = ENGINES[plan.site.engine]
    user = engine.account if engine is NAEMON else plan.site.account
    start = " ".join(map(quoted, argv))
    return {_UNIT_NAME: _UNIT.format(heading=comment, start=start, user=user, before=UNITS)}


def sender_argv(plan: Plan) -> tuple[str, ...]:
    """Return the command line of the sender, () for a site that needs none."""
    kind, _, place = plan.site.perfdata.partition(":")
    if kind in ("", "pnp"):
        return ()
    if kind == "prometheus":
        place = place or _PAGE
    login = f",secret={plan.site.perfdata_login}" if plan.site.perfdata_login else ""
    words = ("--perfdata", _SPOOL, "--plan", "/etc/checkwright/plan.json", "--to", f"{kind}:{place}{login}")
    bounds = ("--store", f"{FOLDER}/store", "--keep", "1G", "--keep-for", "1d")
    return (f"{dirname(plan.site.check)}/checkwright-batch", *words, *bounds)


def readme(plan: Plan) -> str:
    """Return the section of README.txt, "" without a place for performance data."""
    if not plan.site.perfdata:
        return ""
    if _kind(plan) == "pnp":
        source, target = _paths(plan)
        return f"""
Performance data
  Nagios writes {source} and moves it into {dirname(target)}
  every {_EVERY} s, where NPCD of PNP4Nagios takes it. Both folders must be on one file system
  and belong to the user of Nagios.
"""
    return f"""
perfdata/ Sender of performance data, for the Nagios machine. Start it before Nagios, because it
          makes the folder {_SPOOL}.
            {_UNIT_NAME}   for /etc/systemd/system
            /etc/checkwright/plan.json     from "checkctl plan {plan.environment} --out FILE"
          A Nagios that includes several environments has one sender: repeat --plan for each.
          No file here holds a login. Put it into the file that the unit names.
"""


def _kind(plan: Plan) -> str:
    return plan.site.perfdata.partition(":")[0]


def _paths(plan: Plan) -> tuple[str, str]:
    """Return the file that Nagios writes, and the beginning of the name under which it is handed over."""
    kind, _, place = plan.site.perfdata.partition(":")
    folder = place.rstrip("/")
    # NPCD takes every file in its folder, so a file that is not finished is outside of it.
    source = dirname(folder) if kind == "pnp" else _SPOOL
    return f"{source}/{_FILE}", f"{folder if kind == 'pnp' else _SPOOL}/{_FILE}"
