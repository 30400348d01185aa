"""Nagios files from an inventory by pynag's model: `config_pynag.py HOSTS.csv groups|hosts OUT`."""

import csv
import sys
from pathlib import Path

import pynag.Model as Model  # type: ignore[import-not-found]  # only where the benchmark installed it


def main() -> None:
    """Read the inventory, and save object by object."""
    inventory, style, out = sys.argv[1:]
    folder = Path(out)
    folder.mkdir(parents=True)
    (folder / "main.txt").write_text(f"cfg_dir={folder}\n", encoding="utf-8")
    Model.cfg_file = str(folder / "main.txt")
    with open(inventory, encoding="utf-8", newline="") as stream:
        hosts = list(csv.DictReader(stream))
    for host in hosts:
        named = {"host_name": host["name"], "address": host["address"], "hostgroups": host["roles"]}
        save(Model.Host(), folder / "hosts.cfg", {"use": "generic-host", **named, "_PORT": host["label.port"]})
    if style == "groups":
        for role in sorted({host["roles"] for host in hosts}):
            services(folder / "services.cfg", {"hostgroup_name": role}, "95")
    else:
        for host in hosts:
            services(folder / "services.cfg", {"host_name": host["name"]}, host["label.crit"])


def services(file: Path, on: dict[str, str], crit: str) -> None:
    """Return the twenty services of a host or a group."""
    for number in range(20):
        command = f"disk!{60 + number}!{crit}!/{number}"
        about = {"service_description": f"disk-{number}", "check_command": command}
        save(Model.Service(), file, {"use": "generic-service", **on, **about})


def save(item: Model.ObjectDefinition, file: Path, settings: dict[str, str]) -> None:
    """Add one definition to the end of a file."""
    item.set_filename(str(file))
    for name, value in settings.items():
        item[name] = value
    item.save()


if __name__ == "__main__":
    main()
