"""Nagios files from an inventory by plain Jinja2 templates: `config_jinja2.py HOSTS.csv groups|hosts OUT`.

It checks nothing: a name that Nagios refuses, a duplicate host or a missing contact is written unchanged.
"""

import csv
import sys
from pathlib import Path

from jinja2 import Environment

HOSTS = """\
{% for host in hosts %}
define host {
    use          generic-host
    host_name    {{ host.name }}
    address      {{ host.address }}
    hostgroups   {{ host.roles }}
    _PORT        {{ host["label.port"] }}
}
{% endfor %}
"""
GROUPED = """\
{% for role in roles %}{% for number in numbers %}
define service {
    use                  generic-service
    hostgroup_name       {{ role }}
    service_description  disk-{{ number }}
    check_command        disk!{{ 60 + number }}!95!/{{ number }}
}
{% endfor %}{% endfor %}
"""
EACH = """\
{% for host in hosts %}{% for number in numbers %}
define service {
    use                  generic-service
    host_name            {{ host.name }}
    service_description  disk-{{ number }}
    check_command        disk!{{ 60 + number }}!{{ host["label.crit"] }}!/{{ number }}
}
{% endfor %}{% endfor %}
"""


def main() -> None:
    """Read, render, write."""
    inventory, style, out = sys.argv[1:]
    with open(inventory, encoding="utf-8", newline="") as stream:
        hosts = list(csv.DictReader(stream))
    known = {"hosts": hosts, "roles": sorted({host["roles"] for host in hosts}), "numbers": range(20)}
    templates = Environment(autoescape=False, trim_blocks=True)
    folder = Path(out)
    folder.mkdir(parents=True)
    for name, text in (("hosts.cfg", HOSTS), ("services.cfg", GROUPED if style == "groups" else EACH)):
        with open(folder / name, "w", encoding="utf-8") as file:
            file.writelines(templates.from_string(text).generate(known))


if __name__ == "__main__":
    main()
