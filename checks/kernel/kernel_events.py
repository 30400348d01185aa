"""OOM kills, memory errors and disk errors."""

from checks.kernel.source import Kernel
from checkwright import Check, Metrics, gauge, uses
from checkwright.sources.statefile import StateFile

_WINDOW = 600.0


class KernelEvents(Check):
    """Events of the last 10 minutes that the kernel counts and applications rarely report.

    A process that the OOM killer stopped is CRITICAL, in a container too: it is often restarted before anybody looks.
    An uncorrected memory error is CRITICAL. Corrected errors are counted on machines whose memory controller has an
    EDAC driver; a few are normal, hundreds announce a failing module.

    `io_errors` counts failed requests of SCSI and SATA disks. It has no default limit, because removable drives and
    unsupported commands count too.

    Defaults: `oom` and `uncorrected` above 0; `corrected` 10/100 in 10 minutes. A counter that this machine does not
    have has no value. No account is needed: any user may read these files.

    Tested on Linux 6.18; memory and disk errors with synthetic files.
    """

    thread_safe = True

    kernel = uses(Kernel)
    past = uses(StateFile)

    oom = gauge("OOM kills in 10 minutes", crit=0, min=0, missing="ok")
    uncorrected = gauge("Uncorrected memory errors in 10 minutes", crit=0, min=0, missing="ok")
    corrected = gauge("Corrected memory errors in 10 minutes", warn=10, crit=100, min=0, missing="ok")
    io_errors = gauge("Disk errors in 10 minutes of", min=0, missing="ok", optional=True)

    def probe(self) -> Metrics:
        found = self.past.within(self.kernel.events(), _WINDOW)
        yield self.oom(found.pop("oom", None))
        yield self.uncorrected(found.pop("uncorrected", None))
        yield self.corrected(found.pop("corrected", None))
        for name, count in found.items():
            yield self.io_errors(count, of=name.partition("/")[2])
