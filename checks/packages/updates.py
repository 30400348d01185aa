"""Pending updates of Debian, and the age of its package lists."""

from checks.packages.source import Apt
from checkwright import Check, Metrics, gauge, uses


class Updates(Check):
    """Updates that `apt-get dist-upgrade` would install, those for security apart.

    No update with old lists means nothing, so the age of the lists is judged too: that of their
    folder, since the files in it have the publisher's time.

    The simulation takes two seconds of processor time and changes nothing. Any user may run it; use
    `every="6h"`. `run_time` is what it took on this machine.

    Defaults, with their reasons: `security` 0/50, a warning for the first one, since most machines
    install them within a day by themselves; `lists` 2/7 days, since they are fetched daily. `pending`,
    `held` and `run_time` have none.

    Run on Debian 12 with APT 2.6. Other systems of packages are not supported.
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
