"""Plan to Nagios: object files for the server and command files for NRPE.

`check(plan)` says what Nagios could not be told, `render(plan)` returns {relative path: text},
`check_and_render(plan)` both in half the time, and `verify(files, ...)` asks the real Nagios, or the
same rules in Python, about rendered files.
"""

from nagios_cfg.deployment.verify import Verified, verify
from nagios_cfg.notifications import Programs
from nagios_cfg.render import check, check_and_render, render

__all__ = ["Programs", "Verified", "check", "check_and_render", "render", "verify"]
