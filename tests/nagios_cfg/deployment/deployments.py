"""Small object files and build folders for the tests of deploy and compare."""

from collections.abc import Mapping
from pathlib import Path

from tests.support.nagios import place

_FRAME = """\
define timeperiod {
    timeperiod_name  always
    alias            always
    monday           00:00-24:00
}

define command {
    command_name  fine
    command_line  /bin/true
}

define contact {
    contact_name                   team
    host_notification_commands     fine
    host_notification_period       always
    service_notification_commands  fine
    service_notification_period    always
}

define contactgroup {
    contactgroup_name  team
    alias              team
    members            team
}

define hostgroup {
    hostgroup_name  web
    alias           web
}

define service {
    name                 usual
    register             0
    hostgroup_name       web
    check_command        fine
    check_interval       5
    retry_interval       1
    max_check_attempts   3
    check_period         always
    notification_period  always
    contact_groups       team
}

define service {
    use                  usual
    service_description  disk
}
"""

_HOST = """
define host {{
    host_name            {name}
    address              127.0.0.1
    hostgroups           web
    check_command        fine
    check_period         always
    max_check_attempts   3
    notification_period  always
    contact_groups       team
}}
"""


def objects(*hosts: str) -> dict[str, str]:
    """Return object files of these hosts, with the service `disk` on each."""
    return {"frame.cfg": _FRAME, "hosts/all.cfg": "".join(_HOST.format(name=name) for name in hosts)}


def build_folder(folder: Path, files: Mapping[str, str], notify: Mapping[str, str] | None = None) -> Path:
    """Write object files into a folder as `checkctl nagios build` does. Return the folder.

    notify: settings of notifications by name.
    """
    paths = {f"nagios/{path}": text for path, text in files.items()} | {"main.cfg": "# settings\n"}
    paths |= {f"notify/{name}": text for name, text in (notify or {}).items()}
    for path, text in paths.items():
        place(folder / path, text)
    place(folder / ".checkwright", "Files:\n" + "".join(f"{path}\n" for path in sorted(paths)))
    return folder


def files_in(folder: Path) -> dict[str, str]:
    """Return the files below a folder, or a link to one, as {path: text}."""
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}
