"""Nagios files from an inventory by coshsh: `config_coshsh.py HOSTS.csv groups|hosts OUT`.

Writes a cookbook, two CSV files, a class and a template of an application, and runs coshsh-cook, which makes one
object for each service of each host, in a file for each application.
"""

import csv
import os
import subprocess
import sys
from pathlib import Path

#: Folder of the data source and the recipient in its wheel.
RECIPES = Path(sys.prefix) / "recipes/default"
CLASS = """\
import coshsh
from coshsh.application import Application
from coshsh.templaterule import TemplateRule


def __mi_ident__(params={}):
    if coshsh.util.compare_attr("type", params, "estate"):
        return Estate


class Estate(Application):
    template_rules = [TemplateRule(needsattr=None, template="estate")]
"""
SERVICE = """\
{{{{ application|service("disk-{number}") }}}}
  host_name       {{{{ application.host_name }}}}
  use             generic-service
  check_command   disk!{warn}!{{{{ application.crit }}}}!/{number}
}}
"""
HOST = """\
{{ host|host }}
  use          generic-host
  address      {{ host.address }}
  hostgroups   {{ host.group }}
  _PORT        {{ host.port }}
}
"""
COOKBOOK = """\
[datasource_estate]
name = estate
type = csv
dir = {folder}

[recipe_estate]
datasources = estate
objects_dir = {out}
classes_dir = {folder}/classes,{recipes}/classes
templates_dir = {folder}/templates,{recipes}/templates
log_dir = {folder}/log
pid_dir = {folder}
git_init = no
"""


def main() -> None:
    """Write the input of coshsh, and run it."""
    inventory, style, out = sys.argv[1:]
    folder = Path(f"{out}.coshsh")
    for name in ("classes", "templates", "log"):
        (folder / name).mkdir(parents=True)
    Path(out).mkdir(parents=True)
    (folder / "classes/app_estate.py").write_text(CLASS, encoding="utf-8")
    services = "\n".join(SERVICE.format(number=number, warn=60 + number) for number in range(20))
    (folder / "templates/estate.tpl").write_text(services, encoding="utf-8")
    (folder / "templates/host.tpl").write_text(HOST, encoding="utf-8")
    (folder / "cookbook.cfg").write_text(COOKBOOK.format(folder=folder, out=out, recipes=RECIPES), encoding="utf-8")
    with (
        open(inventory, encoding="utf-8", newline="") as stream,
        open(folder / "estate_hosts.csv", "w", encoding="utf-8", newline="") as hosts,
        open(folder / "estate_applications.csv", "w", encoding="utf-8", newline="") as applications,
    ):
        of_hosts, of_applications = csv.writer(hosts), csv.writer(applications)
        of_hosts.writerow(("host_name", "address", "group", "port"))
        of_applications.writerow(("name", "type", "host_name", "crit"))
        for host in csv.DictReader(stream):
            of_hosts.writerow((host["name"], host["address"], host["roles"], host["label.port"]))
            crit = "95" if style == "groups" else host["label.crit"]
            of_applications.writerow(("estate", "estate", host["name"], crit))
    cook = os.path.join(os.path.dirname(sys.executable), "coshsh-cook")
    command = [sys.executable, cook, "--cookbook", str(folder / "cookbook.cfg"), "--recipe", "estate"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"coshsh-cook ended with {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}")


if __name__ == "__main__":
    main()
