"""Plan to Nagios: object files for the server, files for NRPE, sudo and pools.

`check(plan)` returns what Nagios cannot express, `render(plan)` returns {relative path: text},
`check_and_render(plan)` returns both in half the time. `verify(files, ...)` runs the real Nagios, or the same rules
in Python, on rendered files.

The top level is the way from a plan to files. `rules/` holds the rules for plans, `comparison/` compares
configurations, `deployment/` brings built files to a running Nagios, `reader/` reads any configuration of Nagios.
"""

from nagios_cfg.deployment.verify import Verified, verify
from nagios_cfg.notifications import Programs
from nagios_cfg.render import check, check_and_render, render

__all__ = ["Programs", "Verified", "check", "check_and_render", "render", "verify"]
