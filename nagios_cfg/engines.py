"""Nagios and Naemon: their programs, accounts, paths and units.

Naemon reads the same object files. It differs in these names, in a few settings of its main configuration, and in
refusing to run as root, even with -v.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

_SBIN = ("/usr/sbin", "/usr/local/sbin", "/usr/local/nagios/bin")


@dataclass(frozen=True, slots=True)
class Engine:
    """Names of one engine, as its packages have them.

    `programs` are tried in this order. `reload` is a command line. `module` is mod_gearman's broker module, and
    `package` its name. `unknown` are settings of a build that the engine does not know: it warns of them.
    """

    name: str
    programs: tuple[str, ...]
    account: str
    main: str
    reload: str
    module: str
    package: str
    unknown: Collection[str] = ()


#: Debian's nagios4, or a Nagios Core of its own.
NAGIOS = Engine(
    "Nagios",
    ("nagios4", "nagios"),
    account="nagios",
    main="/etc/nagios4/nagios.cfg",
    reload="systemctl reload nagios4",
    module="/usr/lib64/nagios-mod-gearman/nagios-mod-gearman.o",
    package="nagios-mod-gearman",
)
#: Naemon 1.5, as its own packages install it.
NAEMON = Engine(
    "Naemon",
    ("naemon",),
    account="naemon",
    main="/etc/naemon/naemon.cfg",
    reload="systemctl reload naemon",
    module="/usr/lib64/mod_gearman/mod_gearman_naemon.o",
    package="mod_gearman",
    unknown=("enable_environment_macros",),
)
#: By the name in `Site(engine=...)`.
ENGINES = {"nagios": NAGIOS, "naemon": NAEMON}
#: Units of all engines: systemd starts a worker before them. It ignores those that are not installed.
UNITS = "nagios4.service nagios.service naemon.service"


def find_program(engine: Engine) -> str | None:
    """Return the path of an engine's program on this machine, None if it is not installed."""
    path = os.pathsep.join((os.environ.get("PATH", ""), *_SBIN))
    return next((found for name in engine.programs if (found := shutil.which(name, path=path))), None)


def installed_engine() -> Engine:
    """Return the engine of this machine: Naemon if it alone is installed, else Nagios."""
    return NAEMON if find_program(NAGIOS) is None and find_program(NAEMON) else NAGIOS


def main_file_in(folder: Path) -> Path | None:
    """Return the main configuration in a folder such as /etc/naemon, None if there is none."""
    files = (folder / os.path.basename(engine.main) for engine in ENGINES.values())
    return next((file for file in files if file.is_file()), None)


def engine_of_path(path: str | Path) -> Engine:
    """Return the engine that a path belongs to, such as /etc/naemon/naemon.cfg or /var/lib/naemon/naemon.qh."""
    return NAEMON if any(part.partition(".")[0] == "naemon" for part in Path(path).parts) else NAGIOS
