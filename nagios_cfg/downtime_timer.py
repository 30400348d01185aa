"""Downtimes that recur: the file that the timer on the Nagios server reads, and the timer's two units.

The file is among the object files, which Nagios reads by their ending .cfg only. So one deployment, and one rollback,
changes both, and the main configuration leads to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from posixpath import dirname

from checkwright.registry.plan import Downtime, Plan
from nagios_cfg.engines import ENGINES, UNITS, Engine
from nagios_cfg.folders import DOWNTIMES, NAGIOS
from nagios_cfg.worker_unit import quoted

#: File next to the object files.
FILE = "downtimes.json"
VERSION = 1
UNIT = "checkwright-downtime"
_SERVICE = """\
{heading}[Unit]
Description=Downtimes that recur and acknowledgements that end, in Nagios
After={after}

[Service]
Type=oneshot
ExecStart={start}
User={user}
Group={user}
StateDirectory=checkwright-downtime
StateDirectoryMode=0755
TimeoutStartSec=120
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateNetwork=yes
LockPersonality=yes
"""
_TIMER = """\
{heading}[Unit]
Description=Each minute: downtimes that recur and acknowledgements that end, in Nagios

[Timer]
OnCalendar=*-*-* *:*:00
AccuracySec=1s

[Install]
WantedBy=timers.target
"""


def files(plan: Plan, heading: tuple[str, ...]) -> dict[str, str]:
    """Return {path: text} of a plan with downtimes, {} without."""
    if not plan.downtimes:
        return {}
    engine = ENGINES[plan.site.engine]
    program = f"{dirname(plan.site.check)}/checkwright-downtime"
    return {f"{NAGIOS}/{FILE}": _schedule(plan)} | {
        f"{DOWNTIMES}/{name}": text for name, text in units(program, engine, heading).items()
    }


def units(program: str, engine: Engine, heading: tuple[str, ...], main: str = "") -> dict[str, str]:
    """Return the texts of the service and of its timer by their names. main: "" for the engine's own."""
    comment = "".join(f"# {line}\n" for line in (*heading, "Copy it to /etc/systemd/system."))
    start = " ".join(map(quoted, (program, "--main", main or engine.main)))
    return {
        f"{UNIT}.service": _SERVICE.format(heading=comment, after=UNITS, start=start, user=engine.account),
        f"{UNIT}.timer": _TIMER.format(heading=comment),
    }


def readme(plan: Plan) -> str:
    """Return the section of README.txt, "" without downtimes."""
    if not plan.downtimes:
        return ""
    return f"""
downtimes/ Timer for downtimes that recur, for the Nagios machine. It reads nagios/{FILE}, which
          Nagios ignores. Copy both units to /etc/systemd/system, then
            systemctl enable --now {UNIT}.timer
"""


def _schedule(plan: Plan) -> str:
    data = {
        "version": VERSION,
        "environment": plan.environment,
        "time_zone": plan.time_zone,
        "downtimes": [
            {
                "when": one.when,
                "length": one.length,
                "why": one.why,
                "hosts": list(one.hosts),
                "services": sorted(map(list, _services(plan, one))),
            }
            for one in plan.downtimes
        ],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _services(plan: Plan, downtime: Downtime) -> Iterator[tuple[str, str]]:
    """Yield (host, service) of the covered entries, except on hosts that are covered as a whole."""
    entries = {(entry.id, entry.variant): entry for entry in plan.entries}
    whole = frozenset(downtime.hosts)
    for covered in downtime.entries:
        entry = entries[covered.entry, covered.variant]
        for host in covered.hosts or entry.hosts:
            if host not in whole:
                yield host, entry.name
