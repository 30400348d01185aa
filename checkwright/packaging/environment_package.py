"""Files of a built environment on its machines, and the part of them that each machine uses.

    /usr/share/checkwright/PROJECT/ENVIRONMENT/nrpe/...      what `checkctl nagios build` makes for machines
    /usr/share/checkwright/PROJECT/ENVIRONMENT/sudoers/...
    /opt/checkwright/projects/PROJECT/...                    the project's checks, where Site(project=...) expects them

One package serves all machines of an environment. Puppet, or another program that configures
machines, links its files to the places where NRPE and sudo read them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from checkwright.asset.contents import has_checks, of_project
from checkwright.core.errors import CannotDo
from checkwright.core.regular_file import read_regular
from checkwright.packaging.deb_archive import DebControl
from checkwright.registry.plan import Host, Plan
from nagios_cfg.folders import NRPE, SUDOERS
from sensu.agent_files import subscriptions
from sensu.names import agent_hosts, serving

#: Folder of all builds on a machine.
_BUILDS = "/usr/share/checkwright"
_LIBRARY = "/opt/checkwright/"
#: First key of a machine's file: the parameter `machine` of the Puppet class `checkwright`.
_KEY = "checkwright::machine"
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+~-]*")
_LARGEST = 100_000_000


def package_name(plan: Plan) -> str:
    """Return the name of the environment's package, such as `checkwright-shop-staging`."""
    return _debian(f"checkwright-{plan.project}-{plan.environment}")


def build_place(plan: Plan) -> str:
    """Return the folder of the build on a machine."""
    return f"{_BUILDS}/{plan.project}/{plan.environment}"


def control_of(plan: Plan, version: str) -> DebControl:
    """Return the fields of the environment's package. Raises CannotDo for a version that Debian refuses."""
    if not _VERSION.fullmatch(version):
        raise CannotDo(
            f"The version {version!r} is not one of Debian: begin with a digit, and use letters, digits and .+~-"
        )
    # The project's checks lie in one place, so a machine has one environment of it.
    shared = _debian(f"checkwright-{plan.project}")
    return DebControl(
        name=package_name(plan),
        version=version,
        description=f"checks and commands of {plan.project}, environment {plan.environment}\n"
        f"Command files for NRPE and sudo below {build_place(plan)},\nand the project's own checks.",
        depends="checkwright" if plan.site.check.startswith(_LIBRARY) else "",
        conflicts=shared,
        provides=shared,
    )


def package_files(plan: Plan, built: Mapping[str, str], project: Path) -> dict[str, bytes]:
    """Return the content of each file of the package, by its absolute path.

    built: the files of `checkctl nagios build`. Raises CannotDo for a file of the project that cannot be read.
    """
    place = build_place(plan)
    files = {
        f"{place}/{path}": text.encode() for path, text in built.items() if path.startswith((f"{NRPE}/", f"{SUDOERS}/"))
    }
    if has_checks(project):
        parent = plan.site.project.rpartition("/")[0]
        for path, source in of_project(project):
            try:
                files[f"{parent}/{path}"] = read_regular(source, _LARGEST)
            except OSError as error:
                raise CannotDo(f"Cannot pack {source}: {error.strerror}.") from None
    return files


def package_modes(plan: Plan, files: Iterable[str]) -> dict[str, int]:
    """Return the modes of those files that are not 0644: `visudo -c` demands 0440 of sudo's files."""
    return {path: 0o440 for path in files if path.startswith(f"{build_place(plan)}/{SUDOERS}/")}


def machine_files(plan: Plan, built: Mapping[str, str], version: str) -> dict[str, str]:
    """Return the text of `machines/HOST.json` for each machine that runs checks itself, by its path.

    Hiera reads such a file as data of Puppet's class `checkwright`:

        {"checkwright::machine": {
          "name": "pay-1", "package": "checkwright-shop-production", "version": "0.20261129",
          "build": "/usr/share/checkwright/shop/production",
          "nrpe": ["checkwright.cfg", "hosts/pay-1.cfg", "roles/linux.cfg"],     relative to BUILD/nrpe
          "sudoers": ["roles/checkwright-role-linux"],                           relative to BUILD/sudoers
          "secrets": ["/etc/checks/checkout"],                                   files that its checks read
          "subscriptions": ["linux", "payments-api"]                             of its Sensu agent
        }}
    """
    with_agent = agent_hosts(plan)
    serves = serving(plan)
    files = {}
    for host in plan.hosts:
        if host.virtual or host.name not in with_agent:
            continue
        machine: dict[str, Any] = {
            "name": host.name,
            "package": package_name(plan),
            "version": version,
            "build": build_place(plan),
            "nrpe": _own(built, NRPE, host),
            "sudoers": _own(built, SUDOERS, host),
            "secrets": _secrets(plan, host),
            "subscriptions": subscriptions(plan, host.name, host.roles, serves),
        }
        files[f"machines/{host.name}.json"] = json.dumps({_KEY: machine}, indent=2, ensure_ascii=False) + "\n"
    return files


def _own(built: Mapping[str, str], folder: str, host: Host) -> list[str]:
    """Return the files of a folder of the build that a host uses, relative to that folder."""
    found = []
    for path in built:
        top, _, below = path.partition("/")
        kind, _, name = below.rpartition("/")
        owner = name.removesuffix(".cfg").removeprefix(f"checkwright-{kind.removesuffix('s')}-")
        # The names of sudo's files have a + for each dot.
        if folder == SUDOERS:
            owner = owner.replace("+", ".")
        if top == folder and (not kind or (kind == "roles" and owner in host.roles) or owner == host.name):
            found.append(below)
    # The file with NRPE's timeout alone configures nothing.
    return sorted(found) if any("/" in path for path in found) else []


def _secrets(plan: Plan, host: Host) -> list[str]:
    entries = (entry for entry in plan.entries if entry.where == "host" and host.name in entry.hosts)
    return sorted({secret.where for entry in entries for secret in entry.secrets if secret.kind == "file"})


def _debian(name: str) -> str:
    """Return a name as that of a Debian package: lower-case letters, digits and - + ."""
    return re.sub(r"[^a-z0-9.+-]", "-", name.lower())
