"""Pending package updates of Debian, and the age of its package lists."""

from checks.packages.source import Apt
from checkwright import Check, Metrics, gauge, uses


class Updates(Check):
    """Updates that `apt-get dist-upgrade` would install, with security updates counted separately.

    "No updates" means nothing if the package lists are old, so the check also judges their age: that of their folder,
    because the files in it have the publisher's timestamps.

    The simulation takes two seconds of CPU time and changes nothing. Any user may run it; use `every="6h"`. `run_time`
    is its duration on this machine.

    Defaults: `security` 0/50, a WARNING for the first one, because most machines install them by themselves within a
    day; `lists` 2/7 days, because they are refreshed daily. `pending`, `held` and `run_time` have none.

    Tested on Debian 12 with APT 2.6. Other package managers are not supported.
    """

    apt = uses(Apt)

    security = gauge("Security updates", warn=0, crit=50, min=0)
    lists = gauge("Age of the package lists", "s", warn=172_800, crit=604_800)
    pending = gauge("Updates", min=0)
    held = gauge("Packages on hold", min=0)
    run_time = gauge("Simulation time", "s")

    def probe(self) -> Metrics:
        found = self.apt.updates()
        yield self.security(len(found.security))
        yield self.lists(found.lists)
        yield self.pending(len(found.pending))
        yield self.held(found.held)
        yield self.run_time(round(found.seconds, 3))
