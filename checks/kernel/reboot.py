"""Time since boot, and pending restarts."""

from checks.kernel.source import Boot, Kernel
from checkwright import Check, Metrics, gauge, uses, verdict


class Reboot(Check):
    """Time since boot, and restarts that updates require.

    A restart is due if packages have created /run/reboot-required, or if a newer kernel is installed than the running
    one: WARNING. The absence of that file alone proves nothing, because only unattended-upgrades and update-notifier
    create it. A container, and a machine that boots a kernel from elsewhere, has no kernel to compare.

    `uptime` has no default limit: `--uptime-warning 10m:` reports a machine that restarted by itself.

    No account is needed. Tested on Debian 12 with synthetic files.
    """

    thread_safe = True

    kernel = uses(Kernel)

    due = verdict("Restart", ok=["not due"], warn=["due"])
    uptime = gauge("Time since boot", "s")

    def probe(self) -> Metrics:
        boot = self.kernel.boot()
        reasons = _reasons(boot)
        yield self.due("due" if reasons else "not due", hint=", ".join(reasons))
        yield self.uptime(boot.uptime)


def _reasons(boot: Boot) -> list[str]:
    found = []
    if boot.installed and boot.installed != boot.running:
        found.append(f"kernel {boot.running} runs, {boot.installed} is installed")
    if boot.packages is not None:
        names = ", ".join(dict.fromkeys(boot.packages)) or "packages"
        found.append(f"{names} need it")
    return found
