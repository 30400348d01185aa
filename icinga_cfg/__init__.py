"""Plan to Icinga 2: plain objects of its configuration language, and files for NRPE and sudo.

`check(plan)` returns what Icinga 2 cannot express, `render(plan)` returns {relative path: text}, `check_and_render`
returns both. `verify(files)` runs the real `icinga2 daemon -C` on rendered files.

NRPE daemons and sudo are the same for both engines, so their files, names and argv lists are those of `nagios_cfg`.
"""

from icinga_cfg.config_check import CannotVerify, verify
from icinga_cfg.render import check, check_and_render, render

__all__ = ["CannotVerify", "check", "check_and_render", "render", "verify"]
